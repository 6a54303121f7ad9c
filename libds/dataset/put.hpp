// put: local files and streams into a draft in a registry, without a checkout.
#pragma once

#include "dataset/intake.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ds {

struct PutOptions {
    DatasetRef ref;
    std::vector<std::string> sources; ///< files, folders, or "-" for standard input (needs `to`)
    /// One source becomes this path (a file goes into it, where it is a folder of the draft); with a '/' at the end, or
    /// several sources, they go into this folder under their own names. Nothing: into the root. "DIR/." is DIR's content.
    std::optional<std::string> to;
    std::string message;
    bool dry_run = false;
};
struct PutResult {
    Taken taken;
    RemoteCommit commit; ///< of a dry run: nothing
};
[[nodiscard]] PutResult put(Session& session, const PutOptions& options);

} // namespace ds

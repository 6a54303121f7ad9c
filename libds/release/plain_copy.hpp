// A plain copy of a published version beside its packs, for programs that read plain objects only:
//
//   data  datasets/<ns>/<name>/<version>/<path>     a file's bytes; of a link, its target
//         datasets/<ns>/<name>/<version>/<path>/    an empty folder
//
// Each object is locked as the packs are. It is a copy: the record and the packs say what the version is. Who has keys to
// write may put a newer object over one of these, as over any key, and whoever reads by key alone gets that; verify_plain()
// sees it. The executable bit is not kept.
#pragma once

#include "release/publish.hpp"
#include "store/object_store.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace ds {

/// "datasets/<ns>/<name>/<version>/".
[[nodiscard]] std::string plain_prefix(const DatasetName& dataset, const std::string& version);

/// Whether every path of a tree can be a key. @throws Error(failure) naming one that cannot, or a namespace that this
/// does not go with
void check_plain(NodeSource& nodes, const Sha256& tree, const DatasetName& dataset,
                 const std::string& version);

/// How the names of temporary files in PlainCopy::scratch end.
inline constexpr std::string_view plain_scratch_suffix = ".plain";

struct PlainCopy {
    Registry& registry;
    DatasetName dataset;
    std::string version;
    NodeSource& nodes;
    Sha256 tree;
    ContentSource& content;
    Retention lock;
    std::string scratch; ///< an existing folder for files of more than 32 MiB, one for each of a few threads
};
struct PlainStats {
    std::uint64_t written = 0;
    std::uint64_t same = 0; ///< were there and locked (or are locked now)
    std::uint64_t bytes = 0;
};
/// Writes what is missing. Run again it goes on; objects that are there are compared by their bytes.
[[nodiscard]] PlainStats write_plain(const PlainCopy& copy, Context& context);

/// What there is of a copy: whether the newest object of each key has the right bytes and a lock, and that there is nothing
/// else. Nothing when there is no copy.
[[nodiscard]] std::optional<VerifyResult> verify_plain(Registry& registry, const DatasetName& dataset,
                                                       const std::string& version, NodeSource& nodes,
                                                       const Sha256& tree, Context& context);

} // namespace ds

// Verbs that begin a checkout: init and clone.
#pragma once

#include "dataset/repository.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ds {

struct InitOptions {
    std::string dir;                 ///< absolute
    std::optional<std::string> name; ///< NS/N or N; default from the folder's name
    std::optional<std::string> registry;
    std::optional<std::string> description;
    std::optional<std::string> draft; ///< default: v1
};
struct InitResult {
    std::string dir;
    DatasetName name;
    VersionName draft;
    bool existed = false; ///< a repository was there already; nothing was changed
};
/// @throws Error(usage) naming the name the folder would give when it cannot be a dataset name; Error(conflict) when a
/// checkout is there that is not what the options want
InitResult init(Session& session, const InitOptions& options);

struct CloneOptions {
    std::string ref;
    std::optional<std::string> dir; ///< default: the dataset's name
    std::vector<std::string> include;
    std::vector<std::string> exclude;
    bool checkout = true;
};
struct CloneResult {
    std::string dir;
    DatasetName name;
    std::string version;
    VersionState state;
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
};
/// Clones to the newest published version unless the ref names one; a dataset of drafts only: names them.
/// A target folder that exists and is not empty is refused unless it is this clone, interrupted.
CloneResult clone(Session& session, const CloneOptions& options);

} // namespace ds

// What a registry has of one dataset, so that one damaged version never keeps anybody from the others.
#pragma once

#include "base/context.hpp"
#include "registry/registry.hpp"

#include <set>
#include <string>
#include <vector>

namespace ds {

struct ListedVersions {
    std::vector<StoredRecord> records; ///< by sequence
    std::vector<StoredHead> heads;     ///< of versions without a record: that decides where there is one
    std::set<std::string> damaged;     ///< published, but their records cannot be read
};

/// The versions of a dataset as they are now. Those that cannot be read are left out, each with a warning.
[[nodiscard]] ListedVersions list_versions(Registry& registry, const DatasetName& dataset, Log& log);

} // namespace ds

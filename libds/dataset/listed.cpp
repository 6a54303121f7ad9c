#include "dataset/listed.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds {

ListedVersions list_versions(Registry& registry, const DatasetName& dataset, Log& log) {
    ListedVersions listed;
    const auto warn = [&](const std::string& version, const CorruptObject& error) {
        log.warn(fmt::format("{}:{} is left out: {}", dataset.str(), version, error.message()));
    };
    listed.records = registry.records(dataset, [&](const std::string& version, const CorruptObject& error) {
        warn(version, error);
        listed.damaged.insert(version);
    });
    std::set<std::string> published = listed.damaged;
    for (const auto& stored : listed.records) {
        published.insert(stored.record.version);
    }
    listed.heads = registry.heads(dataset, [&](const std::string& version, const CorruptObject& error) {
        if (!published.contains(version)) {
            warn(version, error);
        }
    });
    std::erase_if(listed.heads,
                  [&](const StoredHead& stored) { return published.contains(stored.head.version); });
    return listed;
}

} // namespace ds

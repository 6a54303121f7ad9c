// What a registry has published of a dataset, for a push.
#include "dataset/push_version.hpp"

#include <algorithm>
#include <map>

namespace ds {

namespace {

/// More records are not read in search of what a push can build upon.
constexpr std::size_t most_records = 4;

} // namespace

PublishedThere::PublishedThere(Repository& repository, Registry& registry)
    : repository_(repository), registry_(registry) {}

const Registry::RecordVersions& PublishedThere::listing() {
    if (!listing_) {
        listing_ = registry_.record_versions(repository_.name());
    }
    return *listing_;
}

bool PublishedThere::has(const std::string& version) {
    return listing().contains(version);
}

std::optional<StoredRecord> PublishedThere::record(const std::string& version) {
    if (const auto known = read_.find(version); known != read_.end()) {
        return known->second;
    }
    const auto at = listing().find(version);
    if (at == listing().end()) {
        return std::nullopt;
    }
    return read_.emplace(version, registry_.record_at(repository_.name(), *at)).first->second;
}

void PublishedThere::add(const StoredRecord& stored) {
    const auto& version = stored.record.version;
    if (listing_) {
        listing_->insert_or_assign(version, DataBucket::Version{record_key(repository_.name(), version),
                                                                stored.version_id, stored.text.size()});
    }
    read_.insert_or_assign(version, stored);
}

std::vector<StoredRecord> PublishedThere::newest() {
    // The catalog is a hint about the order; what it does not know comes last.
    std::map<std::string, std::uint64_t> sequences;
    if (listing().size() > most_records) {
        if (const auto catalog = registry_.catalog(repository_.name())) {
            for (const auto& row : catalog->versions) {
                sequences[row.version] = row.sequence;
            }
        }
    }
    std::vector<std::pair<std::uint64_t, std::string>> names;
    for (const auto& [version, at] : listing()) {
        const auto known = sequences.find(version);
        names.emplace_back(known != sequences.end() ? known->second : 0, version);
    }
    std::sort(names.rbegin(), names.rend());
    names.resize(std::min(names.size(), most_records));
    std::vector<StoredRecord> result;
    result.reserve(names.size());
    for (const auto& [sequence, version] : names) {
        result.push_back(*record(version));
    }
    std::sort(result.begin(), result.end(), [](const StoredRecord& a, const StoredRecord& b) {
        return a.record.sequence > b.record.sequence;
    });
    return result;
}

std::optional<StoredRecord> PublishedThere::ancestor(const CommitId& commit) {
    auto& history = repository_.history();
    std::optional<LocalVersion> nearest;
    for (const auto& version : history.versions()) {
        if (version.state == VersionState::published && listing().contains(version.name.str()) &&
            history.is_ancestor(version.commit, commit) &&
            (!nearest || history.is_ancestor(nearest->commit, version.commit))) {
            nearest = version;
        }
    }
    if (nearest) {
        auto stored = record(nearest->name.str());
        if (stored && stored->record.commit == nearest->commit.hex()) {
            return stored;
        }
    }
    for (auto& stored : newest()) { // published by others, and not fetched
        const CommitId other(stored.record.commit);
        if (history.has_commit(other) && history.is_ancestor(other, commit)) {
            return std::move(stored);
        }
    }
    return std::nullopt;
}

} // namespace ds

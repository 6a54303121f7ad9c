// Published records: the oldest version of a key decides, and is never skipped.
#include "base/path.hpp"
#include "registry/read_again.hpp"
#include "registry/registry.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <map>
#include <tuple>

namespace ds {

namespace {

constexpr int claim_tries = 3;
constexpr std::size_t max_read_records = 64;

/// Deterministic also when two publishers took the same number at once.
bool is_older(const StoredRecord& a, const StoredRecord& b) {
    return std::tie(a.record.sequence, a.record.time, a.record.version) <
           std::tie(b.record.sequence, b.record.time, b.record.version);
}

/// The oldest version of each record of a dataset.
std::vector<std::pair<std::string, DataBucket::Version>> oldest_versions(DataBucket& data,
                                                                         const DatasetName& dataset) {
    std::vector<std::pair<std::string, DataBucket::Version>> result;
    const auto prefix = record_key(dataset, "");
    data.list_versions(prefix, [&](const DataBucket::Version& version) {
        auto name = version.key.substr(prefix.size());
        if (VersionName::valid(name) && (result.empty() || result.back().first != name)) {
            result.emplace_back(std::move(name), version);
        }
        return true;
    });
    return result;
}

} // namespace

StoredRecord Registry::read_record(const DatasetName& dataset, const std::string& version,
                                   const DataBucket::Version& oldest) {
    const std::pair key(oldest.key, oldest.version_id);
    {
        const std::lock_guard guard(description_mutex_);
        if (const auto known = read_records_.find(key); known != read_records_.end()) {
            return known->second;
        }
    }
    const auto what = fmt::format("the record of {}:{} in {}", dataset.str(), printable(version), alias_);
    const auto hint = fmt::format(
        "dsctl versions {}/{} lists the others; this one comes back from a copy of the registry, or "
        "from a checkout that keeps it as .dsctl/remotes/{}/{}",
        alias_, dataset.str(), alias_, printable(version));
    if (oldest.size > max_document_bytes) {
        throw CorruptObject(
            fmt::format("{} has {} bytes; at most {} are allowed", what, oldest.size, max_document_bytes),
            hint);
    }
    const auto read = [&] {
        StoredRecord stored;
        data().get(oldest.key, oldest.version_id, 0, oldest.size, stored.text);
        stored.version_id = oldest.version_id;
        stored.record = Record::parse(stored.text, what);
        return stored;
    };
    StoredRecord stored;
    try {
        stored = read_again(read);
    } catch (const CorruptObject& error) {
        throw CorruptObject(error.message(), hint);
    }
    if (stored.record.dataset != dataset.str() || stored.record.version != version) {
        throw CorruptObject(fmt::format("{} names {}:{}", what, printable(stored.record.dataset),
                                        printable(stored.record.version)),
                            hint);
    }
    if (stored.record.registry_id != description().id) {
        throw CorruptObject(
            fmt::format("{} belongs to another registry ({})", what, stored.record.registry_id), hint);
    }
    if (locking() != DataBucket::Locking::none &&
        data().retention(oldest.key, oldest.version_id).mode == RetentionMode::none) {
        throw CorruptObject(what + " is not locked; it was not made by a publish", hint);
    }
    const std::lock_guard guard(description_mutex_);
    if (read_records_.size() < max_read_records) {
        read_records_.emplace(key, stored);
    }
    return stored;
}

std::optional<StoredRecord> Registry::record(const DatasetName& dataset, const std::string& version) {
    const auto versions = data().versions(record_key(dataset, version));
    if (versions.empty()) {
        return std::nullopt;
    }
    return read_record(dataset, version, versions.front());
}

StoredRecord Registry::claim_record(const DatasetName& dataset, const std::string& version,
                                    const std::string& text, const Retention& retention) {
    const auto name = fmt::format("{}:{}", dataset.str(), version);
    if (text.size() > max_document_bytes) {
        throw Error(ErrorKind::failure,
                    fmt::format("the record of {} would have {} bytes; at most {} are allowed", name,
                                text.size(), max_document_bytes),
                    "use a shorter message");
    }
    std::string doubt;
    for (int attempt = 0; attempt < claim_tries; ++attempt) {
        doubt.clear();
        try {
            (void)data().put(record_key(dataset, version), MemoryBody(text), retention);
        } catch (const Error& e) {
            if (e.kind() != ErrorKind::unknown) {
                throw;
            }
            doubt = e.message(); // a second copy of the same bytes does no harm
        }
        if (auto oldest = record(dataset, version)) {
            return std::move(*oldest);
        }
    }
    throw Error(
        ErrorKind::unknown,
        fmt::format("whether {} is published is not known{}", name,
                    doubt.empty() ? ": its record cannot be read after it was written" : ": " + doubt),
        "run the same command again; it looks first");
}

Registry::RecordVersions Registry::record_versions(const DatasetName& dataset) {
    RecordVersions result;
    for (auto& item : oldest_versions(data(), dataset)) {
        result.insert(std::move(item));
    }
    return result;
}

std::vector<StoredRecord> Registry::records(const DatasetName& dataset, const OnDamaged& damaged) {
    std::vector<StoredRecord> result;
    for (const auto& [version, oldest] : oldest_versions(data(), dataset)) {
        try {
            result.push_back(read_record(dataset, version, oldest));
        } catch (const CorruptObject& error) {
            if (!damaged) {
                throw;
            }
            damaged(version, error);
        }
    }
    std::sort(result.begin(), result.end(), is_older);
    return result;
}

Registry::Latest Registry::latest(const DatasetName& dataset) {
    auto items = oldest_versions(data(), dataset);
    Latest latest;
    latest.count = items.size();
    // Hints say where to look first: when the storage got the records, and, where that does not tell (not at all, or
    // of several in its newest second), the catalog.
    struct Hint {
        std::int64_t modified = 0;
        std::uint64_t sequence = 0;
        auto operator<=>(const Hint&) const = default;
    };
    std::map<std::string, Hint> hints;
    const bool dated =
        std::all_of(items.begin(), items.end(), [](const auto& item) { return item.second.modified != 0; });
    std::int64_t newest = 0;
    if (dated) {
        for (const auto& [version, at] : items) {
            hints[version].modified = at.modified;
            newest = std::max(newest, at.modified);
        }
    }
    const auto newest_ones = std::count_if(
        items.begin(), items.end(), [&](const auto& item) { return hints[item.first].modified == newest; });
    if (newest_ones > 1) {
        if (const auto known = catalog(dataset)) {
            for (const auto& row : known->versions) {
                hints[row.version].sequence = row.sequence;
            }
        }
    }
    std::stable_sort(items.begin(), items.end(),
                     [&](const auto& a, const auto& b) { return hints[a.first] > hints[b.first]; });
    for (const auto& [version, at] : items) {
        auto stored = read_record(dataset, version, at);
        if (!latest.record || is_older(*latest.record, stored)) {
            latest.record = std::move(stored);
        }
        // A publisher counts on from what it saw, so that the k-th record has at most the number k: only the last one
        // can have that of all, and then nothing else needs to be read.
        if (latest.record->record.sequence >= latest.count) {
            break;
        }
    }
    return latest;
}

} // namespace ds

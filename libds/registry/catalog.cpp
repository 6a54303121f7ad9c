// The catalog of a dataset: a hint for listing, rebuilt from heads and records when it is damaged.
#include "base/path.hpp"
#include "os/file.hpp"
#include "registry/deprecations.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <map>

namespace ds {

namespace {

constexpr int max_tries = 24;

} // namespace

std::optional<std::pair<Catalog, std::string>> Registry::read_catalog(const DatasetName& dataset) {
    auto object = control().get(catalog_key(dataset));
    if (!object) {
        return std::nullopt;
    }
    auto parsed = Catalog::parse(object->body, fmt::format("the catalog of {} in {}", dataset.str(), alias_));
    if (parsed.dataset != dataset.str()) {
        throw CorruptObject(fmt::format("the catalog of {} in {} names {}", dataset.str(), alias_,
                                        printable(parsed.dataset)));
    }
    {
        const std::lock_guard guard(description_mutex_);
        read_catalogs_[catalog_key(dataset)] = *object;
    }
    return std::pair(std::move(parsed), std::move(object->etag));
}

bool Registry::create_dataset(const DatasetName& dataset, const std::string& description, std::int64_t now) {
    const auto key = catalog_key(dataset);
    if (auto object = control().get(key)) {
        const std::lock_guard guard(description_mutex_);
        read_catalogs_[key] = std::move(*object);
        return false;
    }
    Catalog fresh;
    fresh.dataset = dataset.str();
    fresh.description = description;
    fresh.created = now;
    const auto put = control().put_if_absent(key, fresh.text());
    if (put == ControlBucket::Put::unknown && !control().get(key)) {
        throw Error(ErrorKind::unknown,
                    fmt::format("whether {} was made in {} is not known", dataset.str(), alias_),
                    "run the same command again; it looks first");
    }
    return put != ControlBucket::Put::refused;
}

std::optional<Catalog> Registry::catalog(const DatasetName& dataset) {
    try {
        auto stored = read_catalog(dataset);
        return stored ? std::optional(std::move(stored->first)) : std::nullopt;
    } catch (const CorruptObject&) {
        return rebuild_catalog(dataset);
    }
}

std::optional<ControlBucket::Object> Registry::catalog_object(const std::string& key) {
    {
        const std::lock_guard guard(description_mutex_);
        if (auto known = read_catalogs_.extract(key)) {
            return std::move(known.mapped()); // stale ones fail their swap, and are read then
        }
    }
    return control().get(key);
}

bool Registry::update_catalog(const DatasetName& dataset, const std::function<void(Catalog&)>& change) {
    const auto key = catalog_key(dataset);
    try {
        for (int attempt = 0; attempt < max_tries; ++attempt) {
            Catalog next;
            std::string etag;
            if (const auto object = catalog_object(key)) {
                etag = object->etag;
                try {
                    next = Catalog::parse(object->body, "the catalog");
                } catch (const CorruptObject&) {
                    next = collect_catalog(dataset, std::nullopt);
                }
            }
            next.dataset = dataset.str();
            change(next);
            const auto text = next.text();
            const auto put =
                etag.empty() ? control().put_if_absent(key, text) : control().put_if_match(key, text, etag);
            if (put == ControlBucket::Put::done) {
                return true;
            }
            if (put == ControlBucket::Put::unknown) {
                const auto now = control().get(key);
                if (now && now->body == text) {
                    return true;
                }
            }
            pause(attempt);
        }
    } catch (const Error& e) {
        if (e.kind() == ErrorKind::interrupted) {
            throw;
        }
    }
    return false;
}

Catalog Registry::collect_catalog(const DatasetName& dataset, const std::optional<Catalog>& old) {
    std::map<std::string, CatalogEntry> rows;
    for (const auto& stored : heads(dataset)) {
        const auto& head = stored.head;
        if (head.state == HeadState::dropped) {
            continue;
        }
        CatalogEntry row;
        row.version = head.version;
        row.state = head.state == HeadState::empty ? HeadState::empty : HeadState::draft;
        row.entries = head.roots ? head.roots->tree.entries : 0;
        row.bytes = head.roots ? head.roots->tree.bytes : 0;
        row.from = head.origin ? head.origin->ref : "";
        row.time = head.time;
        rows[row.version] = std::move(row);
    }
    for (const auto& stored : records(dataset)) {
        CatalogEntry row;
        row.version = stored.record.version;
        row.state = HeadState::published;
        row.sequence = stored.record.sequence;
        row.record_version_id = stored.version_id;
        row.digest = stored.record.digest;
        row.entries = stored.record.roots.tree.entries;
        row.bytes = stored.record.roots.tree.bytes;
        row.from = stored.record.origin ? stored.record.origin->ref : "";
        row.time = stored.record.time;
        rows[row.version] = std::move(row);
    }
    for (auto& [version, reason] : deprecations(*this, dataset)) {
        if (const auto it = rows.find(version); it != rows.end()) {
            it->second.deprecated = std::move(reason);
        }
    }
    Catalog fresh;
    fresh.dataset = dataset.str();
    fresh.created = unix_now();
    if (old) { // what heads and records do not know
        fresh.description = old->description;
        fresh.created = old->created;
        for (const auto& row : old->versions) {
            if (const auto it = rows.find(row.version); it != rows.end() && it->second.from.empty()) {
                it->second.from = row.from;
            }
        }
    }
    for (auto& [name, row] : rows) {
        fresh.versions.push_back(std::move(row));
    }
    return fresh;
}

Catalog Registry::rebuild_catalog(const DatasetName& dataset) {
    std::optional<Catalog> old;
    std::string etag;
    if (const auto object = control().get(catalog_key(dataset))) {
        etag = object->etag;
        try {
            old = Catalog::parse(object->body, "the catalog");
        } catch (const CorruptObject&) {
            old.reset(); // all that can be known is in heads and records
        }
    }
    auto fresh = collect_catalog(dataset, old);
    try {
        const auto key = catalog_key(dataset);
        // If somebody changed it meanwhile theirs is as good; readers without write access only look.
        (void)(etag.empty() ? control().put_if_absent(key, fresh.text())
                            : control().put_if_match(key, fresh.text(), etag));
    } catch (const Error& e) {
        if (e.kind() == ErrorKind::interrupted) {
            throw;
        }
    }
    return fresh;
}

} // namespace ds

// Marking from heads and records.
#include "release/collect_mark.hpp"

#include "base/path.hpp"
#include "codec/hash.hpp"
#include "registry/notes.hpp"

#include <fmt/format.h>
#include <set>

namespace ds {

namespace {

/// 16 bytes each, and what a hash table adds: some 50 MB at most for each of the three kinds.
constexpr std::size_t max_seen = 1u << 20;
constexpr int max_rounds = 16;

void add_extent(ByteWriter& out, const PackRef& pack, const Extent& at) {
    out.bytes(pack.name.view());
    out.string(pack.version_id);
    out.u32(at.frame_offset);
    out.u32(at.frame_length);
    out.u32(at.inner_offset);
    out.u32(at.length);
}

} // namespace

NamespaceNames names_in(Registry& registry, const std::string& ns) {
    NamespaceNames names;
    std::set<std::string> datasets;
    const auto prefix = ns + "/";
    registry.control().list(prefix, [&](const std::string& key) {
        const auto rest = std::string_view(key).substr(prefix.size());
        const auto slash = rest.find('/');
        if (slash == std::string_view::npos) {
            return true; // the state of collection
        }
        const auto name = std::string(rest.substr(0, slash));
        const auto kind = rest.substr(slash + 1);
        if (!kind.starts_with("heads/")) {
            if (is_component(name)) {
                datasets.insert(name);
            }
            return true;
        }
        const auto version = kind.substr(6);
        if (!is_component(name) || !VersionName::valid(version)) {
            throw CorruptObject(
                fmt::format("{} has '{}', which is the head of nothing", registry.alias(), printable(key)),
                "find out who wrote it; nothing is collected while it is there");
        }
        datasets.insert(name);
        names.heads.emplace_back(DatasetName(ns, name), std::string(version));
        return true;
    });
    for (const auto& name : datasets) {
        names.datasets.emplace_back(ns, name);
    }
    return names;
}

bool SeenNodes::add(Set& set, ByteView text) {
    const auto hash = sha256(text);
    ByteReader in(hash.view(), "a hash");
    if (set.size() >= max_seen) {
        set.clear();
    }
    return set.insert({in.u64(), in.u64()}).second;
}

bool SeenNodes::add(const NodePlace& place) {
    ByteString text;
    ByteWriter out(text);
    out.bytes(place.id.view());
    out.bytes(place.layout_hash.view());
    add_extent(out, place.tree_pack, place.tree);
    add_extent(out, place.layout_pack, place.layout);
    return add(place.level == 0 ? leaves_ : inner_, text);
}

bool SeenNodes::add(const Place& bundle) {
    ByteString text;
    ByteWriter out(text);
    out.bytes(bundle.hash.view());
    add_extent(out, {bundle.pack, bundle.version_id},
               {0, bundle.frame_offset, bundle.frame_length, bundle.inner_offset, bundle.length});
    return add(bundles_, text);
}

Marking::Marking(Registry& registry, std::string ns, Context& context, const CollectPolicy& policy)
    : registry_(registry), ns_(std::move(ns)), context_(context), policy_(policy) {}

void Marking::run() {
    const auto names = names_in(registry_, ns_);
    const ProgressScope progress(context_.progress, "marking", names.heads.size() + names.datasets.size());
    // Heads first: a version leaves its head for its record, never the other way.
    for (const auto& [dataset, version] : names.heads) {
        context_.check_stop();
        mark_head(dataset, version);
        context_.progress.advance(1, 0);
    }
    for (const auto& dataset : names.datasets) {
        context_.check_stop();
        for (const auto& stored : registry_.records(dataset)) {
            mark_roots(stored.record.roots);
            ++records_;
        }
        context_.progress.advance(1, 0);
    }
}

StoredHead existing_head(Registry& registry, const DatasetName& dataset, const std::string& version) {
    auto stored = registry.head(dataset, version);
    if (!stored) {
        throw CorruptObject(
            fmt::format("the head of {}:{} is gone; heads are never deleted", dataset.str(), version),
            "put it back from a copy of the registry");
    }
    return std::move(*stored);
}

void Marking::mark_head(const DatasetName& dataset, const std::string& version) {
    ++heads_;
    for (int round = 0;; ++round) {
        const auto stored = existing_head(registry_, dataset, version);
        try {
            mark_head(stored.head);
            return;
        } catch (const Error& e) {
            // What a head has left may go while it is walked; what it says now counts.
            const bool damage = e.kind() == ErrorKind::corrupt || e.kind() == ErrorKind::not_found;
            if (!damage || round == max_rounds ||
                existing_head(registry_, dataset, version).etag == stored.etag) {
                throw;
            }
            seen_ = {}; // some of it was not walked to its end
        }
    }
}

void Marking::mark_head(const Head& head) {
    const auto what = fmt::format("the head of {}:{} in {}", head.dataset, head.version, registry_.alias());
    if (head.pinned_note) {
        notes_.insert({head.pinned_note->name, head.pinned_note->version_id});
    }
    if (policy_.honour_pending) {
        for (const auto& pending : head.pending) {
            notes_.insert({pending.note.name, pending.note.version_id});
            read_pack_lists(registry_, ns_, {pending.note}, "the list of packs sent to " + what, packs_);
        }
    }
    if (head.roots) {
        mark_roots(*head.roots);
    }
    if (head.pinned_record) {
        mark_roots(Record::parse(*head.pinned_record, "the record pinned in " + what).roots);
    }
}

void Marking::mark_roots(const VersionRoots& roots) {
    RegistryVersion version(registry_, ns_, roots);
    walk_reach(version, *this, context_.stop);
}

void Marking::reach(const PackRef& pack, std::uint64_t /*end*/) {
    if (pack != last_) {
        packs_.insert(pack);
        last_ = pack;
    }
}

} // namespace ds

#include "oracle.hpp"

#include "registry/collection.hpp"
#include "registry/notes.hpp"
#include "release/closure.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

namespace sim {

namespace {

/// The version of a pack or note that a key and an id name.
std::optional<ds::PackRef> named(const std::string& key, const std::string& id, const std::string& prefix) {
    if (!key.starts_with(prefix)) {
        return std::nullopt;
    }
    const auto name = ds::Sha256::from_hex(std::string_view(key).substr(prefix.size()));
    return name ? std::optional(ds::PackRef{*name, id}) : std::nullopt;
}

/// The oracle looks; see World::set_watching().
class Watching {
  public:
    explicit Watching(World& world) : world_(world) { world_.set_watching(true); }
    ~Watching() { world_.set_watching(false); }
    Watching(const Watching&) = delete;
    Watching& operator=(const Watching&) = delete;

  private:
    World& world_;
};

ds::PackRef ref_of(const ds::NoteRef& note) {
    return {note.name, note.version_id};
}

} // namespace

Oracle::Oracle(World& world)
    : world_(world), eye_(std::make_unique<ds::Registry>("eye", "sim:", buckets_of(world))) {}
Oracle::~Oracle() = default;

ds::PackSet Oracle::listed(const ds::NoteRef& note) {
    ds::PackSet out;
    ds::read_pack_list(ds::read_note(*eye_, ns_, note, "a list"), "a list", out);
    return out;
}

const ds::PackSet& Oracle::packs_of(const ds::VersionRoots& roots) {
    const auto key =
        fmt::format("{}@{}+{} {}@{}+{}", roots.layout_place.pack.hex(), roots.layout_place.version_id,
                    roots.layout_place.frame_offset, roots.history_place.pack.hex(),
                    roots.history_place.version_id, roots.history_place.frame_offset);
    if (const auto at = known_.find(key); at != known_.end()) {
        return at->second;
    }
    ds::RegistryVersion version(*eye_, ns_, roots);
    auto& packs = known_[key];
    for (const auto& [pack, end] : ds::reach_of(version, nullptr, {})) {
        packs.insert(pack);
    }
    return packs;
}

Oracle::Reach Oracle::reach_of(const ds::Head& head) {
    Reach reach;
    if (head.roots) {
        reach.packs = packs_of(*head.roots);
    }
    auto pin = head.pinned_record;
    if (head.pinned_note) {
        reach.notes.insert(ref_of(*head.pinned_note));
        pin = ds::read_note(*eye_, ns_, *head.pinned_note, "a pin");
    }
    if (pin) {
        const auto& more = packs_of(ds::Record::parse(*pin, "a pin").roots);
        reach.packs.insert(more.begin(), more.end());
    }
    for (const auto& pending : head.pending) {
        reach.notes.insert(ref_of(pending.note));
        const auto more = listed(pending.note);
        reach.packs.insert(more.begin(), more.end());
    }
    return reach;
}

void Oracle::check_there(const std::string& who, const Reach& reach) {
    for (const auto& pack : reach.packs) {
        if (world_.find(ds::pack_key(ns_, pack.name), pack.version_id) == nullptr) {
            world_.violated(fmt::format("{} names pack {}, which is not there", who, pack.name.short_hex()));
        }
    }
    for (const auto& note : reach.notes) {
        if (world_.find(ds::note_key(ns_, note.name), note.version_id) == nullptr) {
            world_.violated(fmt::format("{} names note {}, which is not there", who, note.name.short_hex()));
        }
    }
}

void Oracle::control_put(const std::string& key, const std::string& body) {
    if (key.find("/heads/") == std::string::npos) {
        return;
    }
    const Watching watching(world_);
    try {
        const auto head = ds::Head::parse(body, key);
        if (const auto before = heads_.find(key); before != heads_.end()) {
            const auto& old = before->second;
            if (head.sequence != old.sequence + 1 || head.recent.empty() ||
                head.recent.front() != old.write_id) {
                world_.violated(key + " does not follow from what it was");
            }
            if (old.state == ds::HeadState::published && head.state != ds::HeadState::published) {
                world_.violated(key + " was published and is not any more");
            }
            if (head.epoch < old.epoch) {
                world_.violated(key + " went back to an earlier epoch");
            }
        } else if (head.sequence != 0 || head.state != ds::HeadState::empty) {
            world_.violated(key + " was not born empty");
        }
        heads_[key] = head;
        commits_[key].insert(head.commit);
        reached_[key] = reach_of(head);
        check_there(key, reached_[key]);
    } catch (const ds::Error& e) {
        world_.violated(fmt::format("{} names what cannot be read: {}", key, e.message()));
    }
}

void Oracle::data_put(const std::string& key, bool oldest) {
    if (!oldest || key.find("/records/") == std::string::npos) {
        return;
    }
    const auto& text = world_.data.at(key).front().bytes;
    records_[key] = text;
    const Watching watching(world_);
    try {
        reached_[key] = {packs_of(ds::Record::parse(text, key).roots), {}};
        check_there(key, reached_[key]);
    } catch (const ds::Error& e) {
        world_.violated(fmt::format("{} names what cannot be read: {}", key, e.message()));
    }
}

void Oracle::removing(const std::string& key, const std::string& id) {
    const auto pack = named(key, id, ns_ + "/packs/");
    const auto note = named(key, id, ns_ + "/notes/");
    if (named(key, id, ns_ + "/samples/")) {
        return; // hints
    }
    if (!pack && !note) {
        world_.violated(key + " was removed, which nobody may");
        return;
    }
    for (const auto& [who, reach] : reached_) {
        if ((pack && reach.packs.contains(*pack)) || (note && reach.notes.contains(*note))) {
            world_.violated(fmt::format("{} was removed, which {} reaches", key, who));
        }
    }
}

void Oracle::told_done(const std::string& head_key, const std::string& commit) {
    if (!commits_[head_key].contains(commit)) {
        world_.violated(fmt::format("{} was said to have got {}, and never had it", head_key, commit));
    }
}

void Oracle::told_failed(const std::string& head_key, const std::string& commit) {
    failed_[head_key].insert(commit);
}

void Oracle::told_published(const std::string& record_key, const std::string& text) {
    const auto at = records_.find(record_key);
    if (at == records_.end() || at->second != text) {
        world_.violated(record_key + " was said to be published, and is not what was said");
    }
}

void Oracle::check_end() {
    for (const auto& [key, commits] : failed_) {
        for (const auto& commit : commits) {
            if (commits_[key].contains(commit)) {
                world_.violated(fmt::format("{} was said not to have got {}, and had it", key, commit));
            }
        }
    }
    for (const auto& [key, text] : records_) {
        if (!world_.data.contains(key) || world_.data.at(key).front().bytes != text) {
            world_.violated(key + " is not what it was when it was published");
        }
    }
    for (const auto& [key, reach] : reached_) {
        check_there(key, reach);
    }
}

std::uint64_t Oracle::garbage() {
    std::uint64_t count = 0;
    for (const auto& [key, versions] : world_.data) {
        for (const auto& version : versions) {
            const auto pack = named(key, version.id, ns_ + "/packs/");
            const bool locked =
                version.lock.mode != ds::RetentionMode::none && version.lock.until > world_.now();
            const bool reached = std::any_of(reached_.begin(), reached_.end(), [&](const auto& item) {
                return pack && item.second.packs.contains(*pack);
            });
            count += pack && !locked && !reached ? 1 : 0;
        }
    }
    return count;
}

} // namespace sim

// Walking the layout of a version.
#include "release/closure.hpp"

#include "release/publish.hpp"
#include "transfer/version_nodes.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>
#include <set>
#include <span>
#include <tuple>

namespace ds {

namespace {

constexpr unsigned prefetch_jobs = 2;
/// So many nodes of a level are asked for together; they stay in the reader's memory until they are looked at.
constexpr std::size_t nodes_at_once = 64;

/// Where both halves of a node lie. Equal keys: the same bytes of the same packs, and all below them.
struct NodeKey {
    PackRef tree_pack, layout_pack;
    std::uint32_t tree_frame, tree_inner, layout_frame, layout_inner;
    Sha256 id, layout_hash;
    friend auto operator<=>(const NodeKey&, const NodeKey&) = default;
};

NodeKey key_of(const NodePlace& place) {
    return {place.tree_pack,
            place.layout_pack,
            place.tree.frame_offset,
            place.tree.inner_offset,
            place.layout.frame_offset,
            place.layout.inner_offset,
            place.id,
            place.layout_hash};
}

/// The nodes of one level, as their parents name them.
struct Level {
    int level = 0;
    std::map<NodeKey, NodePlace> nodes;
};

Level root_level(RegistryVersion& version) {
    const auto root = version.nodes().root_place();
    const auto node = version.nodes().node(root);
    return {node->tree.level, {{key_of(root), root}}};
}

/// Brings nodes that are not here: what one push wrote lies side by side, and costs a request or two.
void bring(RegistryVersion& version, std::span<const NodePlace> nodes) {
    ByteCache* cache = version.registry().cache();
    std::vector<FramePlace> places;
    for (const NodePlace& place : nodes) {
        if (version.nodes().at_hand(place) || (cache != nullptr && cache->has(place.layout_hash))) {
            continue;
        }
        places.push_back({place.tree_pack, place.tree.frame_offset, place.tree.frame_length});
        places.push_back({place.layout_pack, place.layout.frame_offset, place.layout.frame_length});
    }
    if (places.size() > 2) {
        (void)version.nodes().reader().frames(places,
                                              prefetch_jobs); // what is damaged tells whoever looks at it
    }
}

/// Visits the nodes of a level.
void for_each_node(RegistryVersion& version, const Level& level, const std::stop_token& stop,
                   const std::function<void(const NodePlace&, const VersionNode&)>& visit) {
    std::vector<NodePlace> some;
    const auto look = [&] {
        bring(version, some);
        for (const NodePlace& place : some) {
            if (stop.stop_requested()) {
                throw Interrupted();
            }
            visit(place, *version.nodes().node(place));
        }
        some.clear();
    };
    for (const auto& item : level.nodes) {
        some.push_back(item.second);
        if (some.size() == nodes_at_once) {
            look();
        }
    }
    look();
}

/// One level down; level 0 cannot be expanded.
Level expand(RegistryVersion& version, const Level& level, const std::stop_token& stop) {
    Level below{level.level - 1, {}};
    for_each_node(version, level, stop, [&](const NodePlace&, const VersionNode& node) {
        for (std::size_t i = 0; i < node.tree.children.size(); ++i) {
            const auto child = VersionNodes::child_place(node, i);
            below.nodes.emplace(key_of(child), child);
        }
    });
    return below;
}

/// What a proven version is known to reach, as far as the comparison came by.
struct Proven {
    std::set<NodeKey> nodes;                              ///< the highest ones that both versions have
    PackReach packs;                                      ///< by leaves that differ
    std::set<std::pair<PackRef, std::uint32_t>> segments; ///< of those leaves: pack and frame
    [[nodiscard]] bool covers(const PackRef& pack, std::uint64_t end) const {
        const auto known = packs.find(pack);
        return known != packs.end() && end <= known->second;
    }
};

void add_reach(PackReach& reach, const PackRef& pack, const Extent& at) {
    auto& known = reach[pack];
    known = std::max(known, std::uint64_t{at.frame_offset} + at.frame_length);
}

/// A changed leaf mostly refers to what it did before: those packs are proven, too.
void note_leaves(RegistryVersion& proven, const Level& level, Proven& out, const std::stop_token& stop) {
    for_each_node(proven, level, stop, [&](const NodePlace& place, const VersionNode& node) {
        add_reach(out.packs, place.tree_pack, place.tree);
        add_reach(out.packs, place.layout_pack, place.layout);
        for (const auto& file : node.layout.files) {
            for (const auto& chunk : file.chunks) {
                add_reach(out.packs, node.layout.packs[chunk.at.pack], chunk.at);
            }
            for (const auto& segment : file.segments) {
                const auto& home = node.layout.packs[segment.at.pack];
                add_reach(out.packs, home, segment.at);
                out.segments.emplace(home, segment.at.frame_offset);
            }
        }
    });
}

/// Compares two versions: only what differs is read, level by level.
Proven shared_nodes(RegistryVersion& version, RegistryVersion& proven, const std::stop_token& stop) {
    Proven out;
    auto& shared = out.nodes;
    auto ours = root_level(version);
    auto theirs = root_level(proven);
    for (;;) {
        for (auto it = ours.nodes.begin(); it != ours.nodes.end();) {
            if (theirs.nodes.erase(it->first) > 0) {
                shared.insert(it->first);
                it = ours.nodes.erase(it);
            } else {
                ++it;
            }
        }
        const int level = std::max(ours.level, theirs.level);
        if (ours.nodes.empty() || theirs.nodes.empty()) {
            return out;
        }
        if (level == 0) {
            note_leaves(proven, theirs, out, stop);
            if (ours.nodes.size() <= nodes_at_once) { // looked at soon, wherever in the tree they are
                std::vector<NodePlace> leaves;
                for (const auto& item : ours.nodes) {
                    leaves.push_back(item.second);
                }
                bring(version, leaves);
            }
            return out;
        }
        const bool down_ours = ours.level == level;
        const bool down_theirs = theirs.level == level;
        if (down_ours) {
            ours = expand(version, ours, stop);
        }
        if (down_theirs) {
            theirs = expand(proven, theirs, stop);
        }
    }
}

std::optional<Place> previous_bundle(RegistryVersion& version, const Place& place) {
    return HistoryBundle::parse(version.object(place, ObjectKind::history),
                                "history bundle " + place.hash.short_hex())
        .previous;
}

class Walk {
  public:
    Walk(RegistryVersion& version, ReachVisitor& visitor, const std::stop_token& stop)
        : version_(version), visitor_(visitor), stop_(stop) {}

    void tree() {
        const auto root = version_.nodes().root_place();
        if (visitor_.enter(root)) {
            touch(root);
            below(*version_.nodes().node(root));
        }
    }

    void history() {
        for (std::optional<Place> at = version_.roots().history_place; at && !at->hash.is_zero();) {
            if (!visitor_.enter(*at)) {
                return;
            }
            visitor_.reach({at->pack, at->version_id}, std::uint64_t{at->frame_offset} + at->frame_length);
            at = previous_bundle(version_, *at);
        }
    }

  private:
    void add(const PackRef& pack, const Extent& at) {
        visitor_.reach(pack, std::uint64_t{at.frame_offset} + at.frame_length);
    }
    void touch(const NodePlace& place) {
        add(place.tree_pack, place.tree);
        add(place.layout_pack, place.layout);
    }

    void content(const VersionNode& node) {
        for (const auto& file : node.layout.files) {
            for (const auto& chunk : file.chunks) {
                add(node.layout.packs[chunk.at.pack], chunk.at);
            }
            for (const auto& place : file.segments) {
                const auto& home = node.layout.packs[place.at.pack];
                add(home, place.at);
                if (!visitor_.enter_segment(home, place.at.frame_offset)) {
                    continue;
                }
                const auto segment = version_.nodes().segment(place, home);
                for (const auto& chunk : segment.chunks) {
                    add(segment.packs[chunk.at.pack], chunk.at);
                }
            }
        }
    }

    void below(const VersionNode& node) {
        if (stop_.stop_requested()) {
            throw Interrupted();
        }
        content(node);
        for (std::size_t first = 0; first < node.tree.children.size();) {
            const auto end = first + VersionNodes::batch(node, first);
            std::vector<std::size_t> wanted;
            for (; first < end; ++first) {
                const auto place = VersionNodes::child_place(node, first);
                if (visitor_.enter(place)) {
                    touch(place);
                    wanted.push_back(first);
                }
            }
            if (wanted.size() > 1) {
                version_.nodes().prefetch(node, wanted, true, prefetch_jobs);
            }
            for (const auto child : wanted) {
                below(*version_.nodes().child(node, child));
            }
        }
    }

    RegistryVersion& version_;
    ReachVisitor& visitor_;
    const std::stop_token& stop_;
};

/// Notes packs and their ends; leaves out what a proven version shares.
class Reach final : public ReachVisitor {
  public:
    Reach(Proven proven, std::vector<Place> known) : proven_(std::move(proven)), known_(std::move(known)) {}
    bool enter(const NodePlace& node) override { return !proven_.nodes.contains(key_of(node)); }
    bool enter_segment(const PackRef& pack, std::uint32_t frame_offset) override {
        return !proven_.segments.contains({pack, frame_offset}); // the same list of chunks
    }
    bool enter(const Place& bundle) override {
        return std::find(known_.begin(), known_.end(), bundle) == known_.end();
    }
    void reach(const PackRef& pack, std::uint64_t end) override {
        if (proven_.covers(pack, end)) {
            return;
        }
        auto& known = reach_[pack];
        known = std::max(known, end);
    }
    PackReach take() { return std::move(reach_); }

  private:
    Proven proven_;
    std::vector<Place> known_;
    PackReach reach_;
};

} // namespace

void walk_reach(RegistryVersion& version, ReachVisitor& visitor, const std::stop_token& stop) {
    Walk walk(version, visitor, stop);
    walk.tree();
    walk.history();
}

PackReach reach_of(RegistryVersion& version, RegistryVersion* proven, const std::stop_token& stop) {
    Proven shared;
    std::vector<Place> known;
    if (proven != nullptr) {
        shared = shared_nodes(version, *proven, stop);
        for (std::optional<Place> at = proven->roots().history_place; at && !at->hash.is_zero();) {
            known.push_back(*at);
            at = previous_bundle(*proven, *at);
        }
    }
    Reach reach(std::move(shared), std::move(known));
    walk_reach(version, reach, stop);
    return reach.take();
}

void for_each_pack(RegistryVersion& version, RegistryVersion* proven,
                   const std::function<void(const PackRef&)>& visit) {
    for (const auto& [pack, end] : reach_of(version, proven, {})) {
        visit(pack);
    }
}

} // namespace ds

// Finding what need not be sent. Only nodes along the difference are read.
#include "transfer/push_bases.hpp"

#include "model/tree.hpp"

#include <algorithm>

namespace ds {

namespace {

constexpr std::size_t max_bases = 4;
/// With less than this to send, looking further costs more than it can save.
constexpr std::uint64_t worth_another_base = 1u << 20;
constexpr std::uint64_t worth_another_base_entries = 1000;
constexpr std::size_t max_gone = 4u << 20;
constexpr std::size_t anchor_every = 64;
constexpr std::size_t precise_anchors = 1u << 16; ///< so many gone entries have an anchor each
/// Upper levels that lie side by side are read at once up to this size.
constexpr std::uint64_t upper_levels = 2u << 20;
constexpr std::uint64_t nearby = 1u << 16; ///< chunks ahead of and behind a position

} // namespace

struct PushBases::Base {
    struct Gone {
        std::uint64_t prefix = 0;
        std::uint32_t anchor = 0;
    };
    Base(Registry& target, const std::string& ns, const VersionRoots& roots)
        : reader(target, ns), nodes(reader, roots) {}

    PackReader reader;
    VersionNodes nodes;
    std::vector<Gone> gone;           ///< sorted by prefix
    std::vector<std::string> anchors; ///< paths; an entry lies between its anchor and the next one
};

PushBases::PushBases(Registry& target, const std::string& ns, const std::vector<VersionRoots>& bases,
                     ObjectStore* local, NodeSource& nodes, const TreeInfo& tree, Context& context)
    : changed_bytes_(tree.bytes), changed_entries_(tree.entries) {
    for (const VersionRoots& roots : bases) {
        if (roots.tree == tree) {
            same_ = &roots;
            changed_bytes_ = 0;
            changed_entries_ = 0;
            return;
        }
    }
    std::uint64_t missing_bytes = tree.bytes;
    std::uint64_t missing_entries = tree.entries;
    for (const VersionRoots& roots : bases) {
        const bool again = std::any_of(bases_.begin(), bases_.end(),
                                       [&](Base& other) { return other.nodes.roots().tree == roots.tree; });
        if (again || roots.tree.entries == 0) {
            continue;
        }
        if (bases_.size() == max_bases || (!bases_.empty() && missing_bytes < worth_another_base &&
                                           missing_entries < worth_another_base_entries)) {
            break;
        }
        Base& base = bases_.emplace_back(target, ns, roots);
        const std::uint64_t entries_before = changed_entries_;
        const std::uint64_t missing = compare(base, local, nodes, tree, context);
        missing_entries = std::min(missing_entries, changed_entries_);
        missing_bytes = std::min(missing_bytes, missing);
        if (bases_.size() == 1) {
            changed_bytes_ = missing;
        } else {
            changed_entries_ = entries_before;
        }
    }
}

PushBases::~PushBases() = default;

std::uint64_t PushBases::compare(Base& base, ObjectStore* local, NodeSource& nodes, const TreeInfo& tree,
                                 Context& context) {
    struct FromRegistry final : NodeSource {
        explicit FromRegistry(VersionNodes& version) : nodes(version) {}
        std::shared_ptr<const ByteString> load_node(const Sha256& id) override { return nodes.load(id); }
        VersionNodes& nodes;
    };
    const auto root = base.nodes.node(base.nodes.root_place());
    std::uint64_t below = 0;
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < root->layout.children.size(); ++i) {
        below += root->layout.children[i].tree.frame_length + root->layout.children[i].layout.frame_length;
        all.push_back(i);
    }
    if (root->tree.level > 1 && below <= upper_levels) {
        base.nodes.prefetch(*root, all, true, context.jobs);
    }
    FromRegistry remote(base.nodes);
    // A root that is here means that the whole tree is.
    const bool here = local != nullptr && local->has(ObjectKind::tree, root->place.id);
    NodeSource& old_nodes = here ? static_cast<NodeSource&>(*local) : remote;
    std::uint64_t bytes = 0;
    std::uint64_t entries = 0;
    std::size_t since_anchor = anchor_every;
    std::size_t steps = 0;
    tree_diff(old_nodes, root->place.id, nodes, tree.root, [&](const TreeChange& change) {
        if (++steps % 4096 == 0) {
            context.check_stop();
        }
        const bool same = change.before != nullptr && change.after != nullptr &&
                          change.before->hash == change.after->hash &&
                          change.before->size == change.after->size;
        if (change.after != nullptr && !same) {
            bytes += change.after->size;
            ++entries;
        }
        if (change.before != nullptr && !same && change.before->size > 0 && base.gone.size() < max_gone) {
            if (since_anchor >= (base.gone.size() < precise_anchors ? 1 : anchor_every)) {
                base.anchors.emplace_back(change.path);
                since_anchor = 0;
            }
            ++since_anchor;
            base.gone.push_back(
                {change.before->hash.prefix64(), static_cast<std::uint32_t>(base.anchors.size() - 1)});
        }
        return true;
    });
    if (entries == 0) {
        base.gone.clear();
    }
    std::sort(base.gone.begin(), base.gone.end(),
              [](const Base::Gone& a, const Base::Gone& b) { return a.prefix < b.prefix; });
    changed_entries_ = entries;
    return bytes;
}

std::optional<NodePlace> PushBases::find_node(const Sha256& id, int level, std::string_view last_path) {
    for (Base& base : bases_) {
        if (auto place = base.nodes.find_node(id, level, last_path)) {
            return place;
        }
    }
    return std::nullopt;
}

std::optional<BaseFile> PushBases::find_path(std::string_view path) {
    for (Base& base : bases_) {
        if (auto at = base.nodes.find(path)) {
            return BaseFile{std::move(at->leaf), at->index, &base.nodes};
        }
    }
    return std::nullopt;
}

std::optional<BaseFile> PushBases::find_content(std::string_view path, const Entry& entry) {
    for (Base& base : bases_) {
        if (auto at = base.nodes.find(path)) {
            const Entry& old = at->leaf->tree.leaves[at->index].entry;
            if (old.hash == entry.hash && old.size == entry.size) {
                return BaseFile{std::move(at->leaf), at->index, &base.nodes};
            }
        }
        if (auto moved = find_moved(base, entry)) {
            return moved;
        }
    }
    return std::nullopt;
}

std::optional<BaseFile> PushBases::find_moved(Base& base, const Entry& entry) {
    const std::uint64_t prefix = entry.hash.prefix64();
    auto at = std::lower_bound(base.gone.begin(), base.gone.end(), prefix,
                               [](const Base::Gone& gone, std::uint64_t key) { return gone.prefix < key; });
    if (at == base.gone.end() || at->prefix != prefix) {
        return std::nullopt;
    }
    const std::string& from = base.anchors[at->anchor];
    const std::string* until = at->anchor + 1 < base.anchors.size() ? &base.anchors[at->anchor + 1] : nullptr;
    auto leaf = base.nodes.leaf_for(from);
    std::size_t index = leaf ? entry_index(leaf->tree, from) : 0;
    while (leaf && index < leaf->tree.leaves.size()) {
        const LeafItem& item = leaf->tree.leaves[index];
        if (until != nullptr && item.path >= *until) {
            break;
        }
        if (item.entry.hash == entry.hash && item.entry.size == entry.size) {
            return BaseFile{std::move(leaf), index, &base.nodes};
        }
        if (++index == leaf->tree.leaves.size()) {
            leaf = base.nodes.leaf_for(item.path + '\0'); // paths hold no NUL: the next entry
            index = 0;
        }
    }
    return std::nullopt;
}

NearbyChunks::NearbyChunks(BaseFile file) : file_(std::move(file)) {
    for (const ChunkPlace& chunk : file_.layout().chunks) {
        add(chunk, file_.packs()[chunk.at.pack]);
    }
}

void NearbyChunks::add(const ChunkPlace& chunk, const PackRef& pack) {
    ++loaded_;
    auto known = std::find(packs_.rbegin(), packs_.rend(), pack); // the last one nearly always
    if (known == packs_.rend()) {
        packs_.push_back(pack);
        known = packs_.rbegin();
    }
    const auto number = static_cast<std::uint32_t>(packs_.rend() - known - 1);
    if (chunks_.emplace(chunk.hash, Near{chunk.at, number}).second) {
        order_.push_back(chunk.hash);
    }
    while (order_.size() > 2 * nearby) {
        chunks_.erase(order_.front());
        order_.pop_front();
    }
}

void NearbyChunks::load_more() {
    const SegmentPlace& place = file_.layout().segments[next_segment_++];
    const LayoutSegment segment = file_.nodes->segment(place, file_.packs()[place.at.pack]);
    for (const ChunkPlace& chunk : segment.chunks) {
        add(chunk, segment.packs[chunk.at.pack]);
    }
}

std::optional<NearbyChunks::Found> NearbyChunks::find(const Sha256& hash, std::uint64_t index) {
    while (next_segment_ < file_.layout().segments.size() && loaded_ < index + nearby) {
        load_more();
    }
    const auto at = chunks_.find(hash);
    if (at == chunks_.end()) {
        return std::nullopt;
    }
    return Found{{hash, at->second.at}, packs_[at->second.pack]};
}

} // namespace ds

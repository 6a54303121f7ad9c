// Reading nodes: every claim of the layout is held against the tree before anybody sees it.
#include "transfer/version_nodes.hpp"

#include "base/path.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds {

namespace {

constexpr std::size_t node_cache_bytes = 16u << 20;
constexpr std::size_t tree_cache_bytes = 12u << 20;
constexpr std::uint64_t prefetch_bytes = 6u << 20;

constexpr std::size_t allocation = 24; ///< what the allocator adds

std::size_t memory_of(const VersionNode& node) {
    std::size_t bytes = 512;
    for (const LeafItem& item : node.tree.leaves) {
        bytes += sizeof item + item.path.size() + allocation;
    }
    for (const InnerItem& item : node.tree.children) {
        bytes += sizeof item + item.last_path.size() + allocation;
    }
    for (const FileLayout& file : node.layout.files) {
        bytes += sizeof file + allocation + file.chunks.size() * sizeof(ChunkPlace) +
                 file.segments.size() * sizeof(SegmentPlace);
    }
    return bytes + node.layout.children.size() * sizeof(ChildPlace) + node.layout.packs.size() * 128;
}

void make_absolute(std::vector<PackRef>& packs, const PackRef& self) {
    for (PackRef& pack : packs) {
        if (pack.name.is_zero()) {
            pack = self;
        }
    }
}

/// Sizes are the one thing about chunks that the tree knows.
void check_file(const LeafItem& item, const FileLayout& file) {
    std::uint64_t size = 0;
    for (const ChunkPlace& chunk : file.chunks) {
        size += chunk.at.length;
    }
    for (const SegmentPlace& segment : file.segments) {
        size += segment.size; // their sum was bounded by the parser
    }
    const std::uint64_t expected = item.entry.kind == EntryKind::empty_dir ? 0 : item.entry.size;
    if (size != expected) {
        throw CorruptObject(fmt::format("the layout of '{}' has {} bytes, its record {}",
                                        printable(item.path), size, expected));
    }
    if (file.chunks.size() == 1 && file.segments.empty() && file.chunks[0].hash != item.entry.hash) {
        throw CorruptObject(fmt::format("'{}' does not match its record (expected sha256 {}…, got {}…)",
                                        printable(item.path), item.entry.hash.short_hex(),
                                        file.chunks[0].hash.short_hex()));
    }
}

} // namespace

const std::string& VersionNode::last_path() const noexcept {
    static const std::string none;
    if (tree.level == 0) {
        return tree.leaves.empty() ? none : tree.leaves.back().path;
    }
    return tree.children.empty() ? none : tree.children.back().last_path;
}

std::size_t entry_index(const TreeNode& leaf, std::string_view path) {
    const auto at =
        std::lower_bound(leaf.leaves.begin(), leaf.leaves.end(), path,
                         [](const LeafItem& item, std::string_view key) { return item.path < key; });
    return static_cast<std::size_t>(at - leaf.leaves.begin());
}

VersionNodes::VersionNodes(PackReader& reader, VersionRoots roots, ObjectStore* local)
    : reader_(reader), roots_(std::move(roots)), local_(local), nodes_(node_cache_bytes),
      trees_(tree_cache_bytes) {}

NodePlace VersionNodes::root_place() const {
    NodePlace out;
    out.id = roots_.tree.root;
    out.layout_hash = roots_.layout_place.hash;
    const auto extent = [](const Place& place) {
        return Extent{0, place.frame_offset, place.frame_length, place.inner_offset, place.length};
    };
    out.tree_pack = {roots_.tree_place.pack, roots_.tree_place.version_id};
    out.layout_pack = {roots_.layout_place.pack, roots_.layout_place.version_id};
    out.tree = extent(roots_.tree_place);
    out.layout = extent(roots_.layout_place);
    out.entries = roots_.tree.entries;
    out.bytes = roots_.tree.bytes;
    return out;
}

NodePlace VersionNodes::child_place(const VersionNode& parent, std::size_t index) {
    const InnerItem& item = parent.tree.children[index];
    const ChildPlace& child = parent.layout.children[index];
    NodePlace out;
    out.id = item.child;
    out.layout_hash = child.layout_hash;
    out.tree_pack = parent.layout.packs[child.tree.pack];
    out.layout_pack = parent.layout.packs[child.layout.pack];
    out.tree = child.tree;
    out.layout = child.layout;
    out.level = parent.tree.level - 1;
    out.entries = item.entries;
    out.bytes = item.bytes;
    return out;
}

std::shared_ptr<const ByteString> VersionNodes::tree_here(const Sha256& id, int level) {
    if (local_ != nullptr && local_->has(ObjectKind::tree, id)) {
        try {
            return local_->load_node(id);
        } catch (const CorruptObject&) { // the registry has a sound one
        }
    }
    ByteCache* cache = level == 0 ? nullptr : reader_.registry().cache();
    return cache != nullptr ? cache->get(id) : nullptr;
}

std::shared_ptr<const ByteString> VersionNodes::tree_bytes(const NodePlace& place) {
    if (auto cached = trees_.get(place.id)) {
        return cached;
    }
    if (auto bytes = tree_here(place.id, place.level)) {
        trees_.put(place.id, bytes, bytes->size() + 64);
        return bytes;
    }
    if (place.tree.length > max_node_bytes) {
        throw CorruptObject(
            fmt::format("tree node {} claims to have {} bytes", place.id.short_hex(), place.tree.length));
    }
    // The layout node lies right behind as a rule: one read brings both.
    const FramePlace layout{place.layout_pack, place.layout.frame_offset, place.layout.frame_length};
    (void)reader_.frame({place.tree_pack, place.tree.frame_offset, place.tree.frame_length}, {&layout, 1});
    auto bytes = std::make_shared<const ByteString>(reader_.object(
        place.tree_pack, place.tree, ObjectKind::tree, place.id, "tree node " + place.id.short_hex()));
    trees_.put(place.id, bytes, bytes->size() + 64);
    // Inner nodes only: leaves are many, and of no use without their content.
    if (ByteCache* cache = reader_.registry().cache();
        cache != nullptr && bytes->size() > 1 && (*bytes)[1] != 0) {
        cache->put(place.id, *bytes);
    }
    return bytes;
}

VersionNodePtr VersionNodes::node(const NodePlace& place) {
    if (auto cached = nodes_.get(place.id)) {
        return cached;
    }
    const auto bytes = tree_bytes(place);
    auto out = std::make_shared<VersionNode>();
    out->place = place;
    out->tree = TreeNode::parse(*bytes, place.id);
    const std::string name = "the layout of tree node " + place.id.short_hex();
    if ((place.level >= 0 && out->tree.level != place.level) || out->tree.entries() != place.entries ||
        out->tree.bytes() != place.bytes) {
        throw CorruptObject(
            fmt::format("tree node {} has level {}, {} entries and {} bytes, which differs from what "
                        "stands above it ({}, {}, {})",
                        place.id.short_hex(), out->tree.level, out->tree.entries(), out->tree.bytes(),
                        place.level, place.entries, place.bytes));
    }
    std::vector<Sha256> hashes;
    hashes.reserve(out->tree.leaves.size());
    for (const LeafItem& item : out->tree.leaves) {
        hashes.push_back(item.entry.hash);
    }
    const ByteString text =
        reader_.object(place.layout_pack, place.layout, ObjectKind::layout, place.layout_hash, name);
    out->layout = LayoutNode::parse(text, hashes, name);
    if (out->layout.level != out->tree.level || out->layout.children.size() != out->tree.children.size() ||
        out->layout.files.size() != out->tree.leaves.size()) {
        throw CorruptObject(fmt::format("{} does not fit it (level {}, {} items)", name, out->layout.level,
                                        out->layout.children.size() + out->layout.files.size()));
    }
    make_absolute(out->layout.packs, place.layout_pack);
    for (std::size_t i = 0; i < out->layout.files.size(); ++i) {
        check_file(out->tree.leaves[i], out->layout.files[i]);
    }
    remember_children(*out);
    const std::size_t size = memory_of(*out);
    nodes_.put(place.id, out, size);
    return out;
}

VersionNodePtr VersionNodes::child(const VersionNode& parent, std::size_t index) {
    auto out = node(child_place(parent, index));
    if (out->last_path() != parent.tree.children[index].last_path) {
        throw CorruptObject(fmt::format("tree node {} does not end at '{}'", out->place.id.short_hex(),
                                        printable(parent.tree.children[index].last_path)));
    }
    return out;
}

void VersionNodes::remember_children(const VersionNode& node) {
    if (node.tree.level == 0) {
        return;
    }
    std::lock_guard lock(mutex_);
    std::vector<std::uint32_t> numbers(node.layout.packs.size());
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const PackRef& pack = node.layout.packs[i];
        auto& same_name = pack_numbers_[pack.name];
        const auto at = std::find_if(same_name.begin(), same_name.end(), [&](std::uint32_t n) {
            return packs_[n].version_id == pack.version_id;
        });
        if (at != same_name.end()) {
            numbers[i] = *at;
        } else {
            numbers[i] = static_cast<std::uint32_t>(packs_.size());
            packs_.push_back(pack);
            same_name.push_back(numbers[i]);
        }
    }
    for (std::size_t i = 0; i < node.tree.children.size(); ++i) {
        const InnerItem& item = node.tree.children[i];
        const ChildPlace& child = node.layout.children[i];
        KnownPlace known{child.layout_hash, child.tree, child.layout,
                         item.entries,      item.bytes, node.tree.level - 1};
        known.tree.pack = numbers[child.tree.pack];
        known.layout.pack = numbers[child.layout.pack];
        known_.emplace(item.child, known);
    }
}

std::shared_ptr<const ByteString> VersionNodes::load(const Sha256& id) {
    NodePlace place;
    if (id == roots_.tree.root) {
        place = root_place();
    } else {
        std::lock_guard lock(mutex_);
        const auto at = known_.find(id);
        if (at == known_.end()) {
            throw Error(ErrorKind::not_found,
                        fmt::format("tree node {} is not part of this version", id.short_hex()));
        }
        const KnownPlace& known = at->second;
        place = {id,
                 known.layout_hash,
                 packs_[known.tree.pack],
                 packs_[known.layout.pack],
                 known.tree,
                 known.layout,
                 known.level,
                 known.entries,
                 known.bytes};
    }
    auto bytes = tree_bytes(place);
    if (bytes->size() > 1 && (*bytes)[1] != 0) {
        (void)node(place); // an inner node: whoever reads it wants its children next
    }
    return bytes;
}

VersionNodePtr VersionNodes::leaf_for(std::string_view path) {
    {
        std::lock_guard lock(mutex_);
        if (last_leaf_ && !last_leaf_->tree.leaves.empty() && last_leaf_->tree.leaves.front().path <= path &&
            path <= last_leaf_->tree.leaves.back().path) {
            return last_leaf_;
        }
    }
    auto at = node(root_place());
    while (at->tree.level > 0) {
        const auto& children = at->tree.children;
        const auto next = std::lower_bound(
            children.begin(), children.end(), path,
            [](const InnerItem& item, std::string_view key) { return item.last_path < key; });
        if (next == children.end()) {
            return nullptr;
        }
        at = child(*at, static_cast<std::size_t>(next - children.begin()));
    }
    std::lock_guard lock(mutex_);
    last_leaf_ = at;
    return at;
}

std::optional<LeafPosition> VersionNodes::find(std::string_view path) {
    auto leaf = leaf_for(path);
    if (!leaf) {
        return std::nullopt;
    }
    const std::size_t index = entry_index(leaf->tree, path);
    if (index == leaf->tree.leaves.size() || leaf->tree.leaves[index].path != path) {
        return std::nullopt;
    }
    return LeafPosition{std::move(leaf), index};
}

std::optional<NodePlace> VersionNodes::find_node(const Sha256& id, int level, std::string_view last_path) {
    if (id == roots_.tree.root) {
        return root_place();
    }
    auto at = node(root_place());
    while (at->tree.level > level) {
        const auto& children = at->tree.children;
        const auto next = std::lower_bound(
            children.begin(), children.end(), last_path,
            [](const InnerItem& item, std::string_view key) { return item.last_path < key; });
        if (next == children.end()) {
            return std::nullopt;
        }
        const auto index = static_cast<std::size_t>(next - children.begin());
        if (at->tree.level == level + 1) {
            return next->child == id ? std::optional(child_place(*at, index)) : std::nullopt;
        }
        at = child(*at, index);
    }
    return std::nullopt;
}

bool VersionNodes::at_hand(const NodePlace& place) {
    return nodes_.get(place.id) ||
           reader_.holds({place.tree_pack, place.tree.frame_offset, place.tree.frame_length});
}

std::size_t VersionNodes::batch(const VersionNode& parent, std::size_t first) {
    std::uint64_t bytes = 0;
    std::size_t last = first;
    while (last < parent.layout.children.size() && (last == first || bytes < prefetch_bytes)) {
        bytes += parent.layout.children[last].tree.length + parent.layout.children[last].layout.length;
        ++last;
    }
    return last - first;
}

void VersionNodes::prefetch(const VersionNode& parent, std::span<const std::size_t> children, bool both,
                            unsigned jobs) {
    ByteCache* cache = reader_.registry().cache();
    std::vector<FramePlace> places;
    for (const std::size_t i : children) {
        const ChildPlace& child = parent.layout.children[i];
        const Sha256& id = parent.tree.children[i].child;
        const bool tree_held = (local_ != nullptr && local_->has(ObjectKind::tree, id)) ||
                               (cache != nullptr && parent.tree.level > 1 && cache->has(id));
        if (!tree_held) {
            places.push_back(
                {parent.layout.packs[child.tree.pack], child.tree.frame_offset, child.tree.frame_length});
        }
        if (both && !(cache != nullptr && cache->has(child.layout_hash))) {
            places.push_back({parent.layout.packs[child.layout.pack], child.layout.frame_offset,
                              child.layout.frame_length});
        }
    }
    (void)reader_.frames(places, jobs);
}

LayoutSegment VersionNodes::segment(const SegmentPlace& place, const PackRef& pack) {
    const std::string name = "layout segment " + place.hash.short_hex();
    const ByteString bytes = reader_.object(pack, place.at, ObjectKind::segment, place.hash, name);
    LayoutSegment out = LayoutSegment::parse(bytes, name);
    make_absolute(out.packs, pack);
    std::uint64_t size = 0;
    for (const ChunkPlace& chunk : out.chunks) {
        size += chunk.at.length;
    }
    if (size != place.size || out.chunks.size() != place.chunks) {
        throw CorruptObject(fmt::format("{} has {} chunks of {} bytes, not {} of {}", name, out.chunks.size(),
                                        size, place.chunks, place.size));
    }
    return out;
}

void VersionNodes::for_each_chunk(const FileLayout& file, const std::vector<PackRef>& packs,
                                  const std::function<void(const ChunkPlace&, const PackRef&)>& visit) {
    for (const ChunkPlace& chunk : file.chunks) {
        visit(chunk, packs.at(chunk.at.pack));
    }
    for (const SegmentPlace& place : file.segments) {
        const LayoutSegment loaded = segment(place, packs.at(place.at.pack));
        for (const ChunkPlace& chunk : loaded.chunks) {
            visit(chunk, loaded.packs[chunk.at.pack]);
        }
    }
}

} // namespace ds

// The nodes of one version in a registry: each tree node with the layout node beside it, read, verified and
// parsed. For this module, and for mount, which looks at a version as folders.
//
// What the layout claims is held against the tree, which is the part that has an identity: levels fall
// by one with every step (so there are no cycles), counts, totals and last paths are those of the parent, and
// a file's chunks add up to its size. Packs are absolute here: "this pack" was replaced on reading.
#pragma once

#include "model/layout.hpp"
#include "model/tree_node.hpp"
#include "store/object_store.hpp"
#include "transfer/pack_reader.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace ds {

/// Where a node is, and what its parent says about it.
struct NodePlace {
    Sha256 id;
    Sha256 layout_hash;
    PackRef tree_pack;
    PackRef layout_pack;
    Extent tree;
    Extent layout;
    int level = -1; ///< -1: the root, whose level nobody says
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;
};

struct VersionNode {
    NodePlace place;
    TreeNode tree;
    LayoutNode layout; ///< its packs are absolute
    [[nodiscard]] const std::string& last_path() const noexcept;
};
using VersionNodePtr = std::shared_ptr<const VersionNode>;

/// A leaf and the index of an entry in it.
struct LeafPosition {
    VersionNodePtr leaf;
    std::size_t index = 0;
};

/// Thread-safe.
class VersionNodes {
  public:
    /// @param local where tree nodes may be had without asking the registry; may be null, must outlive this
    VersionNodes(PackReader& reader, VersionRoots roots, ObjectStore* local = nullptr);

    [[nodiscard]] const VersionRoots& roots() const noexcept { return roots_; }
    [[nodiscard]] NodePlace root_place() const;
    /// The place of a child of an inner node.
    [[nodiscard]] static NodePlace child_place(const VersionNode& parent, std::size_t index);
    /// The node, from the cache or the registry, held against what its place says. @throws CorruptObject
    [[nodiscard]] VersionNodePtr node(const NodePlace& place);
    /// The same, and against the parent's last path.
    [[nodiscard]] VersionNodePtr child(const VersionNode& parent, std::size_t index);
    /// The bytes of a node's tree half alone.
    [[nodiscard]] std::shared_ptr<const ByteString> tree_bytes(const NodePlace& place);
    /// Bytes of a node of this version that was seen as a child of a node read here (or the root).
    /// @throws Error(not_found)
    [[nodiscard]] std::shared_ptr<const ByteString> load(const Sha256& id);

    /// The first leaf that may hold `path`; nothing when `path` is beyond the last one.
    [[nodiscard]] VersionNodePtr leaf_for(std::string_view path);
    /// The entry at `path`.
    [[nodiscard]] std::optional<LeafPosition> find(std::string_view path);
    /// The place of the node `id` of `level` whose last path is `last_path`, if this version has it.
    [[nodiscard]] std::optional<NodePlace> find_node(const Sha256& id, int level, std::string_view last_path);

    /// Reads the nodes of some children together. `both`: their layouts, too.
    void prefetch(const VersionNode& parent, std::span<const std::size_t> children, bool both, unsigned jobs);
    /// Whether a node can be had without a request.
    [[nodiscard]] bool at_hand(const NodePlace& place);
    /// How many children from `first` on prefetch() should take at once.
    [[nodiscard]] static std::size_t batch(const VersionNode& parent, std::size_t first);

    /// The chunks of an entry in order; segments are read one at a time.
    void for_each_chunk(const FileLayout& file, const std::vector<PackRef>& packs,
                        const std::function<void(const ChunkPlace&, const PackRef&)>& visit);
    /// One segment: chunks and absolute packs, checked against its place.
    [[nodiscard]] LayoutSegment segment(const SegmentPlace& place, const PackRef& pack);
    [[nodiscard]] PackReader& reader() noexcept { return reader_; }
    /// One stream at a time reads ahead, so that memory is bounded whatever the number of workers.
    /// @returns whether the caller is the one, who then calls end_reading_ahead()
    [[nodiscard]] bool begin_reading_ahead() noexcept { return !reading_ahead_.exchange(true); }
    void end_reading_ahead() noexcept { reading_ahead_ = false; }

  private:
    void remember_children(const VersionNode& node);
    /// The bytes of a tree node if they are on this machine.
    [[nodiscard]] std::shared_ptr<const ByteString> tree_here(const Sha256& id, int level);

    struct KnownPlace { ///< a NodePlace without its pack names, since very many are kept
        Sha256 layout_hash;
        Extent tree;   ///< pack: index into packs_
        Extent layout; ///< pack: index into packs_
        std::uint64_t entries = 0;
        std::uint64_t bytes = 0;
        int level = 0;
    };

    PackReader& reader_;
    std::atomic<bool> reading_ahead_{false};
    VersionRoots roots_;
    ObjectStore* local_;
    ByteLru<Sha256, VersionNode> nodes_;
    ByteLru<Sha256, ByteString> trees_;
    std::mutex mutex_; ///< guards what follows
    std::unordered_map<Sha256, KnownPlace> known_;
    std::vector<PackRef> packs_;
    std::unordered_map<Sha256, std::vector<std::uint32_t>> pack_numbers_;
    VersionNodePtr last_leaf_;
};

/// Index of the first entry of a leaf whose path is >= `path`.
[[nodiscard]] std::size_t entry_index(const TreeNode& leaf, std::string_view path);

} // namespace ds

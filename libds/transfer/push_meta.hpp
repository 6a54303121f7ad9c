// The metadata half of a push: tree and layout nodes, and the segments of large files. Internal to this
// module.
//
// A node and its layout lie in adjacent frames (one object each), so that one range read brings both. What is
// in the same pack is addressed by the zero pack name, which lets parents follow children into a pack
// that has no name yet. Leaves go as their content is acknowledged; inner nodes are kept back and written
// together, so that the upper levels of a version lie side by side at the end of its last pack.
#pragma once

#include "model/layout.hpp"
#include "model/node_store.hpp"
#include "model/tree_node.hpp"
#include "transfer/push_chunks.hpp"
#include "transfer/push_packs.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <vector>

namespace ds {

/// An object of a metadata pack.
struct MetaPlace {
    PackedAt at;
    std::uint32_t length = 0;
};

/// Tree and layout of a node that is in the registry.
struct NodePair {
    MetaPlace tree;
    MetaPlace layout;
    Sha256 layout_hash;
};

/// An inner node that waits for its children.
struct InnerPlan {
    Sha256 id;
    std::uint8_t level = 0;
    std::shared_ptr<InnerPlan> parent; ///< null for the root
    std::size_t index = 0;             ///< among the parent's children
    std::vector<NodePair> children;
    std::size_t missing = 0;
};

/// A part of a large file's layout.
struct PlannedSegment {
    std::uint64_t size = 0;
    std::uint32_t chunks = 0;
    Sha256 hash;
    MetaPlace place;
};

/// A leaf whose content is on its way.
struct LeafPlan {
    Sha256 id;
    std::shared_ptr<InnerPlan> parent;
    std::size_t index = 0;
    std::deque<ChunkSlot> slots; ///< of all entries in order
    std::deque<PlannedSegment> segments;
    struct FileEnd {
        std::size_t slots = 0;
        std::size_t segments = 0;
    };
    std::vector<FileEnd> files; ///< per entry: where its slots and segments end
};

/// One thread owns it.
class MetaSender {
  public:
    /// @param cache where layouts are kept for later pushes; may be null
    MetaSender(PackUploads& uploads, PackBook& book, NodeSource& nodes, int level, ByteCache* cache);

    /// Takes a leaf; it is written once its chunks (and those of its segments, submitted before) are
    /// acknowledged.
    void submit(std::shared_ptr<LeafPlan> leaf);
    void submit_segment(std::shared_ptr<LeafPlan> leaf, PlannedSegment& segment, std::deque<ChunkSlot> slots);
    /// The root or a child of `parent` is in the registry.
    void settle(const std::shared_ptr<InnerPlan>& parent, std::size_t index, const NodePair& pair);
    /// Writes what is ready.
    void advance();
    /// How much waits for acknowledgements, in chunks.
    [[nodiscard]] std::size_t waiting() const noexcept { return waiting_; }
    /// Everything, after all content was acknowledged.
    /// @param history a serialised bundle to go along, or null
    struct Finished {
        NodePair root; ///< its packs are acknowledged
        MetaPlace history;
        Sha256 history_hash;
    };
    [[nodiscard]] Finished finish(const HistoryBundle* history);

  private:
    struct Unit {
        std::shared_ptr<LeafPlan> leaf;
        PlannedSegment* segment = nullptr; ///< null: the leaf itself
        std::deque<ChunkSlot> slots;       ///< of the segment
        std::size_t checked = 0;
    };
    class Table;
    [[nodiscard]] bool ready(Unit& unit);
    void write_segment(Unit& unit);
    void write_leaf(const LeafPlan& leaf);
    void write_inner(const InnerPlan& plan);
    void flush_inner();
    NodePair put_pair(const Sha256& id, ByteView tree, ByteView layout);
    MetaPlace put(ObjectKind kind, const Sha256& hash, ByteView bytes);
    [[nodiscard]] Extent extent(Table& table, const PackedAt& at, std::uint32_t length);

    PackUploads& uploads_;
    PackBook& book_;
    NodeSource& nodes_;
    int level_;
    ByteCache* cache_;
    std::unique_ptr<PackAssembly> pack_;
    std::deque<Unit> units_;
    std::size_t waiting_ = 0;
    std::deque<std::shared_ptr<InnerPlan>> complete_;
    NodePair root_;
    bool root_known_ = false;
};

} // namespace ds

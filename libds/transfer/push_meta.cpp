// Writing segments, leaves and inner nodes as what they refer to is acknowledged.
#include "transfer/push_meta.hpp"

#include "codec/hash.hpp"

#include <unordered_map>

namespace ds {

namespace {
/// Inner nodes that are kept back; some 60 KiB each with their children's places.
constexpr std::size_t max_complete = 128;
constexpr std::size_t estimated_chunk = 56;
constexpr std::size_t estimated_segment = 80;
} // namespace

/// The pack table of one node under construction.
class MetaSender::Table {
  public:
    std::uint32_t index_of(PackNumber number, const PackRef& ref) {
        const auto [at, fresh] = indices_.emplace(number, static_cast<std::uint32_t>(packs_.size()));
        if (fresh) {
            packs_.push_back(ref);
        }
        return at->second;
    }
    [[nodiscard]] std::vector<PackRef> take() { return std::move(packs_); }

  private:
    std::unordered_map<PackNumber, std::uint32_t> indices_;
    std::vector<PackRef> packs_;
};

MetaSender::MetaSender(PackUploads& uploads, PackBook& book, NodeSource& nodes, int level, ByteCache* cache)
    : uploads_(uploads), book_(book), nodes_(nodes), level_(level), cache_(cache) {}

void MetaSender::submit(std::shared_ptr<LeafPlan> leaf) {
    waiting_ += leaf->slots.size() + 1;
    units_.push_back({std::move(leaf), nullptr, {}, 0});
}

void MetaSender::submit_segment(std::shared_ptr<LeafPlan> leaf, PlannedSegment& segment,
                                std::deque<ChunkSlot> slots) {
    waiting_ += slots.size();
    units_.push_back({std::move(leaf), &segment, std::move(slots), 0});
}

bool MetaSender::ready(Unit& unit) {
    const auto& slots = unit.segment != nullptr ? unit.slots : unit.leaf->slots;
    while (unit.checked < slots.size()) {
        const ChunkSlot& slot = slots[unit.checked];
        if (!slot.placed || !book_.known(slot.at.pack)) {
            return false;
        }
        ++unit.checked;
    }
    return true;
}

void MetaSender::advance() {
    while (!units_.empty() && ready(units_.front())) {
        Unit unit = std::move(units_.front());
        units_.pop_front();
        if (unit.segment != nullptr) {
            waiting_ -= unit.slots.size();
            write_segment(unit);
        } else {
            waiting_ -= unit.leaf->slots.size() + 1;
            write_leaf(*unit.leaf);
        }
    }
    if (complete_.size() >= max_complete) {
        flush_inner();
    }
}

MetaPlace MetaSender::put(ObjectKind kind, const Sha256& hash, ByteView bytes) {
    FrameBuilder builder(kind);
    builder.add(hash, bytes);
    ByteString frame;
    auto entries = builder.encode(level_, frame);
    const std::uint32_t inner = entries[0].inner_offset;
    const std::uint32_t offset = pack_->append(frame, std::move(entries));
    if (cache_ != nullptr && kind != ObjectKind::tree) { // trees are where they came from
        cache_->put(hash, bytes);
    }
    return {{pack_->number(), offset, static_cast<std::uint32_t>(frame.size()), inner},
            static_cast<std::uint32_t>(bytes.size())};
}

NodePair MetaSender::put_pair(const Sha256& id, ByteView tree, ByteView layout) {
    NodePair out;
    out.layout_hash = sha256(layout);
    out.tree = put(ObjectKind::tree, id, tree);
    out.layout = put(ObjectKind::layout, out.layout_hash, layout);
    return out;
}

Extent MetaSender::extent(Table& table, const PackedAt& at, std::uint32_t length) {
    std::uint32_t pack = 0;
    if (at.pack == pack_->number()) {
        pack = table.index_of(at.pack, {}); // this pack, which has no name yet
    } else {
        uploads_.wait_for(at.pack);
        pack = table.index_of(at.pack, book_.ref(at.pack));
    }
    return {pack, at.frame_offset, at.frame_length, at.inner_offset, length};
}

void MetaSender::write_segment(Unit& unit) {
    (void)uploads_.room(pack_, unit.slots.size() * estimated_chunk);
    LayoutSegment segment;
    Table table;
    for (const ChunkSlot& slot : unit.slots) {
        segment.chunks.push_back({slot.hash, extent(table, slot.at, slot.length)});
    }
    segment.packs = table.take();
    const ByteString bytes = segment.serialise();
    unit.segment->hash = sha256(bytes);
    unit.segment->place = put(ObjectKind::segment, unit.segment->hash, bytes);
}

void MetaSender::write_leaf(const LeafPlan& leaf) {
    const auto tree = nodes_.load_node(leaf.id);
    const TreeNode node = TreeNode::parse(*tree, leaf.id);
    (void)uploads_.room(pack_, tree->size() + leaf.slots.size() * estimated_chunk +
                                   leaf.segments.size() * estimated_segment);
    LayoutNode layout;
    Table table;
    std::vector<Sha256> hashes;
    LeafPlan::FileEnd begin;
    for (std::size_t i = 0; i < node.leaves.size(); ++i) {
        hashes.push_back(node.leaves[i].entry.hash);
        FileLayout& file = layout.files.emplace_back();
        const LeafPlan::FileEnd& end = leaf.files[i];
        for (std::size_t s = begin.slots; s < end.slots; ++s) {
            const ChunkSlot& slot = leaf.slots[s];
            file.chunks.push_back({slot.hash, extent(table, slot.at, slot.length)});
        }
        for (std::size_t s = begin.segments; s < end.segments; ++s) {
            const PlannedSegment& segment = leaf.segments[s];
            file.segments.push_back({segment.size, segment.chunks, segment.hash,
                                     extent(table, segment.place.at, segment.place.length)});
        }
        begin = end;
    }
    layout.packs = table.take();
    settle(leaf.parent, leaf.index, put_pair(leaf.id, *tree, layout.serialise(hashes)));
}

void MetaSender::settle(const std::shared_ptr<InnerPlan>& parent, std::size_t index, const NodePair& pair) {
    if (!parent) {
        root_ = pair;
        root_known_ = true;
        return;
    }
    parent->children[index] = pair;
    if (--parent->missing == 0) {
        complete_.push_back(parent);
    }
}

void MetaSender::write_inner(const InnerPlan& plan) {
    const auto tree = nodes_.load_node(plan.id);
    (void)uploads_.room(pack_, tree->size() + plan.children.size() * 2 * estimated_chunk);
    LayoutNode layout;
    layout.level = plan.level;
    Table table;
    for (const NodePair& child : plan.children) {
        layout.children.push_back({extent(table, child.tree.at, child.tree.length),
                                   extent(table, child.layout.at, child.layout.length), child.layout_hash});
    }
    layout.packs = table.take();
    settle(plan.parent, plan.index, put_pair(plan.id, *tree, layout.serialise({})));
}

void MetaSender::flush_inner() {
    // Writing the last child of a node appends the node itself.
    while (!complete_.empty()) {
        const auto plan = std::move(complete_.front());
        complete_.pop_front();
        write_inner(*plan);
    }
}

MetaSender::Finished MetaSender::finish(const HistoryBundle* history) {
    advance();
    flush_inner();
    if (!units_.empty() || !root_known_) {
        throw Error(ErrorKind::failure, "a part of the version has no place in the registry");
    }
    Finished out;
    if (history != nullptr) {
        const ByteString bundle = history->serialise();
        out.history_hash = sha256(bundle);
        (void)uploads_.room(pack_, bundle.size());
        out.history = put(ObjectKind::history, out.history_hash, bundle);
    }
    if (pack_ && !pack_->empty()) {
        uploads_.send(std::move(pack_));
    }
    pack_.reset();
    uploads_.drain();
    out.root = root_;
    return out;
}

} // namespace ds

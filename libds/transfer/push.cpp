// The walk of a push, and the same walk for measuring what it would send.
#include "transfer/push.hpp"

#include "base/path.hpp"
#include "transfer/content_check.hpp"
#include "transfer/history_chain.hpp"
#include "transfer/push_tree.hpp"
#include "transfer/staged_content.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds {

namespace {

/// Chunks whose leaves wait for acknowledgements: beyond this the open pack is sent as it is.
constexpr std::size_t max_waiting = 1u << 18;

std::vector<Sha256> roots_of(const std::vector<VersionRoots>& bases) {
    std::vector<Sha256> out;
    out.reserve(bases.size());
    for (const VersionRoots& base : bases) {
        out.push_back(base.tree.root);
    }
    return out;
}

int level_of(const PushRequest& request) {
    return request.local != nullptr ? request.local->params().level : 1;
}

} // namespace

TreePush::TreePush(const PushRequest& request, Context& context, TransferStats& stats)
    : request_(request), context_(context), stats_(stats), nodes_(push_nodes(request)),
      bases_(request, nodes_, context), journal_(request.journal_dir, request.target, request.ns, book_,
                                                 roots_of(request.bases), request.condemned),
      samples_({request.target, request.ns, request.condemned, request.look_from, request.sample_from},
               context),
      uploads_(request.target, request.ns, request.pack_bytes, book_, context,
               [this](const AckedPack& pack) {
                   ++stats_.packs;
                   stats_.bytes += pack.size;
                   if (pack.entries.front().kind == ObjectKind::chunk) {
                       journal_.add(pack);
                       samples_.add(pack);
                       std::uint64_t content = 0;
                       for (const FooterEntry& entry : pack.entries) {
                           content += entry.length;
                       }
                       context_.progress.advance(0, content); // not before: it may yet fail
                   }
                   if (request_.acknowledged) {
                       request_.acknowledged(pack.ref);
                   }
               }),
      chunks_(uploads_, context.jobs, level_of(request)),
      meta_(uploads_, book_, nodes_, level_of(request), request.target.cache()) {
    if (request.staged == nullptr) { // else what is missing was looked for when it was staged
        samples_.expect(bases_.missing_bytes());
    }
}

TreePush::~TreePush() = default;

PackedAt TreePush::packed_at(const Extent& at, const PackRef& pack) {
    return {book_.intern(pack), at.frame_offset, at.frame_length, at.inner_offset};
}

VersionRoots TreePush::run() {
    if (const VersionRoots* same = bases_.same_tree()) {
        stats_.reused += request_.tree.bytes;
        VersionRoots out = *same;
        out.history_place = request_.history != nullptr
                                ? put_bundle(request_.target, request_.ns, *request_.history)
                                : Place{};
        return out;
    }
    ProgressScope progress(context_.progress, "pushing", request_.tree.entries, request_.tree.bytes);
    visit(request_.tree.root, -1, nullptr, 0);
    chunks_.finish();
    uploads_.drain();
    const MetaSender::Finished sent = meta_.finish(request_.history);
    stats_.chunks += chunks_.totals().chunks;
    journal_.complete(request_.tree.root);
    journal_.each_found([this](const AckedPack& pack) { samples_.add(pack); });
    if (request_.copies != nullptr) {
        request_.copies->each_copy([this](const SampledPack& pack, const std::vector<Sha256>& chunks) {
            samples_.add(pack, chunks);
        });
    }
    samples_.finish();

    const auto place = [&](const MetaPlace& meta, const Sha256& hash) {
        const PackRef& pack = book_.ref(meta.at.pack);
        return Place{pack.name,
                     pack.version_id,
                     meta.at.frame_offset,
                     meta.at.frame_length,
                     meta.at.inner_offset,
                     meta.length,
                     hash};
    };
    VersionRoots out;
    out.tree = request_.tree;
    out.tree_place = place(sent.root.tree, request_.tree.root);
    out.layout_place = place(sent.root.layout, sent.root.layout_hash);
    if (request_.history != nullptr) {
        out.history_place = place(sent.history, sent.history_hash);
    }
    return out;
}

void TreePush::visit(const Sha256& id, int level, const std::shared_ptr<InnerPlan>& parent,
                     std::size_t index) {
    context_.check_stop();
    auto node = std::make_shared<const TreeNode>(TreeNode::parse(*nodes_.load_node(id), id));
    if (level >= 0 && node->level != level) {
        throw CorruptObject(
            fmt::format("tree node {} has level {}, not {}", id.short_hex(), node->level, level));
    }
    if (node->level == 0) {
        leaf(id, node, parent, index);
        return;
    }
    auto plan = std::make_shared<InnerPlan>();
    plan->id = id;
    plan->level = node->level;
    plan->parent = parent;
    plan->index = index;
    plan->children.resize(node->children.size());
    plan->missing = node->children.size();
    for (std::size_t i = 0; i < node->children.size(); ++i) {
        const InnerItem& child = node->children[i];
        if (const auto there = bases_.find_node(child.child, node->level - 1, child.last_path)) {
            stats_.reused += child.bytes;
            context_.progress.advance(child.entries, child.bytes);
            meta_.settle(plan, i,
                         {{packed_at(there->tree, there->tree_pack), there->tree.length},
                          {packed_at(there->layout, there->layout_pack), there->layout.length},
                          there->layout_hash});
            continue;
        }
        visit(child.child, node->level - 1, plan, i);
    }
}

void TreePush::leaf(const Sha256& id, const std::shared_ptr<const TreeNode>& node,
                    const std::shared_ptr<InnerPlan>& parent, std::size_t index) {
    auto plan = std::make_shared<LeafPlan>();
    plan->id = id;
    plan->parent = parent;
    plan->index = index;
    chunks_.keep(node);
    const auto has_content = [](const LeafItem& item) {
        return item.entry.kind != EntryKind::empty_dir && item.entry.size > 0;
    };
    std::vector<std::optional<BaseFile>> there(node->leaves.size());
    for (std::size_t i = 0; i < there.size(); ++i) {
        const LeafItem& item = node->leaves[i];
        if (has_content(item)) {
            there[i] = bases_.find_content(item.path, item.entry);
        }
    }
    look_ahead(*node, there);
    for (std::size_t i = 0; i < there.size(); ++i) {
        const LeafItem& item = node->leaves[i];
        const std::uint64_t reused_before = stats_.reused;
        if (there[i]) {
            stats_.reused += item.entry.size;
            reuse(*plan, *there[i]);
        } else if (has_content(item)) {
            send(plan, item);
        }
        plan->files.push_back({plan->slots.size(), plan->segments.size()});
        context_.progress.advance(1, stats_.reused - reused_before);
    }
    meta_.submit(std::move(plan));
    keep_bounded();
}

void TreePush::look_ahead(const TreeNode& node, const std::vector<std::optional<BaseFile>>& there) {
    if (!samples_.active()) {
        return;
    }
    std::vector<Sha256> chunks; // files of one chunk; large ones are looked at when their turn comes
    for (std::size_t i = 0; i < there.size(); ++i) {
        const Entry& entry = node.leaves[i].entry;
        if (!there[i] && entry.size > 0 && entry.size <= max_frame_raw) {
            chunks.push_back(entry.hash);
        }
    }
    samples_.look_ahead(chunks);
}

bool TreePush::sampled(ChunkSlot& slot) {
    const auto found = samples_.find(slot.hash, slot.length);
    if (found) {
        slot.at = packed_at(found->at, *found->pack);
        slot.placed = true;
        stats_.reused += slot.length;
    }
    return found.has_value();
}

void TreePush::keep_bounded() {
    meta_.advance();
    if (meta_.waiting() > max_waiting) {
        chunks_.finish();
        uploads_.drain();
        meta_.advance();
    }
}

void TreePush::reuse(LeafPlan& plan, const BaseFile& file) {
    for (const ChunkPlace& chunk : file.layout().chunks) {
        plan.slots.push_back(
            {chunk.hash, chunk.at.length, true, packed_at(chunk.at, file.packs()[chunk.at.pack]), nullptr});
    }
    for (const SegmentPlace& segment : file.layout().segments) {
        plan.segments.push_back({segment.size,
                                 segment.chunks,
                                 segment.hash,
                                 {packed_at(segment.at, file.packs()[segment.at.pack]), segment.at.length}});
    }
}

/// A file of one chunk that the namespace has, or that is under way with its neighbours already, as nearly all small
/// ones are: no index asked.
bool TreePush::join_whole(LeafPlan& plan, const LeafItem& item) {
    if (item.entry.size > max_frame_raw) {
        return false;
    }
    ChunkSlot& slot = plan.slots.emplace_back();
    slot.hash = item.entry.hash;
    slot.length = static_cast<std::uint32_t>(item.entry.size);
    if (sampled(slot)) { // first: what is on its way with a neighbour need not be sent
        return true;
    }
    const std::uint64_t before = chunks_.totals().chunks;
    if (!chunks_.join(slot, item.path)) {
        plan.slots.pop_back();
        return false;
    }
    ++stats_.files;
    if (chunks_.totals().chunks == before) {
        stats_.reused += item.entry.size;
    }
    return true;
}

bool TreePush::copy_whole(LeafPlan& plan, const LeafItem& item) {
    if (request_.copies == nullptr || item.entry.size > max_frame_raw) {
        return false;
    }
    const auto at = request_.copies->source().nodes().find(item.path);
    if (!at || at->leaf->tree.leaves[at->index].entry.hash != item.entry.hash) {
        return false;
    }
    const FileLayout& file = at->leaf->layout.files[at->index];
    if (file.chunks.size() != 1 || !file.segments.empty()) {
        return false;
    }
    const Extent& place = file.chunks[0].at;
    const auto pack = request_.copies->find(at->leaf->layout.packs[place.pack]);
    if (pack) {
        plan.slots.push_back({item.entry.hash, place.length, true, packed_at(place, *pack), nullptr});
        stats_.reused += place.length;
    }
    return pack.has_value();
}

void TreePush::send(const std::shared_ptr<LeafPlan>& plan, const LeafItem& item) {
    if (copy_whole(*plan, item) || (request_.staged == nullptr && join_whole(*plan, item))) {
        return;
    }
    ++stats_.files;
    send_large(plan, item);
}

VersionRoots push_tree(const PushRequest& request, Context& context, TransferStats& stats) {
    return TreePush(request, context, stats).run();
}

namespace {

/// The same walk, counting only.
class Measure {
  public:
    Measure(const PushRequest& request, Context& context)
        : request_(request), context_(context), nodes_(push_nodes(request)),
          bases_(request, nodes_, context) {}

    TransferStats run() {
        if (bases_.same_tree() != nullptr) {
            stats_.reused = request_.tree.bytes;
        } else {
            visit(request_.tree.root);
        }
        return stats_;
    }

  private:
    void visit(const Sha256& id) {
        context_.check_stop();
        const TreeNode node = TreeNode::parse(*nodes_.load_node(id), id);
        for (const InnerItem& child : node.children) {
            if (bases_.find_node(child.child, node.level - 1, child.last_path)) {
                stats_.reused += child.bytes;
            } else {
                visit(child.child);
            }
        }
        for (const LeafItem& item : node.leaves) {
            if (item.entry.kind == EntryKind::empty_dir || item.entry.size == 0) {
                continue;
            }
            if (bases_.find_content(item.path, item.entry)) {
                stats_.reused += item.entry.size;
                continue;
            }
            ++stats_.files;
            count(item);
        }
    }
    void count(const LeafItem& item) {
        std::optional<NearbyChunks> older = older_chunks(bases_, item);
        const bool known = request_.remote != nullptr || request_.local->has_content(item.entry);
        if (!older || !known) { // not streamed only to be counted
            stats_.bytes += item.entry.size;
            return;
        }
        std::uint64_t index = 0;
        for_each_source_chunk(request_, item, [&](const SourceChunk& chunk) {
            (older->find(chunk.hash, index++) ? stats_.reused : stats_.bytes) += chunk.length;
        });
    }

    const PushRequest& request_;
    Context& context_;
    NodeSource& nodes_;
    PushBases bases_;
    TransferStats stats_;
};

} // namespace

void forget_push(Registry& target, const std::string& ns, const std::string& journal_dir) {
    remove_file(journal_dir + "/" + PushJournal::file_name(target, ns));
}

TransferStats measure_push(const PushRequest& request, Context& context) {
    return Measure(request, context).run();
}

} // namespace ds

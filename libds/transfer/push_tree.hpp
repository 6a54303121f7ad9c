// The walk of a push over the new tree. Internal to this module; push.cpp is the entrance.
#pragma once

#include "transfer/push.hpp"
#include "transfer/push_bases.hpp"
#include "transfer/push_chunks.hpp"
#include "transfer/push_journal.hpp"
#include "transfer/push_meta.hpp"
#include "transfer/push_samples.hpp"

#include <memory>
#include <optional>

namespace ds {

struct StagedChunk;

/// One push. Not reusable.
class TreePush {
  public:
    TreePush(const PushRequest& request, Context& context, TransferStats& stats);
    ~TreePush();
    [[nodiscard]] VersionRoots run();

  private:
    class FileSend;
    void visit(const Sha256& id, int level, const std::shared_ptr<InnerPlan>& parent, std::size_t index);
    void leaf(const Sha256& id, const std::shared_ptr<const TreeNode>& node,
              const std::shared_ptr<InnerPlan>& parent, std::size_t index);
    void reuse(LeafPlan& plan, const BaseFile& file);
    /// Tells the samples what of a leaf is to be sent.
    void look_ahead(const TreeNode& node, const std::vector<std::optional<BaseFile>>& there);
    /// A chunk that the namespace has, wherever.
    bool sampled(ChunkSlot& slot);
    /// A file of one chunk that lies in a pack which is copied.
    bool copy_whole(LeafPlan& plan, const LeafItem& item);
    [[nodiscard]] std::optional<NearbyChunks> inherited(const LeafItem& item);
    bool join_whole(LeafPlan& plan, const LeafItem& item);
    void send(const std::shared_ptr<LeafPlan>& plan, const LeafItem& item);
    void send_large(const std::shared_ptr<LeafPlan>& plan, const LeafItem& item);
    [[nodiscard]] PackedAt packed_at(const Extent& at, const PackRef& pack);
    void keep_bounded();

    const PushRequest& request_;
    Context& context_;
    TransferStats& stats_;
    NodeSource& nodes_;
    PackBook book_;
    PushBases bases_;
    PushJournal journal_;
    PushSamples samples_;
    PackUploads uploads_;
    ChunkSender chunks_;
    MetaSender meta_;
};

/// Where content that the registry lacks is taken from: visits the chunks of an entry in order. Exactly one
/// of `frame` (a registry's), `bytes` (verified) and neither (the local store has it) says where from.
struct SourceChunk {
    Sha256 hash;
    std::uint32_t length = 0;
    const FramePlace* frame = nullptr;
    std::uint32_t inner_offset = 0;
    const ByteView* bytes = nullptr;
    const StagedChunk* staged = nullptr; ///< set instead of the three: it lies in the registry already
};
/// @throws Error(not_found) when the content is not to be had
void for_each_source_chunk(const PushRequest& request, const LeafItem& item,
                           const std::function<void(const SourceChunk&)>& visit);

/// What stood at an item's path before, if the item is large enough to be compared with it chunk by chunk.
[[nodiscard]] std::optional<NearbyChunks> older_chunks(PushBases& bases, const LeafItem& item);

/// The tree's nodes as the push reads them.
[[nodiscard]] NodeSource& push_nodes(const PushRequest& request);

} // namespace ds

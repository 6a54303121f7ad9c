// One large file on its way: what of it the registry has, by chunks.
#include "base/path.hpp"
#include "transfer/push_tree.hpp"
#include "transfer/staged_content.hpp"

#include <fmt/format.h>

namespace ds {

namespace {

/// Smaller files share no chunks with what stood there before.
constexpr std::uint64_t worth_comparing = 32u << 10;

} // namespace

std::optional<NearbyChunks> older_chunks(PushBases& bases, const LeafItem& item) {
    if (item.entry.size < worth_comparing) {
        return std::nullopt;
    }
    auto old = bases.find_path(item.path);
    if (!old || old->layout().chunks.empty()) {
        return std::nullopt;
    }
    return NearbyChunks(std::move(*old));
}

/// What the version has at this path whose packs are copied.
std::optional<NearbyChunks> TreePush::inherited(const LeafItem& item) {
    if (request_.copies == nullptr) {
        return std::nullopt;
    }
    VersionNodes& nodes = request_.copies->source().nodes();
    auto at = nodes.find(item.path);
    if (!at || at->leaf->layout.files[at->index].chunks.empty()) {
        return std::nullopt;
    }
    return NearbyChunks(BaseFile{std::move(at->leaf), at->index, &nodes});
}

/// The chunks of one file on their way, looked up some thousands at a time.
class TreePush::FileSend {
  public:
    FileSend(TreePush& push, const std::shared_ptr<LeafPlan>& plan, const LeafItem& item)
        : push_(push), plan_(plan), item_(item), older_(older_chunks(push.bases_, item)),
          copied_(push.inherited(item)) {}

    void add(const SourceChunk& chunk) {
        Ahead& ahead = window_.emplace_back();
        ahead.chunk = chunk;
        if (chunk.frame != nullptr) {
            ahead.frame = *chunk.frame; // the one that is pointed to is about to go
        }
        if (older_ && chunk.staged == nullptr) {
            ahead.near = older_->find(chunk.hash, looked_at_++);
        }
        if (ahead.near && ahead.near->chunk.at.length != chunk.length) {
            ahead.near.reset();
        }
        // Bytes at hand do not wait, and who looks for nothing need not look ahead.
        if (chunk.bytes != nullptr || chunk.staged != nullptr || !push_.samples_.active() ||
            window_.size() == window_chunks) {
            send_window();
        }
    }
    void finish() {
        send_window();
        if (!segment_.empty()) {
            close_segment();
        }
        if (size_ != item_.entry.size) {
            throw CorruptObject(fmt::format("'{}' cannot be pushed: its chunks have {} bytes, its record {}",
                                            printable(item_.path), size_, item_.entry.size),
                                "dsctl fsck --repair");
        }
    }

  private:
    static constexpr std::size_t window_chunks = 4096;
    struct Ahead {
        SourceChunk chunk;
        FramePlace frame;
        std::optional<NearbyChunks::Found> near;
    };

    void send_window() {
        if (push_.samples_.active()) {
            std::vector<Sha256> unknown;
            std::uint64_t bytes = 0;
            for (const Ahead& ahead : window_) {
                if (!ahead.near && ahead.chunk.staged == nullptr) {
                    unknown.push_back(ahead.chunk.hash);
                    bytes += ahead.chunk.length;
                }
            }
            // A few changed rows are not worth asking for.
            if (!older_ || bytes >= push_.request_.look_from / 4) {
                push_.samples_.look_ahead(unknown);
            }
        }
        for (const Ahead& ahead : window_) {
            send(ahead);
        }
        window_.clear();
    }
    void send(const Ahead& ahead) {
        const SourceChunk& chunk = ahead.chunk;
        const bool is_inline = count_++ < max_inline_chunks;
        ChunkSlot& slot = is_inline ? plan_->slots.emplace_back() : segment_.emplace_back();
        slot.hash = chunk.hash;
        slot.length = chunk.length;
        size_ += chunk.length;
        if (!place(slot, ahead)) {
            hand_over(slot, ahead);
        }
        if (!is_inline) {
            segment_size_ += chunk.length;
            if (segment_.size() == max_segment_chunks) {
                close_segment();
            }
        }
    }
    /// Whether it need not be sent (again).
    bool place(ChunkSlot& slot, const Ahead& ahead) {
        if (const StagedChunk* const staged = ahead.chunk.staged) {
            slot.at = staged->at;
            slot.at.pack = push_.book_.intern(staged->pack);
            slot.placed = true;
            return true;
        }
        const auto at = [&](const NearbyChunks::Found& found, const PackRef& pack) {
            slot.at = push_.packed_at(found.chunk.at, pack);
            slot.placed = true;
            push_.stats_.reused += slot.length;
            return true;
        };
        if (ahead.near) {
            return at(*ahead.near, ahead.near->pack);
        }
        if (push_.sampled(slot)) {
            return true;
        }
        const std::uint64_t before = push_.chunks_.totals().chunks;
        if (push_.chunks_.join(slot, item_.path)) {
            push_.stats_.reused += push_.chunks_.totals().chunks == before ? slot.length : 0;
            return true;
        }
        if (const auto there = copied_ ? copied_->find(slot.hash, count_ - 1) : std::nullopt;
            there && there->chunk.at.length == slot.length) {
            if (const auto copy = push_.request_.copies->find(there->pack)) {
                return at(*there, *copy);
            }
        }
        if (const auto sent = push_.journal_.find(slot.hash, slot.length)) {
            slot.at = *sent;
            slot.placed = true;
            push_.stats_.reused += slot.length;
            return true;
        }
        return false;
    }
    void hand_over(ChunkSlot& slot, const Ahead& ahead) {
        const SourceChunk& chunk = ahead.chunk;
        if (chunk.bytes != nullptr) {
            push_.chunks_.send_bytes(*chunk.bytes, slot);
        } else if (chunk.frame != nullptr) {
            push_.chunks_.send_remote(push_.request_.remote->nodes().reader(), ahead.frame,
                                      chunk.inner_offset, slot, item_.path);
        } else if (!push_.chunks_.send_local(*push_.request_.local, slot, item_.path)) {
            throw CorruptObject(
                fmt::format("'{}' cannot be pushed: its chunk {} is missing from the local store",
                            printable(item_.path), chunk.hash.short_hex()),
                "dsctl fsck --repair");
        }
    }
    void close_segment() {
        PlannedSegment& planned = plan_->segments.emplace_back();
        planned.size = segment_size_;
        planned.chunks = static_cast<std::uint32_t>(segment_.size());
        push_.meta_.submit_segment(plan_, planned, std::move(segment_));
        segment_ = {};
        segment_size_ = 0;
        push_.keep_bounded();
    }

    TreePush& push_;
    const std::shared_ptr<LeafPlan>& plan_;
    const LeafItem& item_;
    std::optional<NearbyChunks> older_;
    std::optional<NearbyChunks> copied_;
    std::vector<Ahead> window_;
    std::uint64_t looked_at_ = 0;
    std::deque<ChunkSlot> segment_;
    std::uint64_t count_ = 0;
    std::uint64_t size_ = 0;
    std::uint64_t segment_size_ = 0;
};

void TreePush::send_large(const std::shared_ptr<LeafPlan>& plan, const LeafItem& item) {
    FileSend file(*this, plan, item);
    for_each_source_chunk(request_, item, [&](const SourceChunk& chunk) { file.add(chunk); });
    file.finish();
}

} // namespace ds

// Chunks on their way into packs: taken frame by frame from where they lie, verified by workers, frames
// copied as they are where every object of theirs is wanted and regrouped otherwise. Internal to this module.
#pragma once

#include "model/tree_node.hpp"
#include "store/object_store.hpp"
#include "task/ordered.hpp"
#include "transfer/pack_reader.hpp"
#include "transfer/push_packs.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace ds {

/// A chunk that a leaf or a segment refers to; filled in once the chunk has its place in a pack.
struct ChunkSlot {
    Sha256 hash;
    std::uint32_t length = 0;
    bool placed = false;
    PackedAt at;
    ChunkSlot* next = nullptr; ///< who else waits for the same chunk
};

/// One thread owns it. Slots must live until they are placed.
class ChunkSender {
  public:
    struct Totals {
        std::uint64_t chunks = 0;
        std::uint64_t raw_bytes = 0;
    };
    ChunkSender(PackUploads& uploads, unsigned jobs, int level);

    /// Whether this push has or will have the chunk; the slot is filled now or later.
    bool join(ChunkSlot& slot, const std::string& path);
    /// From a local store. @returns false when it is not there
    bool send_local(ObjectStore& store, ChunkSlot& slot, const std::string& path);
    /// From a registry. Frames are verified before they are sent.
    void send_remote(PackReader& reader, const FramePlace& frame, std::uint32_t inner_offset, ChunkSlot& slot,
                     const std::string& path);
    /// Bytes at hand, which the caller has verified.
    void send_bytes(ByteView bytes, ChunkSlot& slot);
    /// Keeps what paths point into alive until the chunks wanted so far are sent.
    void keep(std::shared_ptr<const TreeNode> leaf) { window_->keep.push_back(std::move(leaf)); }

    /// Places everything that is wanted so far and sends the open pack.
    void finish();
    [[nodiscard]] const Totals& totals() const noexcept { return totals_; }

  private:
    struct Object {
        Sha256 hash;
        std::uint32_t inner_offset = 0;
        std::uint32_t length = 0;
        const std::string* path = nullptr;
        ChunkSlot* slots = nullptr; ///< who waits; only the owner's thread looks at it
        bool wanted = false;        ///< fixed once the window is handed to the workers
    };
    struct Frame {
        SharedBytes local; ///< of local frames only
        FramePlace place;  ///< remote frames only
        std::deque<Object> objects;
    };
    struct Window {
        std::vector<std::shared_ptr<const TreeNode>> keep;
        std::deque<Frame> frames;
        PackReader* reader = nullptr;
    };
    struct Job {
        std::shared_ptr<Window> window;
        std::size_t first = 0;
        std::size_t last = 0;
    };
    /// A verified frame: its encoded bytes if all of it is wanted, else its decoded bytes.
    struct Checked {
        Frame* frame = nullptr;
        SharedBytes encoded;
        SharedBytes raw;
    };
    struct Result {
        std::shared_ptr<Window> window;
        std::vector<Checked> frames;
    };
    struct Loose {
        FrameBuilder builder{ObjectKind::chunk};
        std::deque<ChunkSlot*> slots; ///< who waits, per object
    };

    static Result check(const Job& job);
    static Checked check_frame(Frame& frame, const SharedBytes& encoded);
    void want(Object& object, ChunkSlot& slot, const std::string& path);
    void flush_window();
    void take();
    void place_whole(const Checked& checked);
    void add_loose(ByteView bytes, const Sha256& hash, ChunkSlot* slots);
    void flush_loose(Loose& loose);
    void place(const Sha256& hash, ChunkSlot* slots, const PackedAt& at);

    PackUploads& uploads_;
    int level_;
    Totals totals_;
    std::unique_ptr<PackAssembly> pack_;
    std::shared_ptr<Window> window_;
    std::uint64_t window_bytes_ = 0;
    std::size_t window_objects_ = 0;
    std::unordered_map<std::uint64_t, Frame*> local_frames_; ///< of the window, by frame id
    std::unordered_map<std::string, Frame*> remote_frames_;  ///< of the window, by place
    std::unordered_map<Sha256, Object*> queued_;             ///< wanted or in a frame of the window
    std::unordered_map<Sha256, PackedAt> sent_;              ///< the newer half of what is remembered
    std::unordered_map<Sha256, PackedAt> sent_before_;
    std::unordered_map<Sha256, ChunkSlot**> loose_waiting_; ///< in a builder
    Loose plain_;
    Loose random_;
    OrderedMap<Job, Result> workers_; ///< last: joined before what it uses goes
};

} // namespace ds

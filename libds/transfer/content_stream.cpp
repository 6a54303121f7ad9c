// Streaming content in order, read some megabytes ahead so that a chunk is not a request.
#include "transfer/content_stream.hpp"

#include "codec/hash.hpp"
#include "task/ordered.hpp"
#include "transfer/content_check.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace ds {

namespace {

/// Read by one request where it lies in one piece, as what a push wrote does.
constexpr std::uint64_t batch_raw = 4u << 20;
constexpr std::size_t batch_chunks = 4096;
/// What the one stream that reads ahead has in a batch, and how many requests it has under way: some 70 MiB in all.
/// Where several run, as many workers as there are read beside each other anyway.
constexpr std::uint64_t batch_raw_ahead = 8u << 20;
constexpr unsigned read_ahead = 4;
constexpr std::uint64_t batch_run = 2 * batch_raw_ahead;
constexpr std::size_t following_frames = 64;

/// Chunks whose frames are read together.
struct ChunkBatch {
    struct Chunk {
        ChunkPlace place;
        std::uint64_t offset = 0; ///< in the file
        std::shared_ptr<const DecodedFrame> frame;
        ByteView bytes; ///< inside the frame
    };
    std::vector<Chunk> chunks;
    std::vector<FramePlace> frames; ///< of the chunks, in their order
    std::uint64_t raw = 0;
};

/// Reads batches ahead of the visitor, who gets the chunks in order, on the thread that adds them.
class BatchReader {
  public:
    BatchReader(VersionNodes& nodes, std::string_view path,
                const std::function<void(const ChunkBytes&)>& visit, ChunkProof proof)
        : nodes_(nodes), reader_(nodes.reader()), path_(path), visit_(visit), proof_(proof) {}
    ~BatchReader() {
        if (ahead_) {
            nodes_.end_reading_ahead();
        }
    }
    BatchReader(const BatchReader&) = delete;
    BatchReader& operator=(const BatchReader&) = delete;

    void add(const ChunkPlace& chunk, const PackRef& pack, std::uint64_t offset) {
        const FramePlace frame{pack, chunk.at.frame_offset, chunk.at.frame_length};
        const bool enough =
            batch_.raw >= (ahead_ ? batch_raw_ahead : batch_raw) || batch_.chunks.size() >= batch_chunks;
        if (enough && !(batch_.frames.back() == frame)) { // a frame in two batches would be read twice
            hand_out();
        }
        batch_.chunks.push_back({chunk, offset, nullptr, {}});
        batch_.frames.push_back(frame);
        batch_.raw += chunk.at.length;
    }
    void finish() {
        while (ahead_ && !ahead_->empty()) {
            give(ahead_->take());
        }
        give(read(std::move(batch_)));
    }

  private:
    void hand_out() {
        // Most files are one batch and need no threads.
        if (!ahead_ && nodes_.begin_reading_ahead()) {
            ahead_.emplace(read_ahead, read_ahead + 1,
                           [this](ChunkBatch batch) { return read(std::move(batch)); });
        }
        if (ahead_) {
            while (ahead_->full()) {
                give(ahead_->take());
            }
            ahead_->submit(std::move(batch_));
        } else {
            give(read(std::move(batch_)));
        }
        batch_ = {};
    }
    /// Thread-safe.
    [[nodiscard]] ChunkBatch read(ChunkBatch batch) const {
        const auto frames =
            naming(path_, [&] { return reader_.frames(batch.frames, 1, {.run = batch_run}); });
        for (std::size_t i = 0; i < batch.chunks.size(); ++i) {
            ChunkBatch::Chunk& chunk = batch.chunks[i];
            chunk.frame =
                frames[i] ? frames[i] : naming(path_, [&] { return reader_.frame(batch.frames[i]); });
            const Extent& at = chunk.place.at;
            chunk.bytes =
                proof_ == ChunkProof::hash
                    ? checked_chunk(*chunk.frame, at.inner_offset, at.length, chunk.place.hash, path_)
                    : unproven_chunk(*chunk.frame, at.inner_offset, at.length, path_);
        }
        return batch;
    }
    void give(const ChunkBatch& batch) {
        for (std::size_t i = 0; i < batch.chunks.size(); ++i) {
            const ChunkBatch::Chunk& chunk = batch.chunks[i];
            visit_({chunk.place, batch.frames[i].pack, chunk.offset, chunk.bytes});
        }
    }

    VersionNodes& nodes_;
    PackReader& reader_;
    std::string_view path_;
    const std::function<void(const ChunkBytes&)>& visit_;
    ChunkProof proof_;
    ChunkBatch batch_;
    std::optional<OrderedMap<ChunkBatch, ChunkBatch>> ahead_; ///< last: joined before what it uses goes
};

/// The frames of the entries behind one, for reading along.
std::vector<FramePlace> frames_behind(const VersionNode& leaf, std::size_t index) {
    std::vector<FramePlace> out;
    for (std::size_t i = index + 1; i < leaf.layout.files.size() && out.size() < following_frames; ++i) {
        const FileLayout& file = leaf.layout.files[i];
        if (file.chunks.size() == 1) {
            const Extent& at = file.chunks[0].at;
            out.push_back({leaf.layout.packs[at.pack], at.frame_offset, at.frame_length});
        }
    }
    return out;
}

} // namespace

void read_chunks(VersionNodes& nodes, std::string_view path, const FileLayout& file,
                 const std::vector<PackRef>& packs, std::uint64_t offset, std::uint64_t length,
                 const std::function<void(const ChunkBytes&)>& visit, ChunkProof proof) {
    const std::uint64_t end =
        length > std::numeric_limits<std::uint64_t>::max() - offset ? ~0ull : offset + length;
    BatchReader batches(nodes, path, visit, proof);
    std::uint64_t at = 0;
    const auto take = [&](const ChunkPlace& chunk, const PackRef& pack) {
        if (at + chunk.at.length > offset && at < end) {
            batches.add(chunk, pack, at);
        }
        at += chunk.at.length;
    };
    for (const ChunkPlace& chunk : file.chunks) {
        take(chunk, packs.at(chunk.at.pack));
    }
    for (const SegmentPlace& place : file.segments) {
        if (at + place.size <= offset || at >= end) {
            at += place.size;
            continue;
        }
        const auto segment = naming(path, [&] { return nodes.segment(place, packs.at(place.at.pack)); });
        for (const ChunkPlace& chunk : segment.chunks) {
            take(chunk, segment.packs[chunk.at.pack]);
        }
    }
    batches.finish();
}

void for_each_chunk_of(VersionNodes& nodes, std::string_view path, const FileLayout& file,
                       const std::vector<PackRef>& packs,
                       const std::function<void(const ChunkPlace&, const PackRef&)>& visit) {
    for (const ChunkPlace& chunk : file.chunks) {
        visit(chunk, packs.at(chunk.at.pack));
    }
    for (const SegmentPlace& place : file.segments) {
        const auto segment = naming(path, [&] { return nodes.segment(place, packs.at(place.at.pack)); });
        for (const ChunkPlace& chunk : segment.chunks) {
            visit(chunk, segment.packs[chunk.at.pack]);
        }
    }
}

void stream_entry(VersionNodes& nodes, const LeafPosition& position,
                  const std::function<void(ByteView)>& sink, ChunkProof proof) {
    const VersionNode& leaf = *position.leaf;
    const LeafItem& item = leaf.tree.leaves[position.index];
    const FileLayout& file = leaf.layout.files[position.index];
    if (file.chunks.size() == 1 && file.segments.empty()) {
        const Extent& at = file.chunks[0].at;
        const FramePlace place{leaf.layout.packs[at.pack], at.frame_offset, at.frame_length};
        PackReader& reader = nodes.reader();
        const auto along =
            reader.holds(place) ? std::vector<FramePlace>() : frames_behind(leaf, position.index);
        const auto frame = naming(item.path, [&] { return reader.frame(place, along); });
        sink(checked_chunk(*frame, at.inner_offset, at.length, file.chunks[0].hash, item.path));
        return;
    }
    Sha256Stream whole;
    read_chunks(
        nodes, item.path, file, leaf.layout.packs, 0, item.entry.size,
        [&](const ChunkBytes& piece) {
            whole.update(piece.bytes);
            sink(piece.bytes);
        },
        proof);
    if (const Sha256 found = whole.finish(); found != item.entry.hash) {
        throw_mismatch(item.path, item.entry.hash, found);
    }
}

} // namespace ds

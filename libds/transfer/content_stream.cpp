// Streaming content in order, read some megabytes ahead so that a chunk is not a request.
#include "transfer/content_stream.hpp"

#include "codec/hash.hpp"
#include "transfer/content_check.hpp"

#include <algorithm>
#include <limits>

namespace ds {

namespace {

constexpr std::uint64_t batch_raw = 4u << 20;
constexpr std::size_t batch_chunks = 4096;
constexpr unsigned read_jobs = 2;
constexpr std::size_t following_frames = 64;

/// Chunks whose frames are read together.
class ChunkBatch {
  public:
    ChunkBatch(VersionNodes& nodes, std::string_view path,
               const std::function<void(const ChunkBytes&)>& visit)
        : reader_(nodes.reader()), path_(path), visit_(visit) {}

    void add(const ChunkPlace& chunk, const PackRef& pack, std::uint64_t offset) {
        chunks_.push_back(chunk);
        offsets_.push_back(offset);
        places_.push_back({pack, chunk.at.frame_offset, chunk.at.frame_length});
        raw_ += chunk.at.length;
        if (raw_ >= batch_raw || chunks_.size() >= batch_chunks) {
            flush();
        }
    }
    void flush() {
        const auto frames = naming(path_, [&] { return reader_.frames(places_, read_jobs); });
        for (std::size_t i = 0; i < chunks_.size(); ++i) {
            const auto frame =
                frames[i] ? frames[i] : naming(path_, [&] { return reader_.frame(places_[i]); });
            const ChunkPlace& chunk = chunks_[i];
            visit_({chunk, places_[i].pack, offsets_[i],
                    checked_chunk(*frame, chunk.at.inner_offset, chunk.at.length, chunk.hash, path_)});
        }
        chunks_.clear();
        offsets_.clear();
        places_.clear();
        raw_ = 0;
    }

  private:
    PackReader& reader_;
    std::string_view path_;
    const std::function<void(const ChunkBytes&)>& visit_;
    std::vector<ChunkPlace> chunks_;
    std::vector<FramePlace> places_;
    std::vector<std::uint64_t> offsets_;
    std::uint64_t raw_ = 0;
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
                 const std::function<void(const ChunkBytes&)>& visit) {
    const std::uint64_t end =
        length > std::numeric_limits<std::uint64_t>::max() - offset ? ~0ull : offset + length;
    ChunkBatch batch(nodes, path, visit);
    std::uint64_t at = 0;
    const auto take = [&](const ChunkPlace& chunk, const PackRef& pack) {
        if (at + chunk.at.length > offset && at < end) {
            batch.add(chunk, pack, at);
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
    batch.flush();
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
                  const std::function<void(ByteView)>& sink) {
    const VersionNode& leaf = *position.leaf;
    const LeafItem& item = leaf.tree.leaves[position.index];
    const FileLayout& file = leaf.layout.files[position.index];
    if (file.chunks.size() == 1 && file.segments.empty()) {
        const Extent& at = file.chunks[0].at;
        const auto frame = naming(item.path, [&] {
            return nodes.reader().frame({leaf.layout.packs[at.pack], at.frame_offset, at.frame_length},
                                        frames_behind(leaf, position.index));
        });
        sink(checked_chunk(*frame, at.inner_offset, at.length, file.chunks[0].hash, item.path));
        return;
    }
    Sha256Stream whole;
    read_chunks(nodes, item.path, file, leaf.layout.packs, 0, item.entry.size, [&](const ChunkBytes& piece) {
        whole.update(piece.bytes);
        sink(piece.bytes);
    });
    if (const Sha256 found = whole.finish(); found != item.entry.hash) {
        throw_mismatch(item.path, item.entry.hash, found);
    }
}

} // namespace ds

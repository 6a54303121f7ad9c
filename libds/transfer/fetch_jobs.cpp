// One job of a download. Everything is verified before the first byte of a frame is stored, and frames are
// kept as they are where all of their objects are wanted, so that nothing is compressed twice.
#include "transfer/fetch_jobs.hpp"

#include "codec/hash.hpp"
#include "transfer/content_check.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds {

namespace {

/// What one range read spans at most, and what it may read for nothing between two frames.
constexpr std::uint64_t run_bytes = 16u << 20;
constexpr std::uint64_t gap_bytes = 128u << 10;

/// Appends claimed objects to the local store: frames as they are, or regrouped.
class FrameStore {
  public:
    FrameStore(StoreWriter& writer, const StoreParams& params)
        : writer_(writer), params_(params), loose_(ObjectKind::chunk) {}
    ~FrameStore() = default;
    FrameStore(const FrameStore&) = delete;
    FrameStore& operator=(const FrameStore&) = delete;

    /// `wants` are verified chunks of this frame, by rising offset, each once.
    void add(ByteView encoded, const FrameHeader& header, ByteView raw,
             const std::vector<const ChunkWant*>& wants) {
        std::vector<FooterEntry> entries;
        bool whole = wants.size() == header.lengths.size();
        std::uint32_t at = 0;
        for (std::size_t i = 0; i < wants.size(); ++i) {
            const ChunkWant& want = *wants[i];
            whole = whole && want.inner_offset == at && want.length == header.lengths[i];
            at += want.length;
            if (writer_.claim(ObjectKind::chunk, want.hash)) {
                entries.push_back({want.hash, 0, want.inner_offset, want.length, ObjectKind::chunk});
            } else {
                whole = false;
            }
        }
        if (whole) {
            writer_.put_frame(encoded, std::move(entries));
            return;
        }
        for (const FooterEntry& entry : entries) {
            if (!loose_.empty() && (loose_.raw_size() + entry.length > params_.frame_size ||
                                    loose_.count() == max_frame_objects)) {
                flush();
            }
            loose_.add(entry.hash, raw.substr(entry.inner_offset, entry.length));
        }
    }
    void flush() {
        if (loose_.empty()) {
            return;
        }
        ByteString frame;
        auto entries = loose_.encode(params_.level, frame);
        writer_.put_frame(frame, std::move(entries));
    }

  private:
    StoreWriter& writer_;
    const StoreParams& params_;
    FrameBuilder loose_;
};

bool same_object(const ChunkWant& a, const ChunkWant& b) {
    return a.inner_offset == b.inner_offset && a.length == b.length && a.hash == b.hash;
}

class JobRun {
  public:
    JobRun(PackReader& reader, ObjectStore& local, const FetchJob& job)
        : reader_(reader), job_(job), store_(*job.writer, local.params()) {
        pieces_.resize(job.wants.size());
        for (std::size_t i = 0; i < job.wants.size(); ++i) {
            done_.bytes += job.wants[i].length;
            if (job.wants[i].local) {
                read_local(local, i);
            } else {
                order_.push_back(i);
            }
        }
    }

    FetchDone run() {
        const auto& wants = job_.wants;
        std::stable_sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) {
            const auto pack = wants[a].frame.pack <=> wants[b].frame.pack;
            if (pack != 0) {
                return pack < 0;
            }
            return wants[a].frame.offset != wants[b].frame.offset
                       ? wants[a].frame.offset < wants[b].frame.offset
                       : wants[a].inner_offset < wants[b].inner_offset;
        });
        std::vector<FramePlace> places;
        std::vector<std::pair<std::size_t, std::size_t>> ranges; ///< of order_, by frame
        for (std::size_t i = 0; i < order_.size(); ++i) {
            const FramePlace& place = wants[order_[i]].frame;
            const bool same = !places.empty() && places.back() == place;
            if (same) {
                ranges.back().second = i + 1;
            } else {
                places.push_back(place);
                ranges.emplace_back(i, i + 1);
            }
        }
        for (const FrameRun& run : coalesce(places, run_bytes, gap_bytes)) {
            const SharedBytes bytes = reader_.range(run.pack, run.offset, run.length);
            for (const std::size_t f : run.frames) {
                try {
                    frame(bytes.part(places[f].offset - run.offset, places[f].length), ranges[f]);
                } catch (const CorruptObject&) { // spoiled on the way, perhaps
                    frame(reader_.range(places[f].pack, places[f].offset, places[f].length), ranges[f]);
                }
            }
        }
        store_.flush();
        finish_files();
        return std::move(done_);
    }

  private:
    void read_local(ObjectStore& local, std::size_t i) {
        const ChunkWant& want = job_.wants[i];
        auto bytes = local.read(ObjectKind::chunk, want.hash);
        if (!bytes || bytes->size() != want.length) {
            throw CorruptObject(fmt::format(
                "chunk {} is not in the local store any more, or of another length", want.hash.short_hex()));
        }
        pieces_[i] = {want.file, SharedBytes::of(std::move(*bytes))};
    }

    void frame(const SharedBytes& encoded, std::pair<std::size_t, std::size_t> range) {
        const std::string& path = *job_.wants[order_[range.first]].path;
        OpenFrame open = naming(path, [&] { return open_frame(encoded, "a frame of it"); });
        const DecodedFrame decoded{open.header.kind, std::move(open.raw)};
        std::vector<const ChunkWant*> verified;
        for (std::size_t i = range.first; i < range.second; ++i) {
            const ChunkWant& want = job_.wants[order_[i]];
            if (verified.empty() || !same_object(*verified.back(), want)) {
                (void)checked_chunk(decoded, want.inner_offset, want.length, want.hash, *want.path);
                verified.push_back(&want);
            }
            if (want.file) {
                pieces_[order_[i]] = {want.file, decoded.raw.part(want.inner_offset, want.length)};
            }
        }
        store_.add(encoded.view, open.header, decoded.raw.view, verified);
    }

    /// Files that are wholly here are hashed here; pieces of others go back to who has the rest.
    void finish_files() {
        Sha256Stream hash;
        for (std::size_t i = 0; i < job_.wants.size(); ++i) {
            const auto& file = job_.wants[i].file;
            if (!file) {
                ++done_.small_files;
                continue;
            }
            if (!file->whole_in_job) {
                done_.pieces.push_back(std::move(pieces_[i]));
                continue;
            }
            hash.update(pieces_[i].bytes.view);
            if (i + 1 < job_.wants.size() && job_.wants[i + 1].file == file) {
                continue;
            }
            if (const Sha256 found = hash.finish(); found != file->item().entry.hash) {
                throw_mismatch(file->item().path, file->item().entry.hash, found);
            }
            done_.files.push_back(file);
        }
    }

    PackReader& reader_;
    const FetchJob& job_;
    FrameStore store_;
    std::vector<std::size_t> order_; ///< indices of wants to be read, by place
    std::vector<FetchDone::Piece> pieces_;
    FetchDone done_;
};

} // namespace

FetchDone run_fetch_job(PackReader& reader, ObjectStore& local, const FetchJob& job) {
    return JobRun(reader, local, job).run();
}

} // namespace ds

// Ranges of files out of a registry's packs, for many readers at once.
//
// What is kept in memory are verified chunks: a chunk's hash is checked once, when it comes in, and reads are
// copies of nothing (pieces share it). Two readers who want one chunk cause one fetch. A file that is read in
// order is read ahead in the background, in large ranges, several at a time; one that is read here and there
// is not. Small files that are read one after the other bring those behind them along.
#pragma once

#include "mount/folder_view.hpp"
#include "store/byte_lru.hpp"
#include "task/pool.hpp"
#include "task/queue.hpp"
#include "transfer/version_nodes.hpp"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

namespace ds {

/// A file under reading. What is mutable in it is the reader's own.
class ReadFile {
  public:
    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] const Entry& entry() const noexcept { return entry_; }
    ~ReadFile();

  private:
    friend class ContentReader;
    /// A part that is to be read ahead: the chunks that begin in it. Whoever needs it first does it.
    struct Range {
        std::uint64_t offset = 0;
        std::uint64_t length = 0;
        bool begun = false;
    };
    ReadFile() = default;
    std::string path_;
    Entry entry_;
    FileLayout layout_;
    std::vector<PackRef> packs_;
    std::vector<std::uint64_t> segment_starts_; ///< where in the file each segment begins

    std::mutex mutex_; ///< guards what follows
    std::condition_variable range_done_;
    std::vector<std::shared_ptr<Range>> ranges_; ///< not done yet
    std::uint64_t expected_ = 0;
    std::uint64_t streak_ = 0; ///< bytes read in order so far
    std::uint64_t ahead_ = 0;  ///< read ahead up to here
    std::atomic<unsigned>* streaming_ =
        nullptr; ///< counts the files that are read in order, this one included
};
using ReadFilePtr = std::shared_ptr<ReadFile>;

/// Thread-safe.
class ContentReader {
  public:
    struct Settings {
        std::size_t chunk_bytes = 64u << 20; ///< memory for verified chunks
        unsigned jobs = 4;                   ///< ranges that are read ahead at once
    };
    ContentReader(FolderView& view, const Settings& settings);
    ~ContentReader();
    ContentReader(const ContentReader&) = delete;
    ContentReader& operator=(const ContentReader&) = delete;

    /// The file with that number; nothing when there is none.
    [[nodiscard]] ReadFilePtr open(Inode inode);
    /// The bytes of [offset, offset + length) that the file has, in pieces, every chunk of them verified.
    /// @throws CorruptObject naming the path, Error
    [[nodiscard]] std::vector<SharedBytes> read(const ReadFilePtr& file, std::uint64_t offset,
                                                std::uint64_t length);

  private:
    struct Want {
        Sha256 hash;
        FramePlace place;
        std::uint32_t inner_offset = 0;
        std::uint32_t length = 0;
        std::uint64_t offset = 0; ///< of the chunk in the file
    };
    struct Segment {
        std::vector<PackRef> packs;
        std::vector<ChunkPlace> chunks;
        std::vector<std::uint64_t> starts; ///< relative to the segment
    };
    struct Job {
        ReadFilePtr file;
        std::shared_ptr<ReadFile::Range> range;
    };
    using Chunk = std::shared_ptr<const SharedBytes>;

    [[nodiscard]] std::shared_ptr<const Segment> segment(const ReadFile& file, std::size_t index);
    [[nodiscard]] std::vector<Want> wants(const ReadFile& file, std::uint64_t offset, std::uint64_t length);
    [[nodiscard]] std::vector<Chunk> fetch(const ReadFile& file, const std::vector<Want>& wanted);
    void load(const ReadFile& file, const std::vector<Want>& wanted, const std::vector<std::size_t>& mine,
              std::vector<Chunk>& out);
    [[nodiscard]] SharedBytes verified(const ReadFile& file, const Want& want,
                                       std::shared_ptr<const DecodedFrame> frame);
    void plan(const ReadFilePtr& file, std::uint64_t offset, std::uint64_t length);
    void run(ReadFile& file, const std::shared_ptr<ReadFile::Range>& range);
    void await_ranges(ReadFile& file, std::uint64_t offset, std::uint64_t length);
    void bring_along(const LeafPosition& position);

    FolderView& view_;
    VersionNodes& nodes_;
    PackReader& reader_;
    std::size_t chunk_bytes_;
    ByteLru<Sha256, SharedBytes> chunks_;
    ByteLru<Sha256, Segment> segments_;
    std::atomic<unsigned> streaming_{0}; ///< before the files, which count themselves in it
    ByteLru<Inode, ReadFilePtr> files_;

    std::mutex mutex_; ///< guards what follows
    std::condition_variable arrived_;
    std::unordered_set<Sha256> in_flight_;
    FramePlace last_small_;

    std::atomic<unsigned> queued_{0};
    BoundedQueue<Job> queue_;
    ThreadGroup workers_; ///< last: they use what is above
};

} // namespace ds

// What was read from registries, kept on this machine's disk for all who read: several processes and mounts
// at once, bounded in size, never needed for correctness.
//
// The unit is the encoded frame of a pack. A pack's name covers the place and hash of everything in it, so
// pack and offset name content. Frames are appended to a few dozen segments instead of a file each, which
// makes a cache of a million entries cheap to open, to account for and to prune: whole segments go, the one
// that was not read for longest first.
//
//   <folder>/<16 hex>.blocks   frames back to back
//   <folder>/<16 hex>.index    entry…
//   entry := pack:32 offset:u32 length:u32 at:u32 record:u32 crc32c:u32     (52 bytes; crc over the first 48)
//
// A segment is appended to by the one process that holds the OFD lock on its .blocks file; an entry is
// written after its frame. Nothing is synced: after a crash an entry may name bytes that are not there. So a
// frame's own checksum is checked when it is decoded, and the SHA-256 of every object taken out of it; who
// finds it wrong drops it and reads the registry. A segment that is removed is emptied first, which frees
// the space at once although others have it open; they see short reads, which are misses.
#pragma once

#include "base/bytes.hpp"
#include "base/sha256.hpp"
#include "os/file.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace ds {

/// A frame of a pack.
struct BlockKey {
    Sha256 pack;
    std::uint32_t offset = 0;
    std::uint32_t length = 0; ///< of the encoded frame
};

/// Thread-safe. Trouble with the disk never reaches the caller: a cache that cannot be read or written
/// misses.
class BlockCache {
  public:
    /// Opens or creates the folder (mode 0700).
    /// @param max_bytes what all segments together may have; 0: default_max_bytes() of the folder's disk
    explicit BlockCache(std::string folder, std::uint64_t max_bytes = 0);
    ~BlockCache();
    BlockCache(const BlockCache&) = delete;
    BlockCache& operator=(const BlockCache&) = delete;

    /// The frame as it was put, unless somebody damaged it: the caller checks it.
    [[nodiscard]] std::optional<ByteString> get(const BlockKey& key) noexcept;
    void put(const BlockKey& key, ByteView frame) noexcept;
    /// The frame was not what it should be: nobody shall find it again.
    void drop(const BlockKey& key) noexcept;

    [[nodiscard]] std::uint64_t hits() const noexcept { return hits_.load(); }
    [[nodiscard]] std::uint64_t misses() const noexcept { return misses_.load(); }
    [[nodiscard]] std::uint64_t max_bytes() const noexcept { return max_bytes_; }

    struct Usage {
        std::uint64_t segments = 0;
        std::uint64_t blocks = 0;
        std::uint64_t bytes = 0; ///< with the index
    };
    [[nodiscard]] static Usage usage(const std::string& folder);
    /// Removes the segments that were not used for longest until at most `max_bytes` are left; also while
    /// other processes use the cache.
    static Usage prune(const std::string& folder, std::uint64_t max_bytes);
    /// A fifth of the disk that `path` is on, at most 10 GiB.
    [[nodiscard]] static std::uint64_t default_max_bytes(const std::string& path);

  private:
    struct Segment;
    struct Slot {
        std::uint32_t segment = 0;
        std::uint32_t at = 0;
        std::uint32_t length = 0;
        std::uint32_t record = 0;
    };
    enum class Origin { fresh, left }; ///< by a process that is gone
    [[nodiscard]] static std::uint64_t fingerprint(const BlockKey& key) noexcept;
    /// Learns of what other processes wrote or removed, now and then. Under the lock.
    void refresh(bool now);
    void read_index(Segment& segment);
    [[nodiscard]] std::shared_ptr<Segment> find(const BlockKey& key, Slot& slot);
    /// The segment that this process appends to. Under the lock.
    [[nodiscard]] std::shared_ptr<Segment> active(std::size_t room);
    [[nodiscard]] std::shared_ptr<Segment> adopt(const std::string& name, Origin origin);
    /// Whether the disk has room for more; makes some when it has not. Under the lock.
    [[nodiscard]] bool disk_has_room();
    void keep_bounds(std::size_t added);

    std::string folder_;
    std::uint64_t max_bytes_ = 0;
    std::uint64_t segment_bytes_ = 0;
    std::atomic<std::uint64_t> hits_{0};
    std::atomic<std::uint64_t> misses_{0};

    std::mutex mutex_; ///< guards what follows
    std::unordered_map<std::uint64_t, Slot> index_;
    std::unordered_map<std::uint32_t, std::shared_ptr<Segment>> segments_;
    std::unordered_map<std::string, std::uint32_t> names_;
    std::uint32_t next_segment_ = 0;
    std::shared_ptr<Segment> active_;
    std::int64_t refreshed_ns_ = 0;
    std::int64_t paused_until_ns_ = 0; ///< no writes before
    std::uint64_t unaccounted_ = 0;    ///< written since sizes were looked at
};

} // namespace ds

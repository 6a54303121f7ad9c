// Reading frames of registry packs by range: neighbours are read together, decoded frames are kept for a
// while. Internal to this module. Nothing here trusts what it reads: a decoded frame has passed its own
// checksum only, and object() is the one place that turns it into bytes that are what their hash says.
#pragma once

#include "model/documents.hpp"
#include "registry/registry.hpp"
#include "store/byte_lru.hpp"
#include "store/frame.hpp"
#include "transfer/block_cache.hpp"

#include <atomic>
#include <cstdint>
#include <future>
#include <limits>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace ds {

/// Where a frame lies.
struct FramePlace {
    PackRef pack;
    std::uint32_t offset = 0;
    std::uint32_t length = 0;
    friend bool operator==(const FramePlace&, const FramePlace&) = default;
};

/// What is read at once of frames that are not asked for yet, or beside each other.
inline constexpr std::uint64_t prefetch_run = 2u << 20;
inline constexpr std::uint64_t prefetch_gap = 32u << 10; ///< what may be read for nothing between two frames

/// What a reader accepts as the length of one encoded frame.
inline constexpr std::uint64_t max_frame_bytes = max_frame_raw + max_frame_objects * (32 + 5) + 64;

/// Frames of one pack that one range read brings.
struct FrameRun {
    PackRef pack;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    std::vector<std::size_t> frames; ///< indices into the places given
};
/// Joins places that follow each other in the order given, at most `max_gap` bytes apart, into runs of at
/// most `max_run` bytes (one frame always fits). Equal places share their bytes.
[[nodiscard]] std::vector<FrameRun> coalesce(std::span<const FramePlace> places, std::uint64_t max_run,
                                             std::uint64_t max_gap);

/// A frame that passed its checksum. Stored raw it keeps the whole of what was read with it.
struct DecodedFrame {
    ObjectKind kind = ObjectKind::chunk;
    SharedBytes raw;
};

/// Thread-safe.
class PackReader {
  public:
    PackReader(Registry& registry, std::string ns);
    /// Looks for frames in `cache` first, and keeps there what it reads. Not owned; before the first read.
    void use_cache(BlockCache* cache) noexcept { cache_ = cache; }

    /// Exactly that range. @throws Error, CorruptObject
    [[nodiscard]] SharedBytes range(const PackRef& pack, std::uint64_t offset, std::uint64_t length);
    /// The decoded frame, from the cache if it is there; `following` are read along if the frame must be
    /// read.
    [[nodiscard]] std::shared_ptr<const DecodedFrame> frame(const FramePlace& place,
                                                            std::span<const FramePlace> following = {});
    /// Several frames in few reads (coalesce() says how few), in the order of `places`. Damaged ones are null, and those for
    /// which there is no room: frame() says what is wrong, or reads them. They are at hand for frame() while they are kept.
    struct Bounds {
        std::uint64_t run = prefetch_run;
        std::uint64_t gap = prefetch_gap;
        std::int64_t raw = std::numeric_limits<
            std::int64_t>::max(); ///< decoded bytes in all: small files may lie in as many large frames
    };
    std::vector<std::shared_ptr<const DecodedFrame>> frames(std::span<const FramePlace> places, unsigned jobs,
                                                            const Bounds& bounds);
    std::vector<std::shared_ptr<const DecodedFrame>> frames(std::span<const FramePlace> places,
                                                            unsigned jobs) {
        return frames(places, jobs, Bounds{});
    }
    /// Whether the frame is in memory.
    [[nodiscard]] bool holds(const FramePlace& place) {
        return frames_.get({place.pack.name, place.offset}) != nullptr;
    }
    /// Lets go of a frame in which an object is not what its hash says.
    /// @returns whether it may have come from a cache, so that reading it again helps
    bool forget(const FramePlace& place);
    /// One verified object. @throws CorruptObject naming `what`
    [[nodiscard]] ByteString object(const PackRef& pack, const Extent& at, ObjectKind kind,
                                    const Sha256& hash, std::string_view what);

    [[nodiscard]] Registry& registry() const noexcept { return registry_; }
    [[nodiscard]] const std::string& ns() const noexcept { return ns_; }
    /// Bytes read from the registry so far.
    [[nodiscard]] std::uint64_t bytes_read() const noexcept { return bytes_read_.load(); }

  private:
    struct Key {
        Sha256 pack;
        std::uint32_t offset = 0;
        friend bool operator==(const Key&, const Key&) = default;
    };
    struct KeyHash {
        std::size_t operator()(const Key& key) const noexcept {
            return std::hash<Sha256>{}(key.pack) ^ (key.offset * 0x9E3779B97F4A7C15ull);
        }
    };
    using Frame = std::shared_ptr<const DecodedFrame>;
    /// Runs `read`; damage that it finds is this registry's, which no repair of a checkout mends.
    template <class Read>
    auto in_registry(const Read& read) const {
        try {
            return read();
        } catch (const CorruptObject& error) {
            throw CorruptObject(error.message(), "dsctl verify " + registry_.alias() + "/" + ns_ +
                                                     "/NAME:VERSION, which names all that is damaged there");
        }
    }
    /// @param room for decoded bytes; what does not fit is left out
    void read_run(std::span<const FramePlace> places, const FrameRun& run, std::atomic<std::int64_t>& room,
                  std::span<Frame> out);
    Frame keep(const FramePlace& place, const SharedBytes& bytes);
    Frame keep_new(const FramePlace& place, const SharedBytes& bytes);
    [[nodiscard]] Frame cached(const FramePlace& place);
    [[nodiscard]] Frame read_frame(const FramePlace& place, std::span<const FramePlace> following);

    Registry& registry_;
    std::string ns_;
    BlockCache* cache_ = nullptr;
    ByteLru<Key, DecodedFrame, KeyHash> frames_;
    std::mutex mutex_;
    std::unordered_map<Key, std::shared_future<Frame>, KeyHash> reading_;
    std::atomic<std::uint64_t> bytes_read_{0};
};

/// The bytes of an object inside a decoded frame, checked against its hash. @throws CorruptObject naming
/// `what`
[[nodiscard]] ByteView checked_object(const DecodedFrame& frame, std::uint32_t inner_offset,
                                      std::uint32_t length, ObjectKind kind, const Sha256& hash,
                                      std::string_view what);

} // namespace ds

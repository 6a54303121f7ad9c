// The unit of work of downloading content: chunks that lie near each other, read together, verified, and
// appended to the local store. Internal to this module.
#pragma once

#include "transfer/version_nodes.hpp"

#include <memory>
#include <vector>

namespace ds {

/// A chunk of the file at `path`.
struct ChunkWant {
    FramePlace frame;
    std::uint32_t inner_offset = 0;
    std::uint32_t length = 0;
    Sha256 hash;
    const std::string* path = nullptr; ///< kept alive by the job
    bool local = false;                ///< held here already: read for its bytes only
};

struct FetchJob {
    std::vector<ChunkWant> wants;
    std::vector<VersionNodePtr> keep;
    bool keep_bytes = false; ///< the caller wants the bytes back, in the order of `wants`
    StoreWriter* writer = nullptr;
};

struct FetchDone {
    struct Piece {
        std::shared_ptr<const ByteString> raw;
        std::uint32_t offset = 0;
        std::uint32_t length = 0;
    };
    std::vector<Piece> pieces; ///< if keep_bytes
    std::uint64_t items = 0;
    std::uint64_t bytes = 0;   ///< of content
};

/// Verifies and stores. Thread-safe. @throws CorruptObject naming the path; nothing of a damaged frame is stored
[[nodiscard]] FetchDone run_fetch_job(PackReader& reader, ObjectStore& local, const FetchJob& job);

/// What one job's range read spans at most, and what it may read for nothing between two frames.
inline constexpr std::uint64_t fetch_run_bytes = 4u << 20;
inline constexpr std::uint64_t fetch_gap_bytes = 128u << 10;

} // namespace ds

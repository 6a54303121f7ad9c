// Content-defined chunking: a gear rolling hash with normalised cut conditions (FastCDC).
//
// Where a chunk ends depends on the 64 bytes before the cut and on the length so far, so an
// insertion moves only the cuts near it. Parameters and gear table are part of the repository
// format; golden vectors in the tests hold them still. They never touch identity.
//
// Source: W. Xia et al., "FastCDC: a Fast and Efficient Content-Defined Chunking Approach for
// Data Deduplication", USENIX ATC 2016.
#pragma once

#include "base/bytes.hpp"

#include <cstdint>

namespace ds {

/// Sizes in bytes; average is a power of two, min <= average <= max <= 4 MiB.
struct ChunkParams {
    std::uint32_t min_size = 16 * 1024;
    std::uint32_t avg_size = 64 * 1024;
    std::uint32_t max_size = 256 * 1024;
    friend bool operator==(const ChunkParams&, const ChunkParams&) = default;
};

/// Finds cuts. Immutable after construction, thread-safe.
class Chunker {
  public:
    /// @throws Error(usage) for sizes out of order or range
    explicit Chunker(const ChunkParams& params);

    /// The length of the first chunk of `data`. When no cut is met before the end of `data`, returns
    /// data.size() if that is below max_size (the caller must pass more data or it is the last chunk).
    [[nodiscard]] std::size_t cut(ByteView data) const noexcept;
    [[nodiscard]] const ChunkParams& params() const noexcept { return params_; }

  private:
    ChunkParams params_;
    std::uint64_t mask_small_; ///< harder condition, below the average
    std::uint64_t mask_large_; ///< easier condition, above it
};

} // namespace ds

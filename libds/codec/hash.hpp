// Computing SHA-256 and CRC-32C.
#pragma once

#include "base/bytes.hpp"
#include "base/sha256.hpp"

#include <cstdint>
#include <memory>

namespace ds {

/// SHA-256 in one call; as fast for 200 bytes as for 200 MiB. Thread-safe.
[[nodiscard]] Sha256 sha256(ByteView data) noexcept;

/// SHA-256 of a stream. Move-only, not thread-safe.
class Sha256Stream {
  public:
    Sha256Stream();
    ~Sha256Stream();
    Sha256Stream(Sha256Stream&&) noexcept;
    Sha256Stream& operator=(Sha256Stream&&) noexcept;
    void update(ByteView data) noexcept;
    /// The hash; the stream starts anew.
    [[nodiscard]] Sha256 finish() noexcept;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// CRC-32C (Castagnoli), SSE4.2 where the CPU has it. `seed` continues an earlier value.
[[nodiscard]] std::uint32_t crc32c(ByteView data, std::uint32_t seed = 0) noexcept;

namespace detail {
/// The portable form, for CPUs without the instruction (and for the test that holds both equal).
[[nodiscard]] std::uint32_t crc32c_by_table(ByteView data, std::uint32_t seed) noexcept;
} // namespace detail

} // namespace ds

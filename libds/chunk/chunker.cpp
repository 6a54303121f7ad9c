// The gear hash and its cut conditions.
#include "chunk/chunker.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <fmt/core.h>

namespace ds {

namespace {

/// 256 numbers by splitmix64 (S. Vigna, public domain) from the seed 0x6473_6374_6c01 ("dsctl", 1).
/// Part of the repository format: never to be changed.
constexpr std::array<std::uint64_t, 256> make_gear() {
    std::array<std::uint64_t, 256> table{};
    std::uint64_t state = 0x647363746c01;
    for (auto& entry : table) {
        state += 0x9e3779b97f4a7c15;
        std::uint64_t z = state;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
        z = (z ^ z >> 27) * 0x94d049bb133111eb;
        entry = z ^ z >> 31;
    }
    return table;
}
constexpr std::array<std::uint64_t, 256> gear = make_gear();

constexpr std::size_t window = 64; // after so many shifts a byte has left the hash
constexpr std::uint32_t max_allowed = 4 * 1024 * 1024;
constexpr int normalisation = 2;

constexpr std::uint64_t high_bits(int n) {
    return ~std::uint64_t{0} << (64 - n);
}

/// Advances `p` to `end` or just behind the byte whose hash meets the condition; whether it did.
inline bool scan(const unsigned char*& p, const unsigned char* end, std::uint64_t& hash,
                 std::uint64_t mask) noexcept {
    std::uint64_t h = hash;
    // What waits for h is the limit: two bytes a step halve that chain, because the sum of their gears does
    // not wait for it (4 GB/s instead of 2.3).
    for (; end - p >= 2; p += 2) {
        const std::uint64_t first = gear[p[0]];
        const std::uint64_t both = (first << 1) + gear[p[1]];
        if ((((h << 1) + first) & mask) == 0) [[unlikely]] {
            p += 1;
            return true;
        }
        h = (h << 2) + both;
        if ((h & mask) == 0) [[unlikely]] {
            p += 2;
            return true;
        }
    }
    if (p != end) {
        h = (h << 1) + gear[*p++];
        if ((h & mask) == 0) [[unlikely]] {
            return true;
        }
    }
    hash = h;
    return false;
}

} // namespace

Chunker::Chunker(const ChunkParams& params) : params_(params) {
    if (!std::has_single_bit(params.avg_size) || params.min_size < window ||
        params.min_size > params.avg_size || params.avg_size > params.max_size ||
        params.max_size > max_allowed) {
        throw Error(
            ErrorKind::usage,
            fmt::format("chunk sizes {}, {}, {} are not allowed: 64 <= min <= average <= max <= {}, and the "
                        "average a power of two",
                        params.min_size, params.avg_size, params.max_size, max_allowed));
    }
    const int bits = std::countr_zero(params.avg_size);
    mask_small_ = high_bits(bits + normalisation);
    mask_large_ = high_bits(bits - normalisation);
}

std::size_t Chunker::cut(ByteView data) const noexcept {
    const std::size_t n = std::min<std::size_t>(data.size(), params_.max_size);
    if (n <= params_.min_size) {
        return n;
    }
    const auto* const begin = reinterpret_cast<const unsigned char*>(data.data());
    const unsigned char* p = begin + params_.min_size - window;
    std::uint64_t hash = 0;
    for (; p != begin + params_.min_size; ++p) {
        hash = (hash << 1) + gear[*p];
    }
    if (!scan(p, begin + std::min<std::size_t>(n, params_.avg_size), hash, mask_small_)) {
        scan(p, begin + n, hash, mask_large_);
    }
    return static_cast<std::size_t>(p - begin);
}

} // namespace ds

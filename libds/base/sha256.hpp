// The strong type of a SHA-256. Computing one is codec/hash.hpp.
#pragma once

#include "base/bytes.hpp"

#include <array>
#include <compare>
#include <cstring>
#include <functional>
#include <optional>
#include <string>

namespace ds {

/// 32 bytes that name content. Value type.
struct Sha256 {
    std::array<unsigned char, 32> bytes{};

    friend bool operator==(const Sha256&, const Sha256&) = default;
    friend std::strong_ordering operator<=>(const Sha256& a, const Sha256& b) noexcept {
        return std::memcmp(a.bytes.data(), b.bytes.data(), 32) <=> 0;
    }

    [[nodiscard]] bool is_zero() const noexcept;
    /// 64 lower-case hex digits.
    [[nodiscard]] std::string hex() const;
    /// The first 12 hex digits, for people.
    [[nodiscard]] std::string short_hex() const;
    [[nodiscard]] ByteView view() const noexcept {
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }
    /// The first 8 bytes as a big-endian number: orders like the hash itself.
    [[nodiscard]] std::uint64_t prefix64() const noexcept;

    /// Exactly 64 lower-case hex digits, else nothing.
    [[nodiscard]] static std::optional<Sha256> from_hex(std::string_view hex) noexcept;
    /// Exactly 32 bytes. @throws CorruptObject for any other length.
    [[nodiscard]] static Sha256 from_bytes(ByteView raw);
};

/// Reads 32 bytes.
[[nodiscard]] Sha256 read_sha256(ByteReader& in);

} // namespace ds

template <>
struct std::hash<ds::Sha256> {
    std::size_t operator()(const ds::Sha256& h) const noexcept {
        std::size_t v;
        std::memcpy(&v, h.bytes.data() + 8, sizeof v);
        return v;
    }
};

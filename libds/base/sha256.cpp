// Text and byte forms of a SHA-256.
#include "base/sha256.hpp"

#include "base/error.hpp"
#include "base/hex.hpp"

#include <fmt/core.h>

namespace ds {

bool Sha256::is_zero() const noexcept {
    return *this == Sha256{};
}

std::string Sha256::hex() const {
    return hex_of(view());
}

std::string Sha256::short_hex() const {
    return hex_of(view().substr(0, 6));
}

std::uint64_t Sha256::prefix64() const noexcept {
    std::uint64_t v = 0;
    for (std::size_t i = 0; i < 8; ++i) {
        v = v << 8 | bytes[i];
    }
    return v;
}

std::optional<Sha256> Sha256::from_hex(std::string_view hex) noexcept {
    Sha256 out;
    if (hex.size() != 2 * out.bytes.size()) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < out.bytes.size(); ++i) {
        const int high = hex_digit(hex[2 * i]);
        const int low = hex_digit(hex[2 * i + 1]);
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        out.bytes[i] = static_cast<unsigned char>(high << 4 | low);
    }
    return out;
}

Sha256 Sha256::from_bytes(ByteView raw) {
    Sha256 out;
    if (raw.size() != out.bytes.size()) {
        throw CorruptObject(fmt::format("a SHA-256 has 32 bytes, not {}", raw.size()));
    }
    std::memcpy(out.bytes.data(), raw.data(), raw.size());
    return out;
}

Sha256 read_sha256(ByteReader& in) {
    return Sha256::from_bytes(in.bytes(32));
}

} // namespace ds

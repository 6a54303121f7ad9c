// Hex, base64 (RFC 4648 §4, padded and canonical) and UTF-8 checks.
#include "codec/text.hpp"

#include "base/hex.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace ds {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::uint8_t no_letter = 0xff;

constexpr std::array<std::uint8_t, 256> make_reverse() {
    std::array<std::uint8_t, 256> out{};
    for (auto& v : out) {
        v = no_letter;
    }
    for (std::size_t i = 0; i < alphabet.size(); ++i) {
        out[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    }
    return out;
}
constexpr std::array<std::uint8_t, 256> reverse = make_reverse();

} // namespace

std::string to_hex(ByteView data) {
    return hex_of(data);
}

std::string to_base64(ByteView data) {
    std::string out;
    out.reserve((data.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < data.size(); i += 3) {
        const std::size_t n = std::min<std::size_t>(3, data.size() - i);
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k) {
            group = group << 8 | (k < n ? static_cast<unsigned char>(data[i + k]) : 0u);
        }
        for (std::size_t k = 0; k < 4; ++k) {
            out += k <= n ? alphabet[group >> (18 - 6 * k) & 63] : '=';
        }
    }
    return out;
}

std::optional<ByteString> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) {
        return std::nullopt;
    }
    std::size_t padding = 0;
    while (padding < 2 && text.ends_with('=')) {
        text.remove_suffix(1);
        ++padding;
    }
    ByteString out;
    out.reserve(text.size() / 4 * 3 + 2);
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char c : text) {
        const std::uint32_t v = reverse[static_cast<unsigned char>(c)];
        if (v == no_letter) {
            return std::nullopt;
        }
        bits = (bits << 6 | v) & 0xffff;
        held += 6;
        if (held >= 8) {
            held -= 8;
            out += static_cast<char>(bits >> held & 0xff);
        }
    }
    // Bits left over must be zero: equal bytes have one text only.
    if ((bits & ((1u << held) - 1)) != 0) {
        return std::nullopt;
    }
    return out;
}

bool is_utf8(ByteView text) noexcept {
    while (!text.empty()) {
        std::uint64_t word = 0;
        if (text.size() >= sizeof word) {
            std::memcpy(&word, text.data(), sizeof word);
            if ((word & 0x8080808080808080u) == 0) { // eight ASCII bytes at once
                text.remove_prefix(sizeof word);
                continue;
            }
        }
        const std::size_t n = decode_utf8(text).length;
        if (n == 0) {
            return false;
        }
        text.remove_prefix(n);
    }
    return true;
}

} // namespace ds

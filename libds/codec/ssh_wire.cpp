#include "codec/ssh_wire.hpp"

#include "base/error.hpp"
#include "codec/ssh_key.hpp"
#include "codec/text.hpp"

#include <bit>
#include <fmt/core.h>
#include <openssl/crypto.h>

namespace ds::ssh {

namespace {

constexpr std::size_t armour_line = 70; // as ssh-keygen's

bool is_space(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && is_space(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_space(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

} // namespace

void put_u32(ByteString& out, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) {
        out += static_cast<char>(value >> shift & 0xff);
    }
}

void put_string(ByteString& out, ByteView value) {
    put_u32(out, static_cast<std::uint32_t>(value.size()));
    out.append(value);
}

std::uint32_t get_u32(ByteReader& in) {
    return __builtin_bswap32(in.u32()); // the reader is little-endian
}

ByteView get_string(ByteReader& in, std::size_t max, std::string_view field) {
    const auto length = get_u32(in);
    if (length > max) {
        in.fail(fmt::format("{} has {} bytes; at most {} are allowed", field, length, max));
    }
    return in.bytes(length);
}

ByteString signature_blob(ByteView signature) {
    ByteString out;
    put_string(out, ssh_ed25519);
    put_string(out, signature);
    return out;
}

ByteString parse_signature_blob(ByteView blob, std::string_view what) {
    ByteReader in(blob, what);
    if (get_string(in, 64, "the signature's kind") != ssh_ed25519) {
        in.fail("the signature is not an Ed25519 one");
    }
    ByteString signature(get_string(in, ssh_signature_bytes, "the signature"));
    if (signature.size() != ssh_signature_bytes) {
        in.fail("the signature is too short");
    }
    in.expect_end();
    return signature;
}

std::optional<ByteString> unarmour(std::string_view text, std::string_view label, std::string_view what) {
    const auto begin = fmt::format("-----BEGIN {}-----", label);
    const auto end = fmt::format("-----END {}-----", label);
    text = trimmed(text);
    if (!text.starts_with(begin)) {
        return std::nullopt;
    }
    text.remove_prefix(begin.size());
    if (!text.ends_with(end)) {
        throw CorruptObject(fmt::format("{} has no end line", what));
    }
    text.remove_suffix(end.size());
    SecretBytes digits;
    digits.bytes().reserve(text.size());
    for (const char c : text) {
        if (!is_space(c)) {
            digits.bytes() += c;
        }
    }
    auto bytes = from_base64(digits.view());
    if (!bytes) {
        throw CorruptObject(fmt::format("{} is not base64", what));
    }
    return bytes;
}

std::string armour(ByteView bytes, std::string_view label) {
    auto out = fmt::format("-----BEGIN {}-----\n", label);
    const auto digits = to_base64(bytes);
    for (std::size_t at = 0; at < digits.size(); at += armour_line) {
        out.append(digits, at, armour_line);
        out += '\n';
    }
    return out + fmt::format("-----END {}-----\n", label);
}

} // namespace ds::ssh

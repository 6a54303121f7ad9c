// Encoding and decoding of keys as folder names.
#include "registry/buckets/key_path.hpp"

#include "base/error.hpp"
#include "base/hex.hpp"
#include "base/path.hpp"
#include "codec/text.hpp"
#include "registry/bucket.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace ds::folder {

namespace {

constexpr std::size_t piece_bytes = 64;

bool is_plain(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

void append_piece(std::string& out, std::string_view bytes) {
    constexpr char digits[] = "0123456789ABCDEF";
    if (bytes.empty()) {
        out += '%';
    }
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const char c = bytes[i];
        if (is_plain(c) && !(c == '.' && i == 0)) {
            out += c;
        } else {
            const auto b = static_cast<unsigned char>(c);
            out += '%';
            out += digits[b >> 4];
            out += digits[b & 15];
        }
    }
}

/// 0–15 for an upper-case hex digit.
int upper_hex_digit(char c) noexcept {
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : (c >= '0' && c <= '9' ? c - '0' : -1);
}

} // namespace

void check_key(std::string_view key) {
    if (key.empty() || key.size() > max_key_bytes || key.find('\0') != std::string_view::npos ||
        !is_utf8(key)) {
        throw Error(
            ErrorKind::usage,
            fmt::format("'{}' cannot be a key of a bucket: a key is 1 to {} bytes of UTF-8 without NUL",
                        printable(key.substr(0, 80)), max_key_bytes));
    }
}

std::string key_path(std::string_view key) {
    check_key(key);
    std::string out;
    for (bool more = true; more;) {
        const std::size_t slash = key.find('/');
        more = slash != std::string_view::npos;
        std::string_view part = key.substr(0, slash);
        const std::size_t longest_last = more ? piece_bytes - 1 : piece_bytes;
        while (part.size() > longest_last) {
            append_piece(out, part.substr(0, piece_bytes));
            out += "+/";
            part.remove_prefix(piece_bytes);
        }
        append_piece(out, part);
        out += more ? '/' : '=';
        key.remove_prefix(more ? slash + 1 : key.size());
    }
    return out;
}

std::optional<KeyPiece> parse_piece(std::string_view name) {
    if (name.empty()) {
        return std::nullopt;
    }
    KeyPiece piece;
    std::string_view rest = name;
    if (rest.back() == '=' || rest.back() == '+') {
        piece.kind = rest.back() == '=' ? KeyPiece::Kind::last : KeyPiece::Kind::continued;
        rest.remove_suffix(1);
    }
    const std::string_view encoded = rest;
    if (rest != "%") {
        while (!rest.empty()) {
            if (rest[0] != '%') {
                piece.text += rest[0];
                rest.remove_prefix(1);
                continue;
            }
            const int high = rest.size() >= 3 ? upper_hex_digit(rest[1]) : -1;
            const int low = rest.size() >= 3 ? upper_hex_digit(rest[2]) : -1;
            if (high < 0 || low < 0) {
                return std::nullopt;
            }
            piece.text += static_cast<char>(high << 4 | low);
            rest.remove_prefix(3);
        }
    }
    // Only the one spelling that key_path makes: other names in the folder are not ours.
    std::string again;
    append_piece(again, piece.text);
    const std::size_t size = piece.text.size();
    const bool size_fits = piece.kind == KeyPiece::Kind::continued ? size == piece_bytes
                           : piece.kind == KeyPiece::Kind::last    ? size <= piece_bytes
                                                                   : size < piece_bytes;
    if (again != encoded || !size_fits || piece.text.find('/') != std::string::npos) {
        return std::nullopt;
    }
    if (piece.kind == KeyPiece::Kind::inner) {
        piece.text += '/';
    }
    return piece;
}

} // namespace ds::folder

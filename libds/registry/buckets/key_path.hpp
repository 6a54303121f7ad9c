// Keys as folders: how a bucket key of any bytes becomes a path that every file system can hold.
//
//   path     := component ("/" component)*            one component of the path per piece of the key
//   A key is split at '/'; each part is split again into pieces of 64 bytes:
//     "+" at the end   a piece of exactly 64 bytes, the part goes on in the folder below
//     "=" at the end   the last piece of the key: the folder that holds what is stored under it
//     nothing          the last piece of a part that is followed by '/' (always shorter than 64 bytes)
//   In a piece [a-z0-9_-] and '.' (not in front) stand for themselves, every other byte is %XX, and
//   an empty piece is "%". So `a` is a=, `a/b` is a/b=, and both exist side by side; upper-case letters are
//   escaped, so that keys stay apart on file systems that fold case; no name is longer than 193 bytes.
//
// The rules for 64 bytes make the siblings of a folder cover disjoint ranges of keys: walking a
// folder in the order of decoded names yields keys in byte order without collecting them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ds::folder {

/// One folder name, decoded.
struct KeyPiece {
    enum class Kind { inner, continued, last };
    Kind kind = Kind::inner;
    std::string text; ///< bytes of the key, with the '/' that follows it for `inner`
};

/// @throws Error(usage) for a key that no bucket takes (empty, over 1,024 bytes, NUL, not UTF-8)
void check_key(std::string_view key);
/// The folder of a key, relative to the bucket. @throws Error(usage) as check_key
[[nodiscard]] std::string key_path(std::string_view key);
/// What a folder name says; nothing for a name that key_path would not have made.
[[nodiscard]] std::optional<KeyPiece> parse_piece(std::string_view name);

} // namespace ds::folder

// The checks of content, with the words that name the path.
#include "transfer/content_check.hpp"

#include "base/path.hpp"
#include "codec/hash.hpp"

#include <fmt/format.h>

namespace ds {

void throw_mismatch(std::string_view path, const Sha256& expected, const Sha256& found) {
    throw CorruptObject(fmt::format("'{}' does not match its record (expected sha256 {}…, got {}…)",
                                    printable(path), expected.short_hex(), found.short_hex()));
}

void throw_damaged(std::string_view path, const CorruptObject& error) {
    throw CorruptObject(fmt::format("'{}' cannot be read: {}", printable(path), error.message()),
                        error.hint());
}

ByteView unproven_chunk(const DecodedFrame& frame, std::uint32_t inner_offset, std::uint32_t length,
                        std::string_view path) {
    if (frame.kind != ObjectKind::chunk) {
        throw CorruptObject(fmt::format("'{}' cannot be read: its frame holds no content", printable(path)));
    }
    const auto bytes = object_in(frame.raw.view, inner_offset, length);
    if (!bytes) {
        throw CorruptObject(
            fmt::format("'{}' cannot be read: a chunk reaches beyond its frame", printable(path)));
    }
    return *bytes;
}

ByteView checked_chunk(const DecodedFrame& frame, std::uint32_t inner_offset, std::uint32_t length,
                       const Sha256& hash, std::string_view path) {
    const ByteView bytes = unproven_chunk(frame, inner_offset, length, path);
    if (const Sha256 found = sha256(bytes); found != hash) {
        throw_mismatch(path, hash, found);
    }
    return bytes;
}

} // namespace ds

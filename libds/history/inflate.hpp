// Reading zlib streams (RFC 1950, 1951) of bounded size.
//
// Own code, because this version of libgit2 never comes back from a truncated loose object (it asks zlib
// for more for ever; mended upstream after 1.5), and truncated is what a damaged disk leaves. Our own
// objects are stored blocks, so the decoder proper only meets objects that stock git wrote.
#pragma once

#include "base/bytes.hpp"

#include <string_view>

namespace ds::git {

/// The whole stream; nothing may follow it.
/// @throws CorruptObject naming `what` for anything malformed or larger than `max` bytes
[[nodiscard]] ByteString inflate_zlib(ByteView stream, std::size_t max, std::string_view what);
/// A stream of stored blocks: nothing is gained by deflating a few hundred bytes that are mostly hashes.
[[nodiscard]] ByteString store_zlib(ByteView data);

} // namespace ds::git

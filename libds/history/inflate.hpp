// Reading and writing zlib streams of bounded size.
//
// libgit2 1.5 never comes back from a truncated loose object (it asks zlib for more for ever; mended later),
// and truncated is what a damaged disk leaves. So loose objects are read here, in one bounded call.
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

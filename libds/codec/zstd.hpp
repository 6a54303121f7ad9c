// zstd in one shot with exact, bounded sizes. Contexts are kept per thread.
#pragma once

#include "base/bytes.hpp"

#include <string_view>

namespace ds {

/// Appends the compressed form of `data` to `out`; returns its size. @throws Error
std::size_t zstd_compress(ByteView data, int level, ByteString& out);
/// Decompresses one frame that must hold exactly `expected_size` bytes, appended to `out`.
/// Allocates the expected size and never more; refuses dictionaries, trailing bytes, a declared
/// size that differs. @throws CorruptObject naming `what`
void zstd_decompress(ByteView data, std::size_t expected_size, ByteString& out, std::string_view what);

} // namespace ds

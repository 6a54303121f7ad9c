// Constants of the index segment format, for the files that read and write it (index_segment.hpp has the
// grammar).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ds::index_layout {

inline constexpr std::string_view magic{"DSIDX\x01\n\0", 8};
inline constexpr std::size_t header_bytes = 32;
inline constexpr std::size_t record_bytes = 16;

/// @throws CorruptObject
[[noreturn]] void refuse(const std::string& path, std::string_view why);

} // namespace ds::index_layout

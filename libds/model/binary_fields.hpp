// Fields that several binary formats share. Internal to this module.
#pragma once

#include "base/bytes.hpp"
#include "model/layout.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace ds {

/// A varint that fits 32 bits.
[[nodiscard]] std::uint32_t read_u32_varint(ByteReader& in, std::string_view field);
/// A count of items of at least `min_item` bytes each: what the bytes left cannot hold is refused, so that
/// nothing is allocated for it.
[[nodiscard]] std::size_t read_count(ByteReader& in, std::size_t min_item, std::string_view field);
/// A storage's version id: visible ASCII, at most max_version_id_bytes, may be empty.
[[nodiscard]] bool is_version_id(std::string_view text) noexcept;
[[nodiscard]] std::string read_version_id(ByteReader& in);
/// Whether the two ranges of an extent (or place) end below 2^32.
[[nodiscard]] bool ranges_fit(std::uint32_t frame_offset, std::uint32_t frame_length,
                              std::uint32_t inner_offset, std::uint32_t length) noexcept;

} // namespace ds

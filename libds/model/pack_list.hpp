// Lists of pack versions in notes: what a push has sent so far, what a collection has condemned.
//
//   pack_list := 0xDC version:u8 (1) count:varint (name:32 version_id:string){count}
//
// Rising strictly by name and version id. At most 32,768 packs a list; longer ones are several lists.
#pragma once

#include "base/bytes.hpp"
#include "model/layout.hpp"

#include <set>
#include <string_view>
#include <vector>

namespace ds {

inline constexpr std::size_t max_listed_packs = 32'768;

/// Sorted, and each once.
using PackSet = std::set<PackRef>;

/// As many lists as are needed; none for no packs.
[[nodiscard]] std::vector<ByteString> pack_lists(const PackSet& packs);
/// Adds what one list holds. @throws CorruptObject
void read_pack_list(ByteView bytes, std::string_view what, PackSet& out);

} // namespace ds

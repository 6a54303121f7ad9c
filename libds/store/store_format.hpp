// The file `format` of a store: what made it and its parameters.
//
//   format    := "dsctl-store 1\n" parameter…      each once, any order
//   parameter := key " " number "\n"               chunk-min chunk-avg chunk-max pack-size frame-size level
#pragma once

#include "store/object_store.hpp"

namespace ds {

/// @throws Error(usage) for sizes out of range
void check_store_params(const StoreParams& params);
[[nodiscard]] std::string store_format_text(const StoreParams& params);
/// @throws CorruptObject, Error(failure) when a newer dsctl made it
[[nodiscard]] StoreParams parse_store_format(ByteView text, std::string_view what);

} // namespace ds

// What the builder and the editor demand of their callers. Internal to this module.
#pragma once

#include "model/entry.hpp"

#include <string_view>

namespace ds {

/// @throws Error(failure) when `path` is not greater than `previous` (empty: the first)
/// @returns how many bytes they share
std::size_t check_rising(std::string_view previous, std::string_view path);
/// @param shared bytes that `path` shares with a path that was checked already
/// @throws Error(failure) when the path or the entry cannot stand in a tree
void check_entry(std::string_view path, std::size_t shared, const Entry& entry);

} // namespace ds

// What a repair could get from nowhere, so that later checks tell of it although a registry is believed to have it.
//
//   .dsctl/lost := "dsctl-lost 1\n" (hash "\n")*      SHA-256 of files' content, in hex; absent: nothing is lost
#pragma once

#include "base/sha256.hpp"

#include <set>
#include <string>

namespace ds {

/// @param dir the .dsctl folder. A damaged file says nothing: the next repair finds out anew.
[[nodiscard]] std::set<Sha256> read_lost(const std::string& dir);
void save_lost(const std::string& dir, const std::set<Sha256>& lost);

} // namespace ds

// Everything a version reaches in its registry: the packs of tree, layout, content and history, and how far
// into each of them. What publish locks and verify looks at.
#pragma once

#include "base/context.hpp"
#include "transfer/version_source.hpp"

#include <cstdint>
#include <functional>
#include <map>

namespace ds {

/// Each pack once, with the end of the last frame that is reached in it.
using PackReach = std::map<PackRef, std::uint64_t>;

/// @param proven subtrees that this version shares with it, at the same places of the same packs, are
/// skipped, and so
///        is the history that it has. Equal tree nodes alone do not count: their layout may be another one,
///        in packs that nobody has locked.
/// Memory: one map entry per pack; O(height) nodes, and one place per changed node while comparing with
/// `proven`.
/// @throws CorruptObject for a damaged or missing layout, Interrupted
[[nodiscard]] PackReach reach_of(RegistryVersion& version, RegistryVersion* proven,
                                 const std::stop_token& stop);

} // namespace ds

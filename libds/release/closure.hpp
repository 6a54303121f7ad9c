// Everything a version reaches in its registry: the packs of tree, layout, content and history, and how far
// into each of them. What publish locks and verify looks at.
#pragma once

#include "base/context.hpp"
#include "transfer/version_nodes.hpp"
#include "transfer/version_source.hpp"

#include <cstdint>
#include <functional>
#include <map>

namespace ds {

/// Steers a walk over what a version reaches, and is told what that is. Called on one thread.
class ReachVisitor {
  public:
    virtual ~ReachVisitor() = default;
    /// A node, before anything below it; false leaves out both.
    virtual bool enter(const NodePlace& node) = 0;
    /// A bundle of history, before those before it; false leaves out all of them.
    virtual bool enter(const Place& bundle) = 0;
    /// A segment of a large file's layout; false leaves out the chunks that it lists.
    virtual bool enter_segment(const PackRef& pack, std::uint32_t frame_offset) {
        (void)pack;
        (void)frame_offset;
        return true;
    }
    /// A pack that is needed at least up to `end`; very often the same again.
    virtual void reach(const PackRef& pack, std::uint64_t end) = 0;
};

/// Walks tree, layout, content and history of a version. Memory: O(height) nodes.
/// @throws CorruptObject for a damaged or missing layout, Interrupted
void walk_reach(RegistryVersion& version, ReachVisitor& visitor, const std::stop_token& stop);

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

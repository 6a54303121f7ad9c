// What a collection does about samples (registry/samples.hpp): rows of packs that are gone are dropped, what another
// sample replaces is removed, and small ones become one. Samples are hints, so that nothing here needs an epoch or a
// second look: whoever loses one sends something again some day.
#pragma once

#include "base/context.hpp"
#include "model/pack_list.hpp"
#include "registry/registry.hpp"

#include <cstdint>
#include <string>

namespace ds {

/// Leaves samples alone that were put after `before` (unix seconds, by the storage's clock): what pushes under way have
/// sent is not reached yet. @param reached packs that heads and records reach
/// @returns how many objects were removed. @throws Error, Interrupted
std::uint64_t tidy_samples(Registry& registry, const std::string& ns, const PackSet& reached,
                           std::int64_t before, Context& context);

} // namespace ds

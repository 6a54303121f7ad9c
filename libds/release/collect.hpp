// Collection: freeing what no version, draft, pin or running push of a namespace reaches. Nobody holds a lease, and any
// number of collectors may run, be killed and go on.
//
//   1. mark from all heads (with pins and pending packs) and records
//   2. condemn: pack versions that were not reached and are older than the grace period are listed in the state of
//      collection, in a new epoch; from then on they count as missing for every push
//   3. give every head that epoch by compare-and-swap: a push that decided before what need not be sent fails its
//      own swap and decides anew, or was faster and is seen by the next step
//   4. mark again; what is reached now is spared, the rest is doomed
//   5. once the grace period is over, remove the doomed by version id, then forget them
//
// Along with the first step the samples of the namespace are tidied (release/collect_samples.hpp).
//
// A head is born empty, and who fills it asks what is condemned after it was born (registry/collection.hpp has the
// rule). Clocks decide when something is done, never whether it is safe. Whatever cannot be read ends the collection
// with an error: what it names is not known.
#pragma once

#include "base/context.hpp"
#include "registry/registry.hpp"

#include <cstdint>
#include <string>

namespace ds {

struct CollectOptions {
    std::string ns;
    std::int64_t grace = 14 * 86'400; ///< seconds
    bool dry_run = false;             ///< only say what would be condemned or removed
};

/// What a collector leaves out, for tests that prove that it must not.
struct CollectPolicy {
    bool give_epoch = true;
    bool mark_again = true;
    bool honour_pending = true;
};

struct CollectResult {
    std::uint64_t epoch = 0;
    std::uint64_t heads = 0, records = 0;             ///< that were marked from, in the last pass
    std::uint64_t reached = 0;                        ///< packs, in the last pass
    std::uint64_t garbage = 0, garbage_bytes = 0;     ///< unreached versions found in this run
    std::uint64_t young = 0, locked = 0;              ///< of those, left alone
    std::uint64_t condemned = 0, condemned_bytes = 0; ///< of those, condemned in this run
    std::uint64_t spared = 0;                         ///< condemned before, reached when looked at again
    std::uint64_t removed = 0;
    std::uint64_t waiting = 0, waiting_bytes = 0; ///< doomed, until the grace period is over
    std::int64_t due = 0;                         ///< when that is (unix seconds); 0: nothing waits
};

/// Goes as far as it can get in one run; with no grace period through all steps.
/// @param now the collector's clock
/// @throws CorruptObject when something that is named cannot be read, Error(retry) when heads keep changing,
///         Error(unknown), Interrupted: whatever was begun goes on with the next run
[[nodiscard]] CollectResult collect(Registry& registry, const CollectOptions& options, std::int64_t now,
                                    Context& context, const CollectPolicy& policy = {});

} // namespace ds

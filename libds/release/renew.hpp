// Renewing locks: what published versions of a namespace consist of is locked for a period from now on, again.
#pragma once

#include "base/context.hpp"
#include "registry/registry.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace ds {

struct RenewResult {
    std::uint64_t records = 0, signatures = 0, packs = 0; ///< that were looked at
    std::uint64_t plain = 0;                              ///< objects of plain copies
    /// Whose locks were extended (or would be).
    std::uint64_t records_renewed = 0, signatures_renewed = 0, packs_renewed = 0, plain_renewed = 0;
    /// Packs that are missing or too short, records that cannot be read; at most 1,000.
    std::vector<std::string> problems;
    std::uint64_t problem_count = 0;
};

/// Walks all that the records of a namespace reach, with the signatures over them and their plain copies, and extends every lock of which less than three quarters of its
/// period are left. An interrupted run is gone on with by the next one, which finds long locks and leaves them alone.
/// Memory: one map entry per pack. @throws Error(failure) with the way out when this registry cannot lock, CorruptObject
/// for a layout that cannot be read, Interrupted
[[nodiscard]] RenewResult renew_locks(Registry& registry, const std::string& ns, bool dry_run,
                                      std::int64_t now, Context& context);

/// A lock that ends before this should be renewed.
[[nodiscard]] std::int64_t renew_before(std::int64_t now, std::uint32_t days);

} // namespace ds

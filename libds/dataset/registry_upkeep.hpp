// Verbs that keep a registry small and its locks long: for those who look after it, not for every writer.
#pragma once

#include "dataset/session.hpp"
#include "release/collect.hpp"
#include "release/renew.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ds {

struct CollectRegistryOptions {
    std::string registry;
    std::optional<std::string> ns; ///< none: all of them
    std::int64_t grace = 14 * 86'400;
    bool dry_run = false;
};
struct CollectedNamespace {
    std::string ns;
    CollectResult result;
};
/// Goes as far as it can get in every namespace. @throws as collect(); what was done before stays done
[[nodiscard]] std::vector<CollectedNamespace> collect_registry(Session& session,
                                                               const CollectRegistryOptions& options);

struct RenewOptions {
    std::string registry;
    std::optional<std::string> ns; ///< none: all of them
    bool dry_run = false;
};
struct RenewedNamespace {
    std::string ns;
    RenewResult result;
};
/// Extends the locks of all that is published. @throws as renew_locks(); what was done before stays done
[[nodiscard]] std::vector<RenewedNamespace> renew_registry(Session& session, const RenewOptions& options);

} // namespace ds

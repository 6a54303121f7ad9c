// Walking over the namespaces of a registry.
#include "dataset/registry_upkeep.hpp"

#include "base/path.hpp"
#include "base/units.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds {

std::vector<std::string> namespaces_of(Registry& registry) {
    std::vector<std::string> names;
    for (const auto& dataset : registry.datasets()) {
        names.push_back(dataset.ns());
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

namespace {

/// One namespace as asked for, or all. @throws Error(not_found) with a suggestion
std::vector<std::string> wanted_namespaces(Registry& registry, const std::optional<std::string>& wanted) {
    auto names = namespaces_of(registry);
    if (!wanted) {
        return names;
    }
    if (std::find(names.begin(), names.end(), *wanted) == names.end()) {
        const auto near = closest(*wanted, names);
        throw Error(ErrorKind::not_found,
                    fmt::format("registry '{}' has no namespace {}", registry.alias(), printable(*wanted)),
                    near.empty() ? "dsctl registry search" : fmt::format("did you mean '{}'?", near));
    }
    return {*wanted};
}

} // namespace

std::vector<CollectedNamespace> collect_registry(Session& session, const CollectRegistryOptions& options) {
    auto& registry = session.registry(options.registry);
    std::vector<CollectedNamespace> result;
    for (const auto& ns : wanted_namespaces(registry, options.ns)) {
        const CollectOptions one{ns, options.grace, options.dry_run};
        result.push_back({ns, collect(registry, one, session.now(), session.context())});
    }
    return result;
}

std::vector<RenewedNamespace> renew_registry(Session& session, const RenewOptions& options) {
    auto& registry = session.registry(options.registry);
    std::vector<RenewedNamespace> result;
    for (const auto& ns : wanted_namespaces(registry, options.ns)) {
        result.push_back({ns, renew_locks(registry, ns, options.dry_run, session.now(), session.context())});
    }
    return result;
}

} // namespace ds

// Walking over the namespaces of a registry.
#include "dataset/registry_upkeep.hpp"

#include "base/path.hpp"
#include "base/units.hpp"
#include "dataset/uses.hpp"
#include "dataset/visible.hpp"

#include <fmt/format.h>

namespace ds {

namespace {

/// One namespace as asked for, or all. @throws Error(not_found) with a suggestion
std::vector<std::string> wanted_namespaces(Registry& registry, const std::optional<std::string>& wanted) {
    if (!wanted) {
        return namespaces_of(registry);
    }
    check_component(*wanted, "namespace");
    if (!registry.datasets(*wanted).empty()) {
        return {*wanted}; // keys that may list nothing else will do
    }
    const auto near = closest(*wanted, namespaces_of(registry));
    throw Error(ErrorKind::not_found,
                fmt::format("registry '{}' has no namespace {}", registry.alias(), printable(*wanted)),
                near.empty() ? "dsctl registry search" : fmt::format("did you mean '{}'?", near));
}

/// Says which drafts were used before they were dropped: what is unreached may be all that is left of them. The uses of a
/// registry's other users are looked for too, as `drop` does.
void warn_of_used_drops(Session& session, Registry& registry, const std::string& ns) {
    constexpr std::size_t named = 2;
    for (const auto& dataset : registry.datasets(ns)) {
        for (const auto& stored : registry.heads(dataset)) {
            if (stored.head.state != HeadState::dropped) {
                continue;
            }
            const auto users = users_of(
                session, UsedDraft{registry.alias(), dataset, stored.head.version, {}}, &registry, named + 1);
            if (!users.empty()) {
                const auto shown = static_cast<std::ptrdiff_t>(std::min(named, users.size()));
                session.context().log.warn(fmt::format(
                    "draft {}:{} was dropped, and what only it held is collected: {}{}", dataset.str(),
                    stored.head.version, fmt::join(users.begin(), users.begin() + shown, "; "),
                    users.size() > named ? "; and others" : ""));
            }
        }
    }
}

} // namespace

std::vector<CollectedNamespace> collect_registry(Session& session, const CollectRegistryOptions& options) {
    auto& registry = session.registry(options.registry);
    std::vector<CollectedNamespace> result;
    // A draft is mounted as it was: what it has replaced since is what is collected.
    for (const auto& mount : mounted_here()) {
        const auto prefix = options.registry + "/" + (options.ns ? *options.ns + "/" : "");
        if (mount.ref.starts_with(prefix) && mount.ref.find('@') == std::string::npos) {
            session.context().log.warn(fmt::format(
                "draft {} is mounted on {}: what it shows may be removed once the draft has moved on",
                printable(mount.ref), printable(mount.target)));
        }
    }
    for (const auto& ns : wanted_namespaces(registry, options.ns)) {
        const CollectOptions one{ns, options.grace, options.dry_run};
        result.push_back({ns, collect(registry, one, session.now(), session.context())});
        const auto& done = result.back().result;
        if (done.garbage + done.waiting + done.removed > 0) { // the grace period is there to heed it
            warn_of_used_drops(session, registry, ns);
        }
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

// From a reference as typed to one version in one registry.
#include "base/path.hpp"
#include "base/units.hpp"
#include "dataset/inspect.hpp"
#include "dataset/seen.hpp"
#include "dataset/visible.hpp"
#include "registry/deprecations.hpp"

#include <fmt/format.h>

namespace ds {

namespace {

/// The command that brings a draft of this checkout to a registry that lacks it; nothing if there is none such.
std::optional<std::string> push_command(Session& session, Registry& registry, const DatasetName& dataset,
                                        const std::optional<VersionName>& version) {
    if (!version || session.repository_dir().empty()) {
        return std::nullopt;
    }
    Repository repository(session, session.repository_dir());
    if (repository.name() != dataset || !repository.history().draft(*version)) {
        return std::nullopt;
    }
    const bool is_own = registry.alias() == repository.registry_alias();
    return fmt::format("dsctl push {}{}", is_own ? "" : fmt::format("--to {} ", registry.alias()),
                       version->str());
}

[[noreturn]] void no_such_dataset(Registry& registry, const DatasetName& dataset,
                                  const std::optional<std::string>& push) {
    const auto near = push ? "" : closest_dataset(registry, dataset);
    throw Error(ErrorKind::not_found,
                fmt::format("there is no dataset {} in registry '{}'", dataset.str(), registry.alias()),
                push           ? *push
                : near.empty() ? fmt::format("dsctl registry search --registry {}", registry.alias())
                               : fmt::format("did you mean '{}'?", near));
}

[[noreturn]] void no_such_version(Registry& registry, const DatasetName& dataset, const std::string& version,
                                  const std::optional<std::string>& push) {
    std::vector<std::string> names;
    for (const auto& stored :
         registry.heads(dataset, [](const std::string&, const CorruptObject&) {})) { // for near names only
        if (stored.head.state != HeadState::dropped) {
            names.push_back(stored.head.version);
        }
    }
    const auto near = closest(version, names);
    throw Error(
        ErrorKind::not_found,
        fmt::format("{} has no version {} in registry '{}'", dataset.str(), version, registry.alias()),
        push           ? *push
        : near.empty() ? fmt::format("dsctl versions {}/{}", registry.alias(), dataset.str())
                       : fmt::format("did you mean '{}'?", near));
}

void fill(ResolvedVersion& result, const StoredRecord& stored) {
    const auto& record = stored.record;
    result.version = record.version;
    result.published = true;
    result.digest = record.digest;
    result.manifest = record.manifest;
    result.roots = record.roots;
    result.commit = record.commit;
    result.origin = record.origin;
    result.author = record.author;
    result.message = record.message;
    result.time = record.time;
    result.record = stored;
}

void fill(ResolvedVersion& result, const StoredHead& stored) {
    const auto& head = stored.head;
    result.version = head.version;
    result.commit = head.roots ? head.commit : "";
    result.roots = head.roots.value_or(VersionRoots{});
    result.origin = head.origin;
    result.author = head.author;
    result.time = head.time;
    result.head = stored;
}

/// Which version is the newest is not known while a record that may be its cannot be read.
std::optional<StoredRecord> newest_record(Registry& registry, const DatasetName& dataset) {
    try {
        return registry.newest_record(dataset);
    } catch (const CorruptObject& error) {
        throw CorruptObject(
            fmt::format("the newest version of {} is not known: {}", dataset.str(), error.message()),
            fmt::format("name a version: dsctl versions {}/{}", registry.alias(), dataset.str()));
    }
}

} // namespace

ResolvedVersion resolve_ref(Session& session, const DatasetRef& ref, Repository* repository) {
    auto named = ref;
    if (repository != nullptr) { // whose defaults come before the user's
        named.registry = ref.registry.value_or(repository->registry_alias());
        named.ns = ref.ns.value_or(repository->name().ns());
    }
    const auto alias = session.registry_of(named);
    const auto dataset = session.dataset_of(named);
    auto& registry = session.registry(alias);
    ResolvedVersion result;
    result.registry = alias;
    result.registry_url = registry.url();
    result.registry_id = registry.description().id;
    result.dataset = dataset;
    const auto catalog = registry.catalog(dataset);
    SeenVersions seen(registry, dataset, session.context().log);
    if (!catalog) {
        seen.check_newest(registry.newest_record(dataset));
        no_such_dataset(registry, dataset, push_command(session, registry, dataset, ref.version));
    }
    const auto record =
        ref.version ? registry.record(dataset, ref.version->str()) : newest_record(registry, dataset);
    if (ref.version) {
        seen.check_version(ref.version->str(), record);
    } else {
        seen.check_newest(record);
    }
    if (record) {
        fill(result, *record);
    } else if (!ref.version) {
        throw Error(ErrorKind::not_found,
                    fmt::format("{} has no published version in registry '{}'", dataset.str(), alias),
                    fmt::format("name a draft: dsctl versions {}/{}", alias, dataset.str()));
    } else if (const auto head = registry.head(dataset, ref.version->str());
               head && head->head.state != HeadState::dropped) {
        fill(result, *head);
    } else {
        no_such_version(registry, dataset, ref.version->str(),
                        push_command(session, registry, dataset, ref.version));
    }
    if (ref.digest && result.digest != ref.digest) {
        throw Error(ErrorKind::conflict,
                    fmt::format("{}:{} is {}, not {}", dataset.str(), result.version,
                                result.digest ? digest_str(*result.digest) : "a draft without digest",
                                digest_str(*ref.digest)),
                    fmt::format("dsctl versions {}/{}", alias, dataset.str()));
    }
    if (result.published) {
        result.deprecated = deprecation(registry, dataset, result.version).value_or("");
    }
    return result;
}

void warn_if_deprecated(Session& session, const ResolvedVersion& version) {
    if (!version.deprecated.empty()) {
        session.context().log.warn(fmt::format("{}:{} is deprecated: {}", version.dataset.str(),
                                               version.version, printable(version.deprecated)));
    }
}

} // namespace ds

// Which versions a push sends, and what becomes of each.
#include "dataset/overtaken.hpp"
#include "dataset/push_version.hpp"

#include <fmt/format.h>

namespace ds {

namespace {

PushedVersion push_draft(Repository& repository, Registry& registry, const VersionName& version,
                         const CommitId& commit, PublishedThere& published, bool dry_run) {
    PushedVersion pushed{version.str(), false, PushedVersion::Outcome::pushed, commit.hex(), {}};
    if (const auto record = published.record(version.str())) {
        throw Error(ErrorKind::immutable,
                    fmt::format("{}:{} is published in {} and cannot change", repository.name().str(),
                                version.str(), registry.alias()),
                    repository.next_draft_command(version));
    }
    if (dry_run) {
        const auto head = registry.head(repository.name(), version.str());
        const bool current = head && head->head.commit == commit.hex();
        pushed.outcome = current ? PushedVersion::Outcome::up_to_date : PushedVersion::Outcome::would_push;
        if (!current) {
            pushed.stats = measure_upload(repository, registry, version, commit, published);
        }
        return pushed;
    }
    const auto uploaded = upload_version(repository, registry, version, commit, published);
    pushed.outcome =
        uploaded.up_to_date ? PushedVersion::Outcome::up_to_date : PushedVersion::Outcome::pushed;
    pushed.stats = uploaded.stats;
    return pushed;
}

/// A version published here or elsewhere gets the same digest in `registry`, and its origin is recorded.
PushedVersion push_published(Repository& repository, Registry& registry, const VersionName& version,
                             const PublishedTag& tag, PublishedThere& published, bool dry_run) {
    const auto record = Record::parse(tag.record, version.str());
    PushedVersion pushed{version.str(), true, PushedVersion::Outcome::pushed, tag.commit.hex(), {}};
    if (record.registry_id == registry.description().id && published.has(version.str())) {
        // It was published there, and what a name means never changes.
        pushed.outcome = PushedVersion::Outcome::up_to_date;
        return pushed;
    }
    if (const auto there = published.record(version.str())) {
        if (there->record.digest != record.digest) {
            throw Error(ErrorKind::conflict,
                        fmt::format("{}:{} is published in {} with other content ({})",
                                    repository.name().str(), version.str(), registry.alias(),
                                    digest_str(there->record.digest)),
                        fmt::format("dsctl versions {}/{}", registry.alias(), repository.name().str()));
        }
        pushed.outcome = PushedVersion::Outcome::up_to_date;
        return pushed;
    }
    if (dry_run) {
        pushed.outcome = PushedVersion::Outcome::would_push;
        pushed.stats = measure_upload(repository, registry, version, tag.commit, published);
        return pushed;
    }
    const auto uploaded = upload_version(repository, registry, version, tag.commit, published);
    auto origin = record.origin;
    if (record.registry_id != registry.description().id) {
        origin = Origin{fmt::format("{}:{}", repository.name().str(), version.str()), record.digest};
    }
    PublishRequest request{registry,
                           repository.name(),
                           version,
                           record.manifest,
                           uploaded.roots,
                           record.commit,
                           origin,
                           record.author,
                           record.message,
                           repository.session().now(),
                           published.ancestor(tag.commit)};
    request.head = uploaded.head;
    request.trees = &repository.store();
    const auto stored = publish_version(request, repository.context());
    published.add(stored);
    repository.save_remote(registry.alias(), version.str(), stored.text);
    repository.history().set_remote(registry.alias(), version.str(), tag.commit);
    pushed.stats = uploaded.stats;
    return pushed;
}

} // namespace

std::vector<PushedVersion> push(Repository& repository, const PushOptions& options) {
    const auto lock = repository.lock();
    auto& history = repository.history();
    auto& registry = repository.session().registry(options.registry.value_or(repository.registry_alias()));
    std::vector<PushedVersion> result;
    std::vector<std::string> names = options.versions;
    if (names.empty()) {
        for (const auto& version : history.versions()) {
            if (version.state == VersionState::published) {
                names.push_back(version.name.str());
            }
        }
        const auto current = history.current();
        const bool sealed = history.published(current.name).has_value(); // and so among the names
        if (current.state == VersionState::draft && sealed) {
            refuse_unless_same(repository, current.name);
        } else if (current.state == VersionState::draft && current.commit) {
            names.push_back(current.name.str());
        } else if (current.state == VersionState::draft && names.empty()) {
            throw Error(ErrorKind::failure,
                        fmt::format("draft {} has no commits to push", current.name.str()),
                        "dsctl add . && dsctl commit -m MESSAGE");
        }
    }
    PublishedThere published(repository, registry);
    for (const auto& name : names) {
        const VersionName version(name.starts_with(":") ? name.substr(1) : name);
        if (const auto tag = history.published(version)) {
            refuse_unless_same(repository, version);
            result.push_back(push_published(repository, registry, version, *tag, published, options.dry_run));
        } else if (const auto draft = history.draft(version)) {
            result.push_back(push_draft(repository, registry, version, *draft, published, options.dry_run));
        } else {
            (void)repository.resolve(version.str());
            throw Error(ErrorKind::not_found, fmt::format("there is no version {} here", version.str()),
                        "dsctl versions");
        }
    }
    return result;
}

} // namespace ds

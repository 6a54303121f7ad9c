#include "dataset/push_version.hpp"

#include "base/units.hpp"
#include "release/fill_head.hpp"
#include "store/reference_lost.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ds {

namespace {

[[noreturn]] void head_moved(Repository& repository, Registry& registry, const VersionName& version,
                             const std::optional<CommitId>& ours, const Head& theirs) {
    throw Error(ErrorKind::conflict,
                fmt::format("draft {} moved on {} since your last fetch (you {}, {} {} by {}, {})", version.str(),
                            registry.alias(), ours ? ours->short_hex() : "nothing", registry.alias(),
                            theirs.commit.substr(0, 10), theirs.author,
                            relative_time(theirs.time, repository.session().now())),
                "dsctl pull");
}

/// The newest history bundle a version can build upon, and the commits that are known to be in its chain.
struct HistoryBase {
    std::optional<Place> previous;
    std::vector<CommitId> known;
};

HistoryBase history_base(Repository& repository, Registry& registry, const StoredHead& head, const CommitId& tip) {
    auto& history = repository.history();
    if (head.head.roots) {
        return {head.head.roots->history_place, {CommitId(head.head.commit)}};
    }
    for (const auto& stored : registry.records(repository.name())) {
        const CommitId commit(stored.record.commit);
        if (history.has_commit(commit) && history.is_ancestor(commit, tip)) {
            return {stored.record.roots.history_place, {commit}};
        }
    }
    return {};
}

} // namespace

std::vector<VersionRoots> upload_bases(Repository& repository, Registry& registry,
                                       const std::optional<StoredHead>& head, const std::optional<Origin>& origin,
                                       PushGuard* guard) {
    std::vector<VersionRoots> bases;
    const auto add = [&](const VersionRoots& roots) {
        if (std::find(bases.begin(), bases.end(), roots) == bases.end()) {
            bases.push_back(roots);
        }
    };
    if (head && head->head.roots) {
        add(*head->head.roots);
    }
    auto records = registry.records(repository.name());
    std::reverse(records.begin(), records.end()); // the newest is the likeliest
    for (const auto& stored : records) {
        add(stored.record.roots);
    }
    if (origin) {
        const auto ref = DatasetRef::parse(origin->ref);
        const bool same_registry = !ref.registry || *ref.registry == registry.alias();
        if (same_registry && ref.ns == repository.name().ns() && ref.version) {
            const DatasetName source(*ref.ns, ref.name);
            if (const auto record = registry.record(source, ref.version->str())) {
                add(record->record.roots);
            } else if (guard != nullptr) {
                if (const auto roots = reuse_draft(*guard, registry, source, ref.version->str(),
                                                   repository.context().stop)) {
                    add(*roots);
                }
            } else if (const auto draft = registry.head(source, ref.version->str()); draft && draft->head.roots) {
                add(*draft->head.roots);
            }
        }
    }
    return bases;
}

void note_in_catalog(Session& session, Registry& registry, const DatasetName& dataset, const CatalogEntry& entry) {
    const bool noted = registry.update_catalog(dataset, [&](Catalog& catalog) {
        for (auto& old : catalog.versions) {
            if (old.version == entry.version) {
                auto deprecated = std::move(old.deprecated);
                auto from = std::move(old.from);
                old = entry;
                old.deprecated = std::move(deprecated);
                if (old.from.empty()) {
                    old.from = std::move(from);
                }
                return;
            }
        }
        catalog.versions.push_back(entry);
    });
    if (!noted) {
        session.context().log.trace(fmt::format("the catalog of {} was not updated", dataset.str()));
    }
}

UploadedVersion upload_version(Repository& repository, Registry& registry, const VersionName& version,
                               const CommitId& commit) {
    auto& session = repository.session();
    auto& history = repository.history();
    const auto& dataset = repository.name();
    registry.create_dataset(dataset, session.config().get("dataset.description").value_or(""), session.now());

    auto head = registry.ensure_head(dataset, version);
    const bool named = !head.head.commit.empty() && head.head.state != HeadState::dropped;
    if (named && head.head.commit == commit.hex() && head.head.roots) {
        return {*head.head.roots, head, {}, true};
    }
    if (named) {
        const CommitId theirs(head.head.commit);
        if (!history.has_commit(theirs) || !history.is_ancestor(theirs, commit)) {
            head_moved(repository, registry, version, commit, head.head);
        }
    }
    const auto data = history.read_commit(commit).data;
    const auto content = repository.content(data.tree.root);
    const auto journal = repository.dir() + "/journal";
    make_dirs(journal);

    UploadedVersion result;
    const auto send = [&](PushGuard& guard) {
        PushRequest request{registry, dataset.ns(), data.tree, &repository.store(), nullptr, content.get(), {}, journal, {}};
        request.bases = upload_bases(repository, registry, guard.head(), data.origin, &guard);
        request.acknowledged = [&](const PackRef& pack) { guard.sent(pack); };
        request.condemned = [&](const PackRef& pack) { return guard.condemned().contains(pack); };
        VersionRoots roots;
        try {
            roots = push_tree(request, repository.context(), result.stats);
        } catch (const ReferenceLost& lost) {
            throw CorruptObject(fmt::format("version {} of {} cannot be sent: {}", version.str(), dataset.str(),
                                            lost.message()),
                                lost.hint());
        }
        const auto base = history_base(repository, registry, guard.head(), commit);
        roots.history_place = push_history(registry, dataset.ns(), history, commit, base.known, base.previous);
        return roots;
    };
    const auto change = [&](Head& next, const VersionRoots& roots) {
        next.state = HeadState::draft;
        next.commit = commit.hex();
        next.roots = roots;
        next.origin = data.origin;
        next.author = data.author.name;
    };
    const auto update = fill_head({registry, dataset, head, send, change, [&] { return session.now(); }});
    if (update.outcome == HeadUpdate::Outcome::conflict) {
        if (update.current.head.state == HeadState::published || update.current.head.state == HeadState::publishing) {
            throw Error(ErrorKind::immutable,
                        fmt::format("{}:{} is published in {} and cannot change", dataset.str(), version.str(),
                                    registry.alias()),
                        repository.next_draft_command(version));
        }
        head_moved(repository, registry, version, commit, update.current.head);
    }
    result.head = update.current;
    result.roots = update.current.head.roots.value(); // theirs, if somebody else sent the same commit
    history.set_remote(registry.alias(), version.str(), commit);
    repository.save_remote(registry.alias(), version.str(), result.head.head.text());
    CatalogEntry row;
    row.version = version.str();
    row.state = HeadState::draft;
    row.entries = data.tree.entries;
    row.bytes = data.tree.bytes;
    row.from = inherited_version(repository, version, commit);
    row.time = session.now();
    note_in_catalog(session, registry, dataset, row);
    return result;
}

namespace {

PushedVersion push_draft(Repository& repository, Registry& registry, const VersionName& version, const CommitId& commit,
                         bool dry_run) {
    PushedVersion pushed{version.str(), false, PushedVersion::Outcome::pushed, commit.hex(), {}};
    if (const auto record = registry.record(repository.name(), version.str())) {
        throw Error(ErrorKind::immutable,
                    fmt::format("{}:{} is published in {} and cannot change", repository.name().str(), version.str(),
                                registry.alias()),
                    repository.next_draft_command(version));
    }
    if (dry_run) {
        const auto head = registry.head(repository.name(), version.str());
        const auto data = repository.history().read_commit(commit).data;
        const auto content = repository.content(data.tree.root);
        PushRequest request{registry, repository.name().ns(), data.tree, &repository.store(), nullptr,
                            content.get(), {}, {}, {}};
        request.bases = upload_bases(repository, registry, head, data.origin);
        const bool current = head && head->head.commit == commit.hex();
        pushed.outcome = current ? PushedVersion::Outcome::up_to_date : PushedVersion::Outcome::would_push;
        if (!current) {
            pushed.stats = measure_push(request, repository.context());
        }
        return pushed;
    }
    const auto uploaded = upload_version(repository, registry, version, commit);
    pushed.outcome = uploaded.up_to_date ? PushedVersion::Outcome::up_to_date : PushedVersion::Outcome::pushed;
    pushed.stats = uploaded.stats;
    return pushed;
}

/// A version published here or elsewhere gets the same digest in `registry`, and its origin is recorded.
PushedVersion push_published(Repository& repository, Registry& registry, const VersionName& version,
                             const PublishedTag& tag, bool dry_run) {
    const auto record = Record::parse(tag.record, version.str());
    PushedVersion pushed{version.str(), true, PushedVersion::Outcome::pushed, tag.commit.hex(), {}};
    if (const auto there = registry.record(repository.name(), version.str())) {
        if (there->record.digest != record.digest) {
            throw Error(ErrorKind::conflict,
                        fmt::format("{}:{} is published in {} with other content ({})", repository.name().str(),
                                    version.str(), registry.alias(), digest_str(there->record.digest)),
                        fmt::format("dsctl versions {}/{}", registry.alias(), repository.name().str()));
        }
        pushed.outcome = PushedVersion::Outcome::up_to_date;
        return pushed;
    }
    if (dry_run) {
        const auto content = repository.content(record.roots.tree.root);
        PushRequest request{registry, repository.name().ns(), record.roots.tree, &repository.store(), nullptr,
                            content.get(), {}, {}, {}};
        request.bases = upload_bases(repository, registry, registry.head(repository.name(), version.str()), {});
        pushed.outcome = PushedVersion::Outcome::would_push;
        pushed.stats = measure_push(request, repository.context());
        return pushed;
    }
    const auto uploaded = upload_version(repository, registry, version, tag.commit);
    auto origin = record.origin;
    if (record.registry_id != registry.description().id) {
        origin = Origin{fmt::format("{}:{}", repository.name().str(), version.str()), record.digest};
    }
    PublishRequest request{registry,       repository.name(), version,       record.manifest, uploaded.roots,
                           record.commit,  origin,            record.author, record.message,  repository.session().now(),
                           std::nullopt};
    const auto stored = publish_version(request, repository.context());
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
        if (current.state == VersionState::draft && current.commit) {
            names.push_back(current.name.str());
        } else if (current.state == VersionState::draft && names.empty()) {
            throw Error(ErrorKind::failure, fmt::format("draft {} has no commits to push", current.name.str()),
                        "dsctl add . && dsctl commit -m MESSAGE");
        }
    }
    for (const auto& name : names) {
        const VersionName version(name.starts_with(":") ? name.substr(1) : name);
        if (const auto tag = history.published(version)) {
            result.push_back(push_published(repository, registry, version, *tag, options.dry_run));
        } else if (const auto draft = history.draft(version)) {
            result.push_back(push_draft(repository, registry, version, *draft, options.dry_run));
        } else {
            (void)repository.resolve(version.str());
            throw Error(ErrorKind::not_found, fmt::format("there is no version {} here", version.str()),
                        "dsctl versions");
        }
    }
    return result;
}

} // namespace ds

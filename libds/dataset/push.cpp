#include "dataset/push_version.hpp"

#include "base/units.hpp"
#include "release/fill_head.hpp"
#include "store/reference_lost.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace ds {

namespace {

/// More records are not read in search of what a push can build upon.
constexpr std::size_t most_records = 4;

[[noreturn]] void head_moved(Repository& repository, Registry& registry, const VersionName& version,
                             const std::optional<CommitId>& ours, const Head& theirs) {
    throw Error(ErrorKind::conflict,
                fmt::format("draft {} moved on {} since your last fetch (you {}, {} {} by {}, {})",
                            version.str(), registry.alias(), ours ? ours->short_hex() : "nothing",
                            registry.alias(), theirs.commit.substr(0, 10), theirs.author,
                            relative_time(theirs.time, repository.session().now())),
                "dsctl pull");
}

/// The newest history bundle a version can build upon, and the commits that are known to be in its chain.
struct HistoryBase {
    std::optional<Place> previous;
    std::vector<CommitId> known;
};

HistoryBase history_base(const StoredHead& head, const CommitId& tip, PublishedThere& published) {
    if (head.head.roots) {
        return {head.head.roots->history_place, {CommitId(head.head.commit)}};
    }
    if (const auto stored = published.ancestor(tip)) {
        return {stored->record.roots.history_place, {CommitId(stored->record.commit)}};
    }
    return {};
}

/// Versions of this dataset's namespace that the registry holds, likeliest base first.
class UploadBases {
  public:
    UploadBases(Repository& repository, Registry& registry, PublishedThere& published)
        : repository_(repository), registry_(registry), published_(published) {}

    /// Mostly one of these is all that is needed.
    [[nodiscard]] std::vector<VersionRoots> first(const std::optional<StoredHead>& head,
                                                  const CommitId& commit) {
        if (head && head->head.roots) {
            return {*head->head.roots};
        }
        if (const auto stored = published_.ancestor(commit)) {
            return {stored->record.roots};
        }
        return {};
    }
    /// @param guard of the push that is to rely upon them; null when nothing is sent
    [[nodiscard]] std::vector<VersionRoots> more(const std::optional<Origin>& origin, PushGuard* guard) {
        std::vector<VersionRoots> bases;
        for (const auto& stored : published_.newest()) {
            bases.push_back(stored.record.roots);
        }
        if (!origin) {
            return bases;
        }
        const auto ref = DatasetRef::parse(origin->ref);
        const bool same_registry = !ref.registry || *ref.registry == registry_.alias();
        if (same_registry && ref.ns == repository_.name().ns() && ref.version) {
            const DatasetName source(*ref.ns, ref.name);
            if (const auto record = registry_.record(source, ref.version->str())) {
                bases.insert(bases.begin(), record->record.roots);
            } else if (guard != nullptr) {
                if (const auto roots = reuse_draft(*guard, registry_, source, ref.version->str(),
                                                   repository_.context().stop)) {
                    bases.insert(bases.begin(), *roots);
                }
            } else if (const auto draft = registry_.head(source, ref.version->str());
                       draft && draft->head.roots) {
                bases.insert(bases.begin(), *draft->head.roots);
            }
        }
        return bases;
    }

  private:
    Repository& repository_;
    Registry& registry_;
    PublishedThere& published_;
};

/// The version a dataset begins with, if it is in another namespace of this registry.
std::unique_ptr<RegistryVersion> origin_version(Repository& repository, Registry& registry,
                                                const std::optional<Origin>& origin) {
    if (!origin) {
        return nullptr;
    }
    const auto ref = DatasetRef::parse(origin->ref);
    if ((ref.registry && *ref.registry != registry.alias()) || !ref.ns || *ref.ns == repository.name().ns() ||
        !ref.version) {
        return nullptr;
    }
    const DatasetName source(*ref.ns, ref.name);
    if (const auto record = registry.record(source, ref.version->str())) {
        return std::make_unique<RegistryVersion>(registry, *ref.ns, record->record.roots,
                                                 &repository.store());
    }
    if (const auto draft = registry.head(source, ref.version->str()); draft && draft->head.roots) {
        return std::make_unique<RegistryVersion>(registry, *ref.ns, *draft->head.roots, &repository.store());
    }
    return nullptr;
}

} // namespace

PublishedThere::PublishedThere(Repository& repository, Registry& registry)
    : repository_(repository), registry_(registry) {}

const Registry::RecordVersions& PublishedThere::listing() {
    if (!listing_) {
        listing_ = registry_.record_versions(repository_.name());
    }
    return *listing_;
}

bool PublishedThere::has(const std::string& version) {
    return listing().contains(version);
}

std::optional<StoredRecord> PublishedThere::record(const std::string& version) {
    if (const auto known = read_.find(version); known != read_.end()) {
        return known->second;
    }
    const auto at = listing().find(version);
    if (at == listing().end()) {
        return std::nullopt;
    }
    return read_.emplace(version, registry_.record_at(repository_.name(), *at)).first->second;
}

void PublishedThere::add(const StoredRecord& stored) {
    const auto& version = stored.record.version;
    if (listing_) {
        listing_->insert_or_assign(version, DataBucket::Version{record_key(repository_.name(), version),
                                                                stored.version_id, stored.text.size()});
    }
    read_.insert_or_assign(version, stored);
}

std::vector<StoredRecord> PublishedThere::newest() {
    // The catalog is a hint about the order; what it does not know comes last.
    std::map<std::string, std::uint64_t> sequences;
    if (listing().size() > most_records) {
        if (const auto catalog = registry_.catalog(repository_.name())) {
            for (const auto& row : catalog->versions) {
                sequences[row.version] = row.sequence;
            }
        }
    }
    std::vector<std::pair<std::uint64_t, std::string>> names;
    for (const auto& [version, at] : listing()) {
        const auto known = sequences.find(version);
        names.emplace_back(known != sequences.end() ? known->second : 0, version);
    }
    std::sort(names.rbegin(), names.rend());
    names.resize(std::min(names.size(), most_records));
    std::vector<StoredRecord> result;
    for (const auto& [sequence, version] : names) {
        result.push_back(*record(version));
    }
    std::sort(result.begin(), result.end(), [](const StoredRecord& a, const StoredRecord& b) {
        return a.record.sequence > b.record.sequence;
    });
    return result;
}

std::optional<StoredRecord> PublishedThere::ancestor(const CommitId& commit) {
    auto& history = repository_.history();
    std::optional<LocalVersion> nearest;
    for (const auto& version : history.versions()) {
        if (version.state == VersionState::published && listing().contains(version.name.str()) &&
            history.is_ancestor(version.commit, commit) &&
            (!nearest || history.is_ancestor(nearest->commit, version.commit))) {
            nearest = version;
        }
    }
    if (nearest) {
        auto stored = record(nearest->name.str());
        if (stored && stored->record.commit == nearest->commit.hex()) {
            return stored;
        }
    }
    for (auto& stored : newest()) { // published by others, and not fetched
        const CommitId other(stored.record.commit);
        if (history.has_commit(other) && history.is_ancestor(other, commit)) {
            return std::move(stored);
        }
    }
    return std::nullopt;
}

void note_in_catalog(Session& session, Registry& registry, const DatasetName& dataset,
                     const CatalogEntry& entry) {
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
                               const CommitId& commit, PublishedThere& published) {
    auto& session = repository.session();
    auto& history = repository.history();
    const auto& dataset = repository.name();
    const auto named = [](const Head& head) {
        return !head.commit.empty() && head.state != HeadState::dropped;
    };
    auto head = registry.ensure_head(dataset, version);
    if (!named(head.head)) {
        registry.create_dataset(dataset, session.config().get("dataset.description").value_or(""),
                                session.now());
    }
    if (named(head.head) && head.head.commit == commit.hex() && head.head.roots) {
        return {*head.head.roots, head, {}, true};
    }
    if (named(head.head)) {
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
    UploadBases bases(repository, registry, published);
    const auto send = [&](PushGuard& guard) {
        const auto base = history_base(guard.head(), commit, published);
        const auto bundle = next_history(registry, dataset.ns(), history, commit, base.known, base.previous,
                                         &repository.store());
        PushRequest request{registry, dataset.ns(), data.tree, &repository.store(), nullptr, content.get(),
                            {},       journal,      {}};
        request.bases = bases.first(guard.head(), commit);
        request.more_bases = [&] { return bases.more(data.origin, &guard); };
        request.history = bundle ? &*bundle : nullptr;
        request.acknowledged = [&](const PackRef& pack) { guard.sent(pack); };
        request.condemned = [&](const PackRef& pack) { return guard.condemned().contains(pack); };
        std::unique_ptr<RegistryVersion> inherited;
        std::optional<PackCopies> copies;
        if (request.bases.empty()) {
            inherited = origin_version(repository, registry, data.origin);
        }
        if (inherited) {
            copies.emplace(*inherited, dataset.ns(), repository.context(), request.acknowledged);
            request.copies = &*copies;
        }
        VersionRoots roots;
        try {
            roots = push_tree(request, repository.context(), result.stats);
        } catch (const ReferenceLost& lost) {
            throw CorruptObject(fmt::format("version {} of {} cannot be sent: {}", version.str(),
                                            dataset.str(), lost.message()),
                                lost.hint());
        }
        if (!bundle) {
            roots.history_place = *base.previous;
        }
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
        if (update.current.head.state == HeadState::published ||
            update.current.head.state == HeadState::publishing) {
            throw Error(ErrorKind::immutable,
                        fmt::format("{}:{} is published in {} and cannot change", dataset.str(),
                                    version.str(), registry.alias()),
                        repository.next_draft_command(version));
        }
        head_moved(repository, registry, version, commit, update.current.head);
    }
    forget_push(registry, dataset.ns(), journal);
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

TransferStats measure_upload(Repository& repository, Registry& registry, const VersionName& version,
                             const CommitId& commit, PublishedThere& published) {
    const auto data = repository.history().read_commit(commit).data;
    const auto content = repository.content(data.tree.root);
    UploadBases bases(repository, registry, published);
    PushRequest request{
        registry, repository.name().ns(), data.tree, &repository.store(), nullptr, content.get(), {}, {}, {}};
    request.bases = bases.first(registry.head(repository.name(), version.str()), commit);
    request.more_bases = [&] { return bases.more(data.origin, nullptr); };
    return measure_push(request, repository.context());
}

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
        if (current.state == VersionState::draft && current.commit) {
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

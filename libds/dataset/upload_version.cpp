// One local version goes to a registry: what it can build upon there, the push itself, the head.
#include "dataset/push_version.hpp"

#include "base/units.hpp"
#include "release/fill_head.hpp"
#include "store/reference_lost.hpp"

#include <fmt/format.h>

namespace ds {

namespace {

[[noreturn]] void head_moved(Repository& repository, Registry& registry, const VersionName& version,
                             const std::optional<CommitId>& ours, const Head& theirs) {
    throw Error(ErrorKind::conflict,
                fmt::format("draft {} moved on {} since your last fetch (you {}, {} {} by {}, {})",
                            version.str(), registry.alias(), ours ? ours->short_hex() : "nothing",
                            registry.alias(), theirs.commit.substr(0, 10), theirs.author,
                            relative_time(theirs.time, repository.session().now())),
                "dsctl pull");
}

/// Whether a head names a commit.
bool named(const Head& head) {
    return !head.commit.empty() && head.state != HeadState::dropped;
}

/// Whether there is nothing to do for `commit`.
bool has_already(const Head& head, const CommitId& commit) {
    return named(head) && head.commit == commit.hex() && head.roots;
}

/// @throws Error(conflict) for a head with commits that `commit` does not build upon
void refuse_moved(Repository& repository, Registry& registry, const VersionName& version,
                  const CommitId& commit, const Head& head) {
    if (!named(head)) {
        return;
    }
    auto& history = repository.history();
    const CommitId theirs(head.commit);
    if (!history.has_commit(theirs) || !history.is_ancestor(theirs, commit)) {
        head_moved(repository, registry, version, commit, head);
    }
}

/// Versions of this dataset's namespace that the registry holds, likeliest base first.
class UploadBases {
  public:
    UploadBases(Repository& repository, Registry& registry, PublishedThere& published)
        : repository_(repository), registry_(registry), published_(published) {}

    /// What `commit` builds upon, and where its history ends.
    struct Base {
        VersionRoots roots;
        CommitId commit;
    };
    /// Mostly this is all that is needed: what the draft is now, or the newest published version before it.
    [[nodiscard]] std::optional<Base> first(const std::optional<StoredHead>& head, const CommitId& commit) {
        if (head && head->head.roots) {
            return Base{*head->head.roots, CommitId(head->head.commit)};
        }
        if (const auto stored = published_.ancestor(commit)) {
            return Base{stored->record.roots, CommitId(stored->record.commit)};
        }
        return std::nullopt;
    }
    [[nodiscard]] static std::vector<VersionRoots> roots_of(const std::optional<Base>& base) {
        return base ? std::vector<VersionRoots>{base->roots} : std::vector<VersionRoots>{};
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

void require_locking(Registry& registry) {
    (void)registry.record_lock(0);
}

UploadedVersion upload_version(Repository& repository, Registry& registry, const VersionName& version,
                               const CommitId& commit, PublishedThere& published) {
    auto& session = repository.session();
    auto& history = repository.history();
    const auto& dataset = repository.name();
    auto head = registry.ensure_head(dataset, version);
    if (!named(head.head)) {
        registry.create_dataset(dataset, session.config().get("dataset.description").value_or(""),
                                session.now());
    }
    if (has_already(head.head, commit)) {
        return {*head.head.roots, head, {}, true};
    }
    refuse_moved(repository, registry, version, commit, head.head);
    const auto data = history.read_commit(commit).data;
    const auto content = repository.content(data.tree.root);
    const auto journal = repository.dir() + "/journal";
    make_dirs(journal);

    UploadedVersion result;
    UploadBases bases(repository, registry, published);
    const auto send = [&](PushGuard& guard) {
        const auto base = bases.first(guard.head(), commit);
        const auto known = base ? std::vector<CommitId>{base->commit} : std::vector<CommitId>{};
        const auto previous = base ? std::optional(base->roots.history_place) : std::nullopt;
        const auto bundle =
            next_history(registry, dataset.ns(), history, commit, known, previous, &repository.store());
        PushRequest request{registry, dataset.ns(), data.tree, &repository.store(), nullptr, content.get(),
                            {},       journal,      {}};
        request.bases = UploadBases::roots_of(base);
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
            roots.history_place = previous.value();
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

UploadedVersion measure_upload(Repository& repository, Registry& registry, const VersionName& version,
                               const CommitId& commit, PublishedThere& published) {
    UploadedVersion result;
    const auto head = registry.head(repository.name(), version.str());
    if (head && has_already(head->head, commit)) {
        result.up_to_date = true;
        return result;
    }
    if (head) {
        refuse_moved(repository, registry, version, commit, head->head);
    }
    if (!head || !named(head->head)) {
        registry.refuse_case_rival(repository.name(), version);
    }
    const auto data = repository.history().read_commit(commit).data;
    const auto content = repository.content(data.tree.root);
    UploadBases bases(repository, registry, published);
    PushRequest request{
        registry, repository.name().ns(), data.tree, &repository.store(), nullptr, content.get(), {}, {}, {}};
    request.bases = UploadBases::roots_of(bases.first(head, commit));
    request.more_bases = [&] { return bases.more(data.origin, nullptr); };
    result.stats = measure_push(request, repository.context());
    return result;
}

} // namespace ds

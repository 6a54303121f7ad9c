#include "base/units.hpp"
#include "dataset/known_signers.hpp"
#include "dataset/merge_state.hpp"
#include "dataset/overtaken.hpp"
#include "dataset/push_version.hpp"
#include "dataset/seen.hpp"
#include "registry/deprecations.hpp"
#include "release/plain_copy.hpp"

#include <fmt/format.h>

namespace ds {

namespace {

bool is_full_ref(std::string_view word) {
    return word.find('/') != std::string_view::npos || word.find(':', 1) != std::string_view::npos;
}

std::string describe_locks(Registry& registry, const std::string& name, const Manifest& manifest,
                           std::int64_t now) {
    const auto& description = registry.description();
    const auto packs = rfc3339(now + std::int64_t{description.pack_days} * 86'400).substr(0, 10);
    const auto record = rfc3339(now + std::int64_t{description.record_days} * 86'400).substr(0, 10);
    return fmt::format("{}: {}, {}; content will be locked until {}, the name until {} ({} mode{})", name,
                       plural(manifest.files + manifest.symlinks, "file"), human_bytes(manifest.bytes), packs,
                       record, description.retention_mode,
                       registry.locking() == DataBucket::Locking::weak
                           ? "; a folder registry locks by read-only files, which its owner can undo"
                           : "");
}

void confirm_or_abort(const PublishOptions& options, const std::string& text) {
    if (options.confirm && !options.confirm(text)) {
        throw Error(ErrorKind::failure, "not published: not confirmed", "dsctl publish --yes");
    }
}

PublishResult result_of(Registry& registry, const DatasetName& dataset, const StoredRecord& stored) {
    PublishResult result;
    result.registry = registry.alias();
    result.dataset = dataset;
    result.version = stored.record.version;
    result.digest = stored.record.digest;
    result.manifest = stored.record.manifest;
    result.sequence = stored.record.sequence;
    result.locking = registry.locking();
    result.retention_mode = registry.description().retention_mode;
    const auto record_lock =
        registry.data().retention(record_key(dataset, stored.record.version), stored.version_id);
    if (record_lock.mode != RetentionMode::none) {
        result.record_locked_until = record_lock.until;
    }
    const PackRef root_pack{stored.record.roots.layout_place.pack,
                            stored.record.roots.layout_place.version_id};
    const auto pack_lock = registry.pack_retention(dataset.ns(), root_pack);
    if (pack_lock.mode != RetentionMode::none) {
        result.packs_locked_until = pack_lock.until;
    }
    return result;
}

/// What a dry run can tell without asking for more.
PublishResult would_publish(Registry& registry, const DatasetName& dataset, const std::string& version,
                            const Manifest& manifest, std::int64_t now) {
    PublishResult would;
    would.registry = registry.alias();
    would.dataset = dataset;
    would.version = version;
    would.manifest = manifest;
    would.digest = manifest.digest();
    would.locking = registry.locking();
    would.retention_mode = registry.description().retention_mode;
    would.packs_locked_until = registry.pack_lock(now).until;
    would.record_locked_until = registry.record_lock(now).until;
    return would;
}

/// From now on the registry is held to it.
void note_seen(Session& session, Registry& registry, const DatasetName& dataset, const StoredRecord& stored) {
    SeenVersions(registry, dataset, session.context().log).check_version(stored.record.version, stored);
}

/// After the claim: the tag alone bears the name here. Each step can be run again.
void seal_locally(Repository& repository, const VersionName& version, const StoredRecord& stored) {
    auto& history = repository.history();
    const auto who = repository.session().author();
    history.add_published(version, CommitId(stored.record.commit), stored.text, who);
    if (history.current().name == version) {
        history.set_current(version, VersionState::published);
    }
    if (history.draft(version)) {
        history.remove_draft(version);
    }
}

/// @returns how many files stand beside the version untracked: easily forgotten, and too late afterwards
std::uint64_t require_clean(Repository& repository, const VersionName& version) {
    if (repository.history().current().name != version) {
        return 0;
    }
    std::uint64_t untracked = 0;
    const bool staged = repository.worktree().staged().root != repository.head_tree().root;
    if (staged || repository.worktree().is_modified(repository.context(), &untracked)) {
        throw Error(ErrorKind::failure,
                    fmt::format("draft {} has changes that no commit holds", version.str()),
                    staged ? "dsctl commit -m MESSAGE" : "dsctl commit -a -m MESSAGE, or dsctl restore .");
    }
    if (untracked > 0) {
        repository.context().log.warn(fmt::format(
            "{} untracked {} not part of {}: dsctl status shows, dsctl add -A . && dsctl commit takes {} in",
            grouped(untracked), untracked == 1 ? "file is" : "files are", version.str(),
            untracked == 1 ? "it" : "them"));
    }
    return untracked;
}

/// Adds a signature to what is published already.
/// @param repository where to note who signed; null outside of a checkout
void sign_published(Session& session, Registry& registry, const DatasetName& dataset,
                    const StoredRecord& stored, RecordSigner* signer, PublishResult& result,
                    Repository* repository) {
    if (signer != nullptr) {
        (void)add_signature(registry, dataset, stored.record.version, stored.text, *signer,
                            registry.record_lock(session.lock_time()), session.context());
        result.signer = signer->key();
        if (repository != nullptr) {
            save_signatures(*repository, registry, {stored});
        }
    }
}

/// Opened before anything is sent: a key that is missing shows at once.
std::unique_ptr<RecordSigner> signer_of(Session& session, const PublishOptions& options) {
    return options.sign ? configured_signer(session, options.sign_key) : nullptr;
}

} // namespace

PublishResult publish(Repository& repository, const PublishOptions& options) {
    if (options.version && is_full_ref(*options.version)) {
        return publish_remote(repository.session(), options);
    }
    const auto lock = repository.lock();
    auto& session = repository.session();
    auto& history = repository.history();
    auto& registry = session.registry(options.registry.value_or(repository.registry_alias()));
    const auto word = options.version.value_or(history.current().name.str());
    const VersionName version(word.starts_with(":") ? word.substr(1) : word);
    const auto name = repository.name().str() + ":" + version.str();
    const auto signer = signer_of(session, options);

    if (const auto tag = history.published(version)) {
        refuse_unless_same(repository, version);
        const auto there = registry.record(repository.name(), version.str());
        const auto here = Record::parse(tag->record, name);
        if (!there) {
            throw Error(ErrorKind::immutable,
                        fmt::format("{} is published already, in another registry", name),
                        fmt::format("dsctl push --to {} {}", registry.alias(), version.str()));
        }
        if (there->record.digest != here.digest) {
            throw CorruptObject(fmt::format("{} is {} here but {} in {}", name, digest_str(here.digest),
                                            digest_str(there->record.digest), registry.alias()),
                                "dsctl verify " + fmt::format("{}/{}", registry.alias(), name));
        }
        if (here.registry_id == there->record.registry_id && there->text != tag->record) {
            throw CorruptObject(
                fmt::format("the record of {} in {} is another one than here", name, registry.alias()),
                "ask who runs the registry");
        }
        seal_locally(repository, version, {there->record, tag->record, there->version_id});
        auto result = result_of(registry, repository.name(), *there);
        result.already = true;
        sign_published(session, registry, repository.name(), *there, options.dry_run ? nullptr : signer.get(),
                       result, &repository);
        return result;
    }
    const auto commit = history.draft(version);
    if (!commit) {
        if (history.current().name != version) {
            (void)repository.resolve(version.str());
        }
        throw Error(ErrorKind::failure, fmt::format("{} is empty; there is nothing to publish", name),
                    "dsctl add . && dsctl commit -m MESSAGE");
    }
    const auto data = history.read_commit(*commit).data;
    if (data.tree.entries == 0) {
        throw Error(ErrorKind::failure, fmt::format("{} is empty; there is nothing to publish", name),
                    "dsctl add . && dsctl commit -m MESSAGE");
    }
    if (history.current().name == version) {
        refuse_waiting_merge(repository);
    }
    const auto untracked = require_clean(repository, version);
    require_locking(registry);
    PublishedThere published(repository, registry);
    if (options.plain) {
        check_plain(repository.store(), data.tree.root, repository.name(), version.str());
    }
    const auto manifest = make_manifest(repository.store(), data.tree.root, repository.context().stop);
    // Somebody's record decides, whoever's head it is: a publisher killed after its claim ends up here again.
    std::optional<StoredRecord> stored = published.record(version.str());
    if (stored && stored->record.digest != manifest.digest()) {
        throw Error(ErrorKind::conflict,
                    fmt::format("{} is published in {} with other content ({})", name, registry.alias(),
                                digest_str(stored->record.digest)),
                    "publish under another name: " + repository.next_draft_command(version));
    }
    const bool claimed = stored && stored->record.commit == commit->hex();
    if (options.dry_run) {
        auto would = would_publish(registry, repository.name(), version.str(), manifest, session.lock_time());
        would.untracked = untracked;
        if (!claimed) {
            would.stats = measure_upload(repository, registry, version, *commit, published).stats;
        }
        return would;
    }
    confirm_or_abort(options, describe_locks(registry, name, manifest, session.lock_time()));

    UploadedVersion uploaded;
    if (!claimed) {
        uploaded = upload_version(repository, registry, version, *commit, published);
        PublishRequest request{registry,
                               repository.name(),
                               version,
                               manifest,
                               uploaded.roots,
                               commit->hex(),
                               data.origin,
                               data.author.name,
                               options.message,
                               session.now(),
                               published.ancestor(*commit)};
        request.head = uploaded.head;
        request.trees = &repository.store();
        request.author = session.author().name;
        request.signer = signer.get();
        stored = publish_version(request, repository.context());
    }
    note_seen(session, registry, repository.name(), *stored);
    history.set_remote(registry.alias(), version.str(), CommitId(stored->record.commit));
    repository.save_remote(registry.alias(), version.str(), stored->text);
    seal_locally(repository, version, *stored);
    auto result = result_of(registry, repository.name(), *stored);
    result.stats = uploaded.stats;
    result.untracked = untracked;
    sign_published(session, registry, repository.name(), *stored, signer.get(), result, &repository);
    return result;
}

PublishResult publish_remote(Session& session, const PublishOptions& options) {
    const auto ref = DatasetRef::parse(options.version.value_or(""));
    if (!ref.version) {
        throw Error(ErrorKind::usage, "publishing in a registry needs a version in the reference",
                    "dsctl publish " + ref.str() + ":VERSION");
    }
    const auto source = resolve_ref(session, ref);
    auto& registry = session.registry(source.registry);
    const auto name = source.dataset.str() + ":" + source.version;
    const auto signer = signer_of(session, options);
    if (source.published) {
        auto result = result_of(registry, source.dataset, *source.record);
        result.already = true;
        sign_published(session, registry, source.dataset, *source.record,
                       options.dry_run ? nullptr : signer.get(), result, nullptr);
        return result;
    }
    if (source.commit.empty() || source.roots.tree.entries == 0) {
        throw Error(ErrorKind::failure, fmt::format("{} is empty; there is nothing to publish", name),
                    "push something to it first");
    }
    require_locking(registry);
    RegistryVersion remote(registry, source.dataset.ns(), source.roots);
    if (options.plain) {
        check_plain(remote, source.roots.tree.root, source.dataset, source.version);
    }
    const auto manifest = make_manifest(remote, source.roots.tree.root, session.context().stop);
    if (options.dry_run) {
        return would_publish(registry, source.dataset, source.version, manifest, session.lock_time());
    }
    confirm_or_abort(options, describe_locks(registry, name, manifest, session.lock_time()));
    PublishRequest request{registry,        source.dataset, *ref.version,  manifest,
                           source.roots,    source.commit,  source.origin, "",
                           options.message, session.now(),  std::nullopt};
    request.author = session.author().name;
    request.signer = signer.get();
    const auto stored = publish_version(request, session.context());
    note_seen(session, registry, source.dataset, stored);
    auto result = result_of(registry, source.dataset, stored);
    if (signer) {
        result.signer = signer->key();
    }
    return result;
}

void deprecate(Session& session, const DatasetRef& ref, const std::string& reason) {
    if (!ref.version) {
        throw Error(ErrorKind::usage, "say which version to deprecate",
                    "dsctl deprecate " + ref.str() + ":VERSION");
    }
    const auto version = resolve_ref(session, ref);
    if (!version.published) {
        throw Error(
            ErrorKind::failure,
            fmt::format("{}:{} is a draft; only published versions can be deprecated", version.dataset.str(),
                        version.version),
            fmt::format("dsctl drop {}/{}:{}", version.registry, version.dataset.str(), version.version));
    }
    auto& registry = session.registry(version.registry);
    set_deprecation(registry, version.dataset, version.version, reason, session.author().name, session.now());
    const bool noted = registry.update_catalog(version.dataset, [&](Catalog& catalog) {
        for (auto& row : catalog.versions) {
            if (row.version == version.version) {
                row.deprecated = reason;
                return;
            }
        }
        CatalogEntry row;
        row.version = version.version;
        row.state = HeadState::published;
        row.sequence = version.record->record.sequence;
        row.digest = version.digest;
        row.deprecated = reason;
        row.time = version.time;
        catalog.versions.push_back(row);
    });
    if (!noted) {
        session.context().log.trace(fmt::format("the catalog of {} was not updated", version.dataset.str()));
    }
}

} // namespace ds

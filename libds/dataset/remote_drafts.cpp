// Drafts made and dropped in a registry, without a checkout.
#include "base/units.hpp"
#include "dataset/push_version.hpp"
#include "dataset/scratch_history.hpp"
#include "dataset/signing.hpp"
#include "dataset/uses.hpp"
#include "release/fill_head.hpp"

#include <fmt/format.h>

namespace ds {

namespace {

StoredHead empty_head(Registry& registry, const DatasetName& dataset, const VersionName& version) {
    auto head = registry.ensure_head(dataset, version);
    const bool free = head.head.state == HeadState::empty || head.head.state == HeadState::dropped;
    if (!free || registry.record(dataset, version.str())) {
        throw Error(ErrorKind::conflict,
                    fmt::format("{}:{} exists already in {}", dataset.str(), version.str(), registry.alias()),
                    fmt::format("dsctl versions {}/{}", registry.alias(), dataset.str()));
    }
    return head;
}

[[noreturn]] void made_meanwhile(Registry& registry, const DatasetName& dataset, const VersionName& version,
                                 const HeadUpdate& update) {
    throw Error(ErrorKind::conflict,
                fmt::format("{}:{} was made by {} meanwhile", dataset.str(), version.str(),
                            update.current.head.author),
                fmt::format("dsctl versions {}/{}", registry.alias(), dataset.str()));
}

/// Changes a head in a way that makes it reach nothing new: a collector in between is no matter.
HeadUpdate change_head(Session& session, Registry& registry, StoredHead head,
                       const std::function<void(Head&)>& change) {
    for (;;) {
        session.context().check_stop();
        auto update = registry.update_head(head, change, session.now());
        if (update.outcome == HeadUpdate::Outcome::done || !same_content(update.current.head, head.head)) {
            return update;
        }
        head = std::move(update.current);
    }
}

} // namespace

DraftResult draft_remote(Session& session, const DraftOptions& options) {
    const auto ref = DatasetRef::parse(options.version);
    if (!ref.version) {
        throw Error(ErrorKind::usage, "a draft in a registry needs a version in the reference",
                    fmt::format("dsctl draft {}:VERSION --inherit REF, or --new", ref.str()));
    }
    if (options.start_new == options.inherit.has_value()) {
        throw Error(ErrorKind::usage, "say how the draft starts", "--inherit REF, or --new for an empty one");
    }
    const auto alias = session.registry_of(ref);
    const auto dataset = session.dataset_of(ref);
    auto& registry = session.registry(alias);
    std::optional<ResolvedVersion> source;
    if (options.inherit) {
        // A bare ":v1" or "v1" is another version of the same dataset.
        const bool bare = options.inherit->find('/') == std::string::npos &&
                          options.inherit->find(':', 1) == std::string::npos;
        const auto text = !bare ? *options.inherit
                          : options.inherit->starts_with(":")
                              ? fmt::format("{}/{}{}", alias, dataset.str(), *options.inherit)
                              : fmt::format("{}/{}:{}", alias, dataset.str(), *options.inherit);
        source = resolve_ref(session, DatasetRef::parse(text));
        require_signers(session, *source);
        if (source->commit.empty()) {
            throw Error(ErrorKind::failure,
                        fmt::format("{}:{} is empty", source->dataset.str(), source->version),
                        "dsctl draft " + options.version + " --new");
        }
    }
    registry.create_dataset(dataset, "", session.now());
    const auto head = empty_head(registry, dataset, *ref.version);
    DraftResult result{dataset, *ref.version, alias, {}, empty_tree(), 0};
    CatalogEntry row;
    row.version = ref.version->str();
    row.time = session.now();
    if (!source) {
        row.state = HeadState::empty;
        if (head.head.state == HeadState::dropped) {
            const auto update = change_head(session, registry, head, [&](Head& next) {
                next.state = HeadState::empty;
                next.commit.clear();
                next.roots.reset();
                next.origin.reset();
            });
            if (update.outcome == HeadUpdate::Outcome::conflict) {
                made_meanwhile(registry, dataset, *ref.version, update);
            }
        }
        note_in_catalog(session, registry, dataset, row);
        return result;
    }
    result.tree = source->roots.tree;
    const bool same_namespace = source->registry == alias && source->dataset.ns() == dataset.ns();
    std::optional<Origin> origin = source->origin;
    auto commit = source->commit;
    std::unique_ptr<ScratchHistory> scratch;
    if (!(same_namespace && source->dataset == dataset)) {
        origin = Origin{fmt::format("{}/{}:{}", source->registry, source->dataset.str(), source->version),
                        source->digest.value_or(Sha256{})};
        scratch = std::make_unique<ScratchHistory>();
        CommitData data;
        data.tree = source->roots.tree;
        data.origin = origin;
        data.author = session.author();
        data.message = fmt::format("Inherit from {}:{}\n", source->dataset.str(), source->version);
        commit = scratch->get().write_commit(data).hex();
    }
    const auto send = [&](PushGuard& guard) {
        auto roots = source->roots;
        bool as_it_is = same_namespace;
        if (same_namespace && !source->published) { // the draft may have moved on
            const auto now =
                reuse_draft(guard, registry, source->dataset, source->version, session.context().stop);
            as_it_is = now && now->tree == roots.tree;
            roots = as_it_is ? *now : roots;
        }
        if (!as_it_is) {
            RegistryVersion remote(session.registry(source->registry), source->dataset.ns(), roots);
            PushRequest request{registry, dataset.ns(), roots.tree, nullptr, &remote, nullptr, {}, {}, {}};
            request.acknowledged = [&](const PackRef& pack) { guard.sent(pack); };
            request.condemned = [&](const PackRef& pack) { return guard.condemned().contains(pack); };
            TransferStats stats;
            std::optional<PackCopies> copies;
            if (source->registry == alias &&
                !same_namespace) { // inside of the storage, as far as whole packs go
                copies.emplace(remote, dataset.ns(), session.context(), request.acknowledged);
                copies->copy_all();
                request.copies = &*copies;
            }
            const auto history = roots.history_place;
            roots = push_tree(request, session.context(), stats);
            result.bytes_moved += stats.bytes;
            if (!scratch) {
                roots.history_place = copy_history(registry, dataset.ns(), history, registry, dataset.ns());
            }
        }
        if (scratch) {
            roots.history_place =
                push_history(registry, dataset.ns(), scratch->get(), CommitId(commit), {}, std::nullopt);
        }
        return roots;
    };
    const auto change = [&](Head& next, const VersionRoots& roots) {
        next.state = HeadState::draft;
        next.commit = commit;
        next.roots = roots;
        next.origin = origin;
        next.author = session.author().name;
    };
    const auto update = fill_head({registry, dataset, head, send, change, [&] { return session.now(); }});
    if (update.outcome == HeadUpdate::Outcome::conflict) {
        made_meanwhile(registry, dataset, *ref.version, update);
    }
    result.origin = origin;
    row.state = HeadState::draft;
    row.entries = result.tree.entries;
    row.bytes = result.tree.bytes;
    row.from = source->dataset == dataset ? source->version : origin->ref;
    note_in_catalog(session, registry, dataset, row);
    return result;
}

void drop_remote(Session& session, const DatasetRef& ref, bool force) {
    if (!ref.version) {
        throw Error(ErrorKind::usage, "say which version to drop", "dsctl drop " + ref.str() + ":VERSION");
    }
    const auto version = resolve_ref(session, ref);
    auto& registry = session.registry(version.registry);
    const auto name = fmt::format("{}:{}", version.dataset.str(), version.version);
    if (version.published) {
        const auto lock = registry.data().retention(record_key(version.dataset, version.version),
                                                    version.record->version_id);
        throw Error(ErrorKind::immutable,
                    fmt::format("{} is published; its lock ({}) holds until {}", name,
                                registry.description().retention_mode, rfc3339(lock.until)),
                    fmt::format("dsctl deprecate {}/{} --reason TEXT", version.registry, name));
    }
    if (!force) {
        refuse_if_used(session, {version.registry, version.dataset, version.version, {}}, &registry,
                       fmt::format("dsctl drop --force {}/{}", version.registry, name));
    }
    const auto update = change_head(session, registry, *version.head, [&](Head& next) {
        next.state = HeadState::dropped;
        next.commit.clear();
        next.roots.reset();
        next.origin.reset();
        next.author = session.author().name;
    });
    if (update.outcome == HeadUpdate::Outcome::conflict) {
        throw Error(ErrorKind::conflict,
                    fmt::format("{} was changed by {} meanwhile", name, update.current.head.author),
                    fmt::format("dsctl versions {}/{}", version.registry, version.dataset.str()));
    }
    registry.update_catalog(version.dataset, [&](Catalog& catalog) {
        std::erase_if(catalog.versions, [&](const auto& row) { return row.version == version.version; });
    });
}

} // namespace ds

// Drafts made and dropped in a registry, without a checkout.
#include "base/units.hpp"
#include "dataset/push_version.hpp"
#include "dataset/signing.hpp"

#include <fmt/format.h>

namespace ds {

namespace {

/// A repository for the one commit that begins a version inherited from another dataset; gone with the scope.
class ScratchHistory {
  public:
    ScratchHistory() : dir_(env("TMPDIR").value_or("/tmp") + "/dsctl-" + random_hex(8)) {
        make_dirs(dir_, 0700);
        History::create(dir_ + "/git", VersionName("scratch"));
        history_ = History::open(dir_ + "/git");
    }
    ~ScratchHistory() {
        try {
            history_.reset();
            remove_tree(dir_);
        } catch (const Error&) { // a leftover in the temporary folder hurts nobody
        }
    }
    ScratchHistory(const ScratchHistory&) = delete;
    ScratchHistory& operator=(const ScratchHistory&) = delete;
    History& get() { return *history_; }

  private:
    std::string dir_;
    std::unique_ptr<History> history_;
};

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

void fill_head(Session& session, Registry& registry, const DatasetName& dataset, const VersionName& version,
               const StoredHead& head, const std::function<void(Head&)>& change) {
    const auto update = registry.update_head(head, change, session.now());
    if (update.outcome == HeadUpdate::Outcome::conflict) {
        throw Error(ErrorKind::conflict,
                    fmt::format("{}:{} was made by {} meanwhile", dataset.str(), version.str(),
                                update.current.head.author),
                    fmt::format("dsctl versions {}/{}", registry.alias(), dataset.str()));
    }
}

} // namespace

DraftResult draft_remote(Session& session, const DraftOptions& options) {
    const auto ref = DatasetRef::parse(options.version);
    if (!ref.version) {
        throw Error(ErrorKind::usage, "a draft in a registry needs a version in the reference",
                    "dsctl draft " + ref.str() + ":VERSION");
    }
    if (options.start_new == options.inherit.has_value()) {
        throw Error(ErrorKind::usage, "say how the draft starts", "--inherit REF, or --new for an empty one");
    }
    const auto alias = ref.registry.value_or(session.default_registry());
    const DatasetName dataset(ref.ns.value_or(session.default_namespace()), ref.name);
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
            throw Error(ErrorKind::failure, fmt::format("{}:{} is empty", source->dataset.str(), source->version),
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
            fill_head(session, registry, dataset, *ref.version, head, [&](Head& next) {
                next.state = HeadState::empty;
                next.commit.clear();
                next.roots.reset();
                next.origin.reset();
            });
        }
        note_in_catalog(session, registry, dataset, row);
        return result;
    }
    result.tree = source->roots.tree;
    auto roots = source->roots;
    auto commit = source->commit;
    const bool same_namespace = source->registry == alias && source->dataset.ns() == dataset.ns();
    if (!same_namespace) {
        RegistryVersion remote(session.registry(source->registry), source->dataset.ns(), source->roots);
        PushRequest request{registry, dataset.ns(), source->roots.tree, nullptr, &remote, nullptr, {}, {}, {}};
        TransferStats stats;
        roots = push_tree(request, session.context(), stats);
        result.bytes_moved = stats.bytes;
    }
    std::optional<Origin> origin = source->origin;
    if (!(same_namespace && source->dataset == dataset)) {
        origin = Origin{fmt::format("{}/{}:{}", source->registry, source->dataset.str(), source->version),
                        source->digest.value_or(Sha256{})};
        ScratchHistory scratch;
        CommitData data;
        data.tree = source->roots.tree;
        data.origin = origin;
        data.author = session.author();
        data.message = fmt::format("Inherit from {}:{}\n", source->dataset.str(), source->version);
        const auto id = scratch.get().write_commit(data);
        roots.history_place = push_history(registry, dataset.ns(), scratch.get(), id, {}, std::nullopt);
        commit = id.hex();
    }
    fill_head(session, registry, dataset, *ref.version, head, [&](Head& next) {
        next.state = HeadState::draft;
        next.commit = commit;
        next.roots = roots;
        next.origin = origin;
        next.author = session.author().name;
    });
    result.origin = origin;
    row.state = HeadState::draft;
    row.entries = result.tree.entries;
    row.bytes = result.tree.bytes;
    row.from = source->dataset == dataset ? source->version : origin->ref;
    note_in_catalog(session, registry, dataset, row);
    return result;
}

void drop_remote(Session& session, const DatasetRef& ref) {
    if (!ref.version) {
        throw Error(ErrorKind::usage, "say which version to drop", "dsctl drop " + ref.str() + ":VERSION");
    }
    const auto version = resolve_ref(session, ref);
    auto& registry = session.registry(version.registry);
    const auto name = fmt::format("{}:{}", version.dataset.str(), version.version);
    if (version.published) {
        const auto lock =
            registry.data().retention(record_key(version.dataset, version.version), version.record->version_id);
        throw Error(ErrorKind::immutable,
                    fmt::format("{} is published; its lock ({}) holds until {}", name,
                                registry.description().retention_mode, rfc3339(lock.until)),
                    fmt::format("dsctl deprecate {}/{} --reason TEXT", version.registry, name));
    }
    const auto update = registry.update_head(
        *version.head,
        [&](Head& next) {
            next.state = HeadState::dropped;
            next.commit.clear();
            next.roots.reset();
            next.origin.reset();
            next.author = session.author().name;
        },
        session.now());
    if (update.outcome == HeadUpdate::Outcome::conflict) {
        throw Error(ErrorKind::conflict, fmt::format("{} was changed by {} meanwhile", name, update.current.head.author),
                    fmt::format("dsctl versions {}/{}", version.registry, version.dataset.str()));
    }
    registry.update_catalog(version.dataset, [&](Catalog& catalog) {
        std::erase_if(catalog.versions, [&](const auto& row) { return row.version == version.version; });
    });
}

} // namespace ds

#include "dataset/remote_edit.hpp"

#include "base/path.hpp"
#include "base/units.hpp"
#include "dataset/draft_editor.hpp"
#include "dataset/push_version.hpp"
#include "dataset/scratch_slot.hpp"
#include "history/commit_objects.hpp"
#include "worktree/compare.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds {

namespace {

constexpr unsigned most_rounds = 64;
constexpr unsigned most_readings = 4;
constexpr std::size_t most_named = 10;

[[noreturn]] void is_published(const std::string& alias, const DatasetName& dataset,
                               const std::string& version) {
    throw Error(ErrorKind::immutable,
                fmt::format("{}:{} is published and cannot change", dataset.str(), version),
                fmt::format("dsctl draft {}/{}:NEW --inherit {}", alias, dataset.str(), version));
}

/// The draft to change, and which registry and dataset it is of.
struct Target {
    Registry& registry;
    DatasetName dataset;
    VersionName version;
    StoredHead head;
    bool made = false;
    [[nodiscard]] std::string name() const {
        return fmt::format("{}/{}:{}", registry.alias(), dataset.str(), version.str());
    }
};

void refuse_state(Registry& registry, const DatasetName& dataset, const Head& head) {
    if (head.state == HeadState::published) {
        is_published(registry.alias(), dataset, head.version);
    }
    if (head.state == HeadState::publishing) {
        throw Error(ErrorKind::conflict,
                    fmt::format("{}:{} is being published by {}", dataset.str(), head.version, head.author),
                    fmt::format("dsctl versions {}/{}", registry.alias(), dataset.str()));
    }
    if (head.state == HeadState::dropped) {
        throw Error(ErrorKind::not_found,
                    fmt::format("{} has no version {} in registry '{}'", dataset.str(), head.version,
                                registry.alias()),
                    fmt::format("dsctl draft {}/{}:{} --new", registry.alias(), dataset.str(), head.version));
    }
}

/// The draft that is there; nothing if it is to be made.
std::optional<ResolvedVersion> find_draft(Session& session, const DatasetRef& ref, Missing missing) {
    if (!ref.version) {
        throw Error(ErrorKind::usage, fmt::format("say which draft of {} is to change", ref.str()),
                    fmt::format("write {}:VERSION; dsctl versions {} lists them", ref.str(), ref.str()));
    }
    const auto alias = session.registry_of(ref);
    const auto dataset = session.dataset_of(ref);
    try {
        auto found = resolve_ref(session, ref);
        if (found.published) {
            is_published(alias, dataset, found.version);
        }
        refuse_state(session.registry(alias), dataset, found.head->head);
        return found;
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::not_found) {
            throw;
        }
        if (missing == Missing::is_made) {
            return std::nullopt;
        }
        const bool suggests =
            error.hint().starts_with("did you mean") || error.hint().starts_with("dsctl push");
        throw Error(
            ErrorKind::not_found, error.message(),
            suggests ? error.hint()
                     : fmt::format("dsctl draft {}/{}:{} --new", alias, dataset.str(), ref.version->str()));
    }
}

Target find_target(Session& session, const RemoteEdit& edit) {
    const auto& ref = edit.ref;
    auto found = find_draft(session, ref, edit.create ? Missing::is_made : Missing::is_an_error);
    const auto dataset = session.dataset_of(ref);
    auto& registry = session.registry(session.registry_of(ref));
    if (found) {
        return {registry, dataset, *ref.version, std::move(*found->head), false};
    }
    registry.create_dataset(dataset, "", session.now());
    auto head = registry.ensure_head(dataset, *ref.version);
    if (head.head.state == HeadState::dropped) {
        const auto update = registry.update_head(
            head, [](Head& next) { next.state = HeadState::empty; }, session.now());
        head = update.current;
    }
    refuse_state(registry, dataset, head.head);
    return {registry, dataset, *ref.version, std::move(head), true};
}

[[noreturn]] void both_changed(const Target& target, const std::vector<MergeConflict>& conflicts,
                               const std::string& author) {
    std::string names;
    for (std::size_t i = 0; i < conflicts.size() && i < most_named; ++i) {
        names += fmt::format("{}'{}'", i == 0 ? "" : ", ", printable(conflicts[i].path));
    }
    if (conflicts.size() > most_named) {
        names += fmt::format(" and {} more", conflicts.size() - most_named);
    }
    throw Error(ErrorKind::conflict,
                fmt::format("{} changed {} in {} meanwhile; nothing of yours was committed",
                            author.empty() ? "somebody" : printable(author), names, target.name()),
                fmt::format("look at it (dsctl ls --in {}), then run the same command again", target.name()));
}

CommitObjects make_commit(Session& session, const Head& head, const TreeInfo& tree,
                          const std::string& message) {
    CommitData data;
    data.tree = tree;
    if (!head.commit.empty()) {
        data.parents.emplace_back(head.commit);
    }
    data.origin = head.origin;
    data.author = session.author();
    data.message = message + "\n";
    return commit_objects(data);
}

std::string message_of(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) {
        text.pop_back();
    }
    if (text.find('\0') != std::string::npos) {
        throw Error(ErrorKind::usage, "a commit message cannot hold a NUL byte");
    }
    return text.empty() ? "Change files" : text;
}

RemoteCommit edit_once(Session& session, const RemoteEdit& edit, bool& made_draft) {
    auto& context = session.context();
    auto target = find_target(session, edit);
    made_draft = made_draft || target.made;
    auto& registry = target.registry;
    const auto& dataset = target.dataset;
    const auto message = message_of(edit.message);

    const ScratchSlot slot("put", fmt::format("{}\n{}:{}\n{}", registry.url(), dataset.str(),
                                              target.version.str(), edit.source));
    std::vector<std::unique_ptr<RegistryVersion>> versions; // the draft as it was in each round
    const auto version_of = [&](const Head& head) -> RegistryVersion* {
        return head.roots
                   ? versions
                         .emplace_back(std::make_unique<RegistryVersion>(registry, dataset.ns(), *head.roots))
                         .get()
                   : nullptr;
    };
    auto* base = version_of(target.head.head);
    EditSession work(registry, dataset.ns(), slot.path(), context, base, target.name());

    RemoteCommit result;
    result.registry = registry.alias();
    result.dataset = dataset;
    result.version = target.version.str();
    result.made_draft = made_draft;
    std::optional<TreeInfo> tree; // what is to be, upon the head of the round
    auto below = work.base();     // what it is upon
    CommitObjects commit;
    struct Unchanged {};

    for (auto head = target.head;;) {
        const auto send = [&](PushGuard& guard) {
            work.staged().begin_round({[&](const PackRef& pack) { return guard.condemned().contains(pack); },
                                       [&](const PackRef& pack) { guard.sent(pack); }});
            if (!tree) {
                edit.edit(work);
                tree = work.finish();
            }
            if (tree->root == below.root) {
                throw Unchanged{};
            }
            const auto& now = guard.head().head;
            commit = make_commit(session, now, *tree, message);
            const auto previous = now.roots ? std::optional(now.roots->history_place) : std::nullopt;
            const auto bundle = history_upon(registry, dataset.ns(), commit.objects, previous);
            PushRequest request{registry, dataset.ns(),
                                *tree,    &work.store(),
                                nullptr,  versions.empty() ? nullptr : versions.back().get(),
                                {},       {},
                                {}};
            if (now.roots) {
                request.bases.push_back(*now.roots);
            }
            request.nodes = &work.nodes();
            request.staged = &work.staged();
            request.history = &bundle;
            request.acknowledged = [&](const PackRef& pack) { guard.sent(pack); };
            request.condemned = [&](const PackRef& pack) { return guard.condemned().contains(pack); };
            return push_tree(request, context, result.stats);
        };
        const auto change = [&](Head& next, const VersionRoots& roots) {
            next.state = HeadState::draft;
            next.commit = commit.id.hex();
            next.roots = roots;
            next.author = session.author().name;
        };
        HeadUpdate update;
        try {
            update = fill_head({registry, dataset, head, send, change, [&] { return session.now(); }});
        } catch (const Unchanged&) {
            result.commit = head.head.commit;
            result.tree = below;
            break;
        }
        if (update.outcome == HeadUpdate::Outcome::done) {
            result.changed = true;
            result.commit = commit.id.hex();
            result.tree = *tree;
            break;
        }
        // Somebody was faster: what they have is what this goes upon.
        head = std::move(update.current);
        refuse_state(registry, dataset, head.head);
        if (++result.merged > most_rounds) {
            throw Error(ErrorKind::retry, fmt::format("{} keeps changing", target.name()),
                        "run the same command again");
        }
        registry.pause(static_cast<int>(std::min(result.merged, 4u)));
        auto* theirs = version_of(head.head);
        if (theirs == nullptr) {
            throw Error(ErrorKind::conflict, fmt::format("{} was made anew meanwhile", target.name()),
                        "run the same command again");
        }
        work.layers().add(*theirs);
        const auto merged = merge_trees(work.nodes(), work.sink(), below.root, theirs->roots().tree.root,
                                        tree->root, MergeFavour::none, context);
        if (!merged.conflicts.empty()) {
            both_changed(target, merged.conflicts, head.head.author);
        }
        below = theirs->roots().tree;
        tree = merged.tree;
    }
    work.staged().forget(); // also of one who was killed right behind the swap: then nothing changes now
    if (result.changed) {
        tree_diff(work.nodes(), below.root, work.nodes(), result.tree.root, [&](const TreeChange& changed) {
            ++(changed.before == nullptr  ? result.added
               : changed.after == nullptr ? result.deleted
                                          : result.modified);
            return true;
        });
        CatalogEntry row;
        row.version = result.version;
        row.state = HeadState::draft;
        row.entries = result.tree.entries;
        row.bytes = result.tree.bytes;
        row.time = session.now();
        note_in_catalog(session, registry, dataset, row);
    }
    const auto& sent = work.staged().totals();
    result.stats.bytes += sent.bytes;
    result.stats.packs += sent.packs;
    result.stats.chunks += sent.chunks;
    result.stats.reused = sent.reused;
    result.stats.files = 0;
    return result;
}

} // namespace

void check_draft(Session& session, const DatasetRef& ref, Missing missing) {
    (void)find_draft(session, ref, missing);
}

namespace {

/// A draft that was made for an edit which came to nothing goes again, unless somebody has put something there since or
/// what was sent waits there for the next try.
void remove_empty_draft(Session& session, const DatasetRef& ref) noexcept {
    const auto alias = ref.registry.value_or(session.default_registry());
    const DatasetName dataset(ref.ns.value_or(session.default_namespace()), ref.name);
    const auto name = fmt::format("{}/{}:{}", alias, dataset.str(), ref.version->str());
    const auto left = [&](std::string_view why) {
        session.context().log.warn(
            fmt::format("{} was made and is empty{}; dsctl drop {} removes it", name, why, name));
    };
    try {
        auto& registry = session.registry(alias);
        const auto stored = registry.head(dataset, ref.version->str());
        if (!stored || stored->head.state != HeadState::empty) {
            return;
        }
        if (!stored->head.pending.empty()) {
            left(", with what was sent kept for the same command run again");
            return;
        }
        (void)registry.update_head(
            *stored, [](Head& head) { head.state = HeadState::dropped; }, session.now());
    } catch (const std::exception& error) {
        left(fmt::format(" ({})", error.what()));
    }
}

RemoteCommit edit_repeatedly(Session& session, const RemoteEdit& edit, bool& made_draft) {
    for (unsigned reading = 1;; ++reading) {
        try {
            return edit_once(session, edit, made_draft);
        } catch (const StagedLost& error) {
            if (!edit.repeatable || reading == most_readings) {
                throw;
            }
            session.context().log.trace(fmt::format("{}; it is read again", error.what()));
        }
    }
}

} // namespace

RemoteCommit edit_draft(Session& session, const RemoteEdit& edit) {
    bool made_draft = false;
    try {
        return edit_repeatedly(session, edit, made_draft);
    } catch (const Error& error) {
        if (made_draft && error.kind() != ErrorKind::interrupted) { // whoever stopped it may go on
            remove_empty_draft(session, edit.ref);
        }
        throw;
    }
}

} // namespace ds

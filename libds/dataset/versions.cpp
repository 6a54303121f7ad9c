#include "dataset/versions.hpp"

#include "base/path.hpp"
#include "base/units.hpp"
#include "dataset/inspect.hpp"
#include "dataset/merge_state.hpp"
#include "dataset/overtaken.hpp"
#include "dataset/signing.hpp"
#include "dataset/uses.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace ds {

namespace {

bool is_dataset_ref(std::string_view word) {
    return word.find('/') != std::string_view::npos || word.find(':', 1) != std::string_view::npos ||
           word.find("@sha256:") != std::string_view::npos;
}

void refuse_taken(Repository& repository, const VersionName& version) {
    const auto folded = version.folded();
    const auto refuse = [&](const std::string& taken, const std::string& where) {
        if (VersionName(taken).folded() == folded) {
            throw Error(
                ErrorKind::conflict,
                taken == version.str()
                    ? fmt::format("version {} exists already{}", taken, where)
                    : fmt::format("version {} differs from {}{} in case only", version.str(), taken, where),
                taken == version.str() ? fmt::format("dsctl switch {}", taken) : "choose another name");
        }
    };
    for (const auto& local : repository.history().versions()) {
        refuse(local.name.str(), "");
    }
    for (const auto& remote : repository.remote_versions()) {
        if (!remote.head || remote.head->state != HeadState::dropped) {
            refuse(remote.version, " in " + remote.registry);
        }
    }
}

/// The tree of the version the checkout is on. Switching is the way out of a damaged HEAD: without force to the
/// version whose tree is staged.
TreeInfo tree_to_leave(Repository& repository, const TreeInfo& target) {
    try {
        return repository.head_tree();
    } catch (const CorruptObject& error) {
        if (repository.worktree().staged().root == target.root) {
            return target;
        }
        throw CorruptObject(error.message(), "dsctl switch to the version you were on, or with --force");
    }
}

[[noreturn]] void refuse_staged() {
    throw Error(ErrorKind::conflict, "there are staged changes that no commit holds",
                "dsctl commit, or dsctl restore --staged . to give them up");
}

/// Nothing when HEAD is damaged: switching is the way out of that.
std::optional<CurrentVersion> current_if_sound(History& history) {
    try {
        return history.current();
    } catch (const CorruptObject&) {
        return std::nullopt;
    }
}

/// A draft without commits is a name that only the checkout has: it goes when the checkout leaves it.
void warn_if_gone(Repository& repository, const CurrentVersion& left) {
    if (left.state != VersionState::draft || left.commit) {
        return;
    }
    const auto remote = repository.remote_versions();
    const bool kept = std::any_of(remote.begin(), remote.end(), [&](const auto& version) {
        return version.version == left.name.str() && version.head &&
               version.head->state != HeadState::dropped;
    });
    if (!kept) {
        repository.context().log.warn(
            fmt::format("draft {} had no commits and is not kept", left.name.str()));
    }
}

/// Changes that are staged but not committed would be lost by leaving this version.
void refuse_staged_loss(Repository& repository, const TreeInfo& head, const TreeInfo& target) {
    const auto staged = repository.worktree().staged();
    // What is staged may be the target itself: left by a switch that was killed before HEAD moved. It goes on.
    if (staged.root != head.root && staged.root != target.root && head.root != target.root) {
        refuse_staged();
    }
    if (load_merge(repository)) {
        throw Error(ErrorKind::conflict, "a merge waits for its conflicts", "dsctl merge --abort");
    }
}

/// Makes files and staged tree show `target`; staged changes stay where they do not matter.
CheckoutResult show_tree(Repository& repository, const TreeInfo& target, bool force) {
    auto& worktree = repository.worktree();
    if (!force) {
        const auto head = tree_to_leave(repository, target);
        refuse_staged_loss(repository, head, target);
        if (head.root == target.root) {
            return {};
        }
    }
    repository.ensure_content(target.root);
    const auto content = repository.content(target.root);
    CheckoutOptions options;
    options.force = force;
    return worktree.checkout(worktree.staged().root, target.root, *content, options, repository.context());
}

DraftResult draft_from_local(Repository& repository, const VersionName& version, const std::string& source) {
    const auto commit = repository.resolve(source);
    const auto tree = repository.tree_of(commit);
    show_tree(repository, tree, false);
    repository.history().set_draft(version, commit, std::nullopt, repository.session().author(),
                                   "draft: inherited from " + source);
    repository.history().set_current(version, VersionState::draft);
    return {repository.name(), version, {}, {}, tree, 0};
}

DraftResult draft_from_other(Repository& repository, const VersionName& version,
                             const ResolvedVersion& source) {
    auto& session = repository.session();
    RegistryVersion remote(session.registry(source.registry), source.dataset.ns(), source.roots);
    TransferStats stats;
    fetch_tree(remote, repository.store(), repository.context(), stats);
    fetch_content(remote, repository.store(), {}, repository.context(), stats);

    CommitData data;
    data.tree = source.roots.tree;
    data.origin = Origin{fmt::format("{}/{}:{}", source.registry, source.dataset.str(), source.version),
                         source.digest.value_or(Sha256{})};
    data.author = session.author();
    data.message = fmt::format("Inherit from {}:{}\n", source.dataset.str(), source.version);
    show_tree(repository, data.tree, false);
    const auto commit = repository.history().write_commit(data);
    repository.history().set_draft(version, commit, std::nullopt, data.author, "draft: " + data.message);
    repository.history().set_current(version, VersionState::draft);
    return {repository.name(), version, {}, data.origin, data.tree, stats.bytes};
}

} // namespace

DraftResult draft(Repository& repository, const DraftOptions& options) {
    const VersionName version(options.version.starts_with(":") ? options.version.substr(1) : options.version);
    const auto lock = repository.lock();
    refuse_taken(repository, version);
    const auto left = repository.history().current();
    if (options.start_new) {
        show_tree(repository, empty_tree(), false);
        if (repository.worktree().staged().root != empty_tree().root) { // on a draft without commits
            refuse_staged();
        }
        if (left.name != version) {
            warn_if_gone(repository, left);
        }
        repository.history().set_current(version, VersionState::draft);
        repository.worktree().set_staged(empty_tree().root);
        return {repository.name(), version, {}, {}, empty_tree(), 0};
    }
    if (!options.inherit) {
        throw Error(ErrorKind::usage, "say how the draft starts",
                    "--inherit VERSION, or --new for an empty one");
    }
    if (!is_dataset_ref(*options.inherit) || options.inherit->starts_with(":")) {
        return draft_from_local(repository, version, *options.inherit);
    }
    const auto source = resolve_ref(repository.session(), DatasetRef::parse(*options.inherit), &repository);
    require_signers(repository.session(), source);
    if (source.commit.empty()) {
        throw Error(ErrorKind::failure, fmt::format("{}:{} is empty", source.dataset.str(), source.version),
                    "dsctl draft " + version.str() + " --new");
    }
    if (source.dataset == repository.name() && repository.history().has_commit(CommitId(source.commit))) {
        return draft_from_local(repository, version, source.commit);
    }
    return draft_from_other(repository, version, source);
}

namespace {

/// A commit is no version, though a word may name it.
void refuse_commit(Repository& repository, const std::string& word) {
    if (repository.history().resolve(word)) {
        throw Error(ErrorKind::usage,
                    fmt::format("'{}' is a commit, and a checkout stands on a version", printable(word)),
                    fmt::format("dsctl draft NEW-VERSION --inherit {}", printable(word)));
    }
}

/// Where a version stands that only registries have, as last fetched: that of the dataset's own first.
std::optional<CommitId> tip_in_registries(Repository& repository, const VersionName& version) {
    auto& history = repository.history();
    auto tip = history.remote(repository.registry_alias(), version.str());
    for (const auto& remote : history.remotes()) {
        if (!tip && remote.version == version.str()) {
            tip = remote.commit;
        }
    }
    return tip;
}

} // namespace

SwitchResult switch_version(Repository& repository, const std::string& word, bool force) {
    const auto lock = repository.lock();
    auto& history = repository.history();
    const auto name = word.starts_with(":") ? word.substr(1) : word;
    if (!VersionName::valid(name)) {
        refuse_commit(repository, name);
    }
    const VersionName version(name);
    auto state = VersionState::draft;
    std::optional<CommitId> commit;
    bool create_draft = false;
    if (const auto tag = history.published(version)) {
        state = VersionState::published;
        commit = tag->commit;
    } else if (const auto local = history.draft(version)) {
        commit = local;
    } else if (const auto current = history.current(); current.name == version) {
        return {current, {}};
    } else if (const auto there = tip_in_registries(repository, version)) {
        commit = there;
        create_draft = true;
    } else {
        refuse_commit(repository, name);
        commit = repository.resolve(name); // says what there is
    }
    const auto left = current_if_sound(history);
    SwitchResult result{{version, state, commit}, {}};
    result.files = show_tree(repository, repository.tree_of(commit), force);
    if (create_draft) {
        history.set_draft(version, *commit, std::nullopt, repository.session().author(),
                          "switch: from a registry");
    }
    history.set_current(version, state);
    if (left) {
        warn_if_gone(repository, *left);
    }
    if (state == VersionState::published && history.draft(version) && is_in(repository, version, *commit)) {
        history.remove_draft(version);
    }
    if (force) {
        clear_merge(repository);
    }
    return result;
}

namespace {

MergeOutcome finish_merge(Repository& repository, const CommitId& ours, const CommitId& theirs,
                          const std::string& word, const TreeInfo& tree, std::uint64_t changed) {
    auto& history = repository.history();
    const auto current = history.current();
    CommitData data;
    data.tree = tree;
    data.parents = {ours, theirs};
    data.origin = history.read_commit(ours).data.origin;
    data.author = repository.session().author();
    data.message = fmt::format("Merge {} into {}\n", word, current.name.str());
    const auto content = repository.content(repository.tree_of(theirs).root);
    repository.worktree().checkout(repository.worktree().staged().root, tree.root, *content, {},
                                   repository.context());
    const auto id = history.write_commit(data);
    history.set_draft(current.name, id, ours, data.author, "merge " + word);
    clear_merge(repository);
    return {MergeOutcome::Kind::merged, {}, id, changed};
}

MergeOutcome merge_commit(Repository& repository, const CommitId& theirs, const std::string& word,
                          MergeFavour favour) {
    auto& history = repository.history();
    const auto current = history.current();
    if (current.commit && history.is_ancestor(theirs, *current.commit)) {
        return {};
    }
    const auto our_tree = repository.head_tree();
    const auto their_tree = repository.tree_of(theirs);
    const auto staged = repository.worktree().staged();
    // What is staged may be the result itself: left by a merge that was killed before the draft moved. It goes on.
    const auto refuse_other_staged = [&](const TreeInfo& result) {
        if (staged.root != our_tree.root && staged.root != result.root) {
            refuse_staged();
        }
    };
    repository.ensure_content(their_tree.root);
    const auto content = repository.content(their_tree.root);
    if (!current.commit || history.is_ancestor(*current.commit, theirs)) {
        refuse_other_staged(their_tree);
        const auto files =
            repository.worktree().checkout(staged.root, their_tree.root, *content, {}, repository.context());
        history.set_draft(current.name, theirs, current.commit, repository.session().author(),
                          "merge " + word + ": fast-forward");
        return {MergeOutcome::Kind::fast_forward, {}, theirs, files.written + files.removed};
    }
    const auto base = merge_base_tree(repository, *current.commit, theirs);
    const auto merged = merge_trees(repository.store(), base.root, our_tree.root, their_tree.root, favour,
                                    repository.context());
    refuse_other_staged(merged.conflicts.empty() ? merged.tree : our_tree);
    if (!merged.conflicts.empty()) {
        save_merge(repository, {word, theirs, merged.conflicts});
        return {MergeOutcome::Kind::conflicts, merged.conflicts, {}, 0};
    }
    return finish_merge(repository, *current.commit, theirs, word, merged.tree, merged.changed);
}

} // namespace

MergeOutcome preview_merge(Repository& repository, const CommitId& theirs, MergeFavour favour) {
    auto& history = repository.history();
    auto& store = repository.store();
    const auto current = history.current();
    if (current.commit && history.is_ancestor(theirs, *current.commit)) {
        return {};
    }
    const auto ours = repository.tree_of(current.commit);
    const auto their_tree = repository.tree_of(theirs);
    const auto measured = [&](MergeOutcome::Kind kind, const TreeInfo& result) {
        MergeOutcome outcome{kind, {}, {}, 0, 0};
        tree_diff(store, ours.root, store, result.root, [&](const TreeChange& change) {
            ++outcome.changed;
            outcome.bytes += change.after != nullptr ? change.after->size : 0;
            return true;
        });
        return outcome;
    };
    if (!current.commit || history.is_ancestor(*current.commit, theirs)) {
        return measured(MergeOutcome::Kind::fast_forward, their_tree);
    }
    const auto base = merge_base_tree(repository, *current.commit, theirs);
    auto merged = merge_trees(store, base.root, ours.root, their_tree.root, favour, repository.context());
    if (!merged.conflicts.empty()) {
        return {MergeOutcome::Kind::conflicts, std::move(merged.conflicts), {}, 0, 0};
    }
    return measured(MergeOutcome::Kind::merged, merged.tree);
}

MergeOutcome merge(Repository& repository, const MergeOptions& options) {
    const auto lock = repository.lock();
    if (options.abort) {
        if (!has_merge_note(repository)) {
            throw Error(ErrorKind::not_found, "no merge is waiting", "dsctl status");
        }
        clear_merge(repository);
        return {MergeOutcome::Kind::aborted, {}, {}, 0};
    }
    require_draft(repository);
    const auto waiting = load_merge(repository);
    if (waiting && !options.version) {
        if (options.favour == MergeFavour::none) {
            throw Error(ErrorKind::usage,
                        fmt::format("the merge of {} waits for a decision", waiting->version),
                        "dsctl merge --ours | --theirs | --abort, or resolve and dsctl commit");
        }
        return merge_commit(repository, waiting->theirs, waiting->version, options.favour);
    }
    if (waiting) {
        refuse_waiting_merge(repository);
    }
    if (!options.version) {
        throw Error(ErrorKind::usage, "say which version to merge", "dsctl versions");
    }
    return merge_commit(repository, repository.resolve(*options.version), *options.version, options.favour);
}

namespace {

/// What the registry's lock on a published version allows; empty when the registry cannot be asked.
std::string lock_text(Repository& repository, const VersionName& version) {
    try {
        auto& registry = repository.session().registry(repository.registry_alias());
        if (const auto record = registry.record(repository.name(), version.str())) {
            const auto lock =
                registry.data().retention(record_key(repository.name(), version.str()), record->version_id);
            return lock.mode == RetentionMode::none
                       ? std::string("; nothing in the registry locks it")
                       : fmt::format("; its lock in {} ({}) holds until {}", registry.alias(),
                                     registry.description().retention_mode, rfc3339(lock.until));
        }
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::interrupted) {
            throw;
        }
    }
    return "";
}

/// How to stand on another version: one that is here, or a new draft.
std::string leave_command(History& history, const VersionName& version) {
    for (const auto& other : history.versions()) {
        if (other.name != version) {
            return "dsctl switch " + other.name.str();
        }
    }
    return "dsctl draft ANOTHER-NAME --new";
}

} // namespace

void drop(Repository& repository, const std::string& word, bool force, bool used) {
    const auto lock = repository.lock();
    auto& history = repository.history();
    const VersionName version(word.starts_with(":") ? word.substr(1) : word);
    const auto tip = history.draft(version);
    if (history.published(version) && !tip) {
        throw Error(
            ErrorKind::immutable,
            fmt::format("{}:{} is published and cannot be dropped{}", repository.name().str(), version.str(),
                        lock_text(repository, version)),
            fmt::format("dsctl deprecate {}:{} --reason TEXT", repository.name().str(), version.str()));
    }
    if (const auto current = history.current();
        current.name == version && current.state == VersionState::draft) {
        throw Error(ErrorKind::conflict, fmt::format("draft {} is checked out", version.str()),
                    leave_command(history, version));
    }
    if (!tip) {
        (void)repository.resolve(version.str()); // names what is near, or is a registry's draft
        throw Error(ErrorKind::not_found, fmt::format("there is no draft {} here", version.str()),
                    fmt::format("dsctl drop {}/{}:{}", repository.registry_alias(), repository.name().str(),
                                version.str()));
    }
    if (!force && !used && !history.published(version)) { // uses of that name are of what was published
        const auto is_ours = [&](const std::string& commit) {
            const CommitId id(commit);
            return history.has_commit(id) && history.is_ancestor(id, *tip);
        };
        refuse_if_used(repository.session(),
                       {repository.registry_alias(), repository.name(), version.str(), is_ours}, nullptr,
                       "dsctl drop --force " + version.str());
    }
    if (!force) {
        bool held = false;
        for (const auto& [name, commit] : history.all_refs()) {
            held = held || (name != "refs/heads/" + version.str() && name != "HEAD" &&
                            history.is_ancestor(*tip, commit));
        }
        if (!held) {
            throw Error(ErrorKind::conflict,
                        fmt::format("draft {} has commits that no other version and no registry holds",
                                    version.str()),
                        fmt::format("dsctl push {0}, or dsctl drop --force {0}", version.str()));
        }
    }
    history.remove_draft(version);
}

} // namespace ds

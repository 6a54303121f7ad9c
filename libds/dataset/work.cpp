#include "dataset/work.hpp"

#include "base/path.hpp"
#include "dataset/merge_state.hpp"
#include "dataset/overtaken.hpp"

#include <fmt/format.h>

namespace ds {

StatusHead status_head(Repository& repository) {
    auto& history = repository.history();
    StatusHead head{repository.name(), history.current(), {}, {}, {}, false, {}, false, 0, 0, {}};
    const auto alias = repository.registry_alias();
    head.registry = alias;
    if (head.current.state == VersionState::draft) {
        head.way_on = way_on_if_overtaken(repository, head.current.name);
    }
    const auto remote = history.remote(alias, head.current.name.str());
    if (remote && head.current.commit && head.current.state == VersionState::draft) {
        const auto count = [&](const CommitId& from, const CommitId& hide) {
            std::uint64_t n = 0;
            history.walk({from}, {hide}, [&](const Commit&) { return ++n < 10'000; });
            return n;
        };
        head.ahead = count(*head.current.commit, *remote);
        head.behind = count(*remote, *head.current.commit);
    }
    if (const auto merge = load_merge(repository)) {
        head.merging = true;
        head.conflicts = merge->conflicts;
    }
    head.partial = !repository.worktree().filter().empty();
    if (!remote || head.ahead.value_or(0) > 0) { // else the registry has it all
        for (const auto& file : repository.store().referenced_files()) {
            ++head.referenced_files;
            head.referenced_bytes += file.bytes;
        }
    }
    return head;
}

void staged_changes(Repository& repository, const std::vector<std::string>& paths, bool renames,
                    const std::function<void(const Change&)>& visit) {
    CompareOptions options;
    options.paths = paths;
    options.renames = renames;
    compare_trees(repository.store(), repository.head_tree().root, repository.worktree().staged().root,
                  options, visit);
}

AddResult add(Repository& repository, const AddOptions& options) {
    const auto lock = repository.lock();
    require_draft(repository);
    return repository.worktree().add(options, repository.context());
}

RemoveResult rm(Repository& repository, const Worktree::RemoveOptions& options) {
    const auto lock = repository.lock();
    require_draft(repository);
    const auto before = repository.worktree().staged();
    if (!options.force && !options.cached) {
        CompareOptions changed;
        changed.paths = options.paths;
        compare_trees(repository.store(), repository.head_tree().root, before.root, changed,
                      [&](const Change& change) {
                          if (change.after && change.after->kind != EntryKind::empty_dir) {
                              throw Error(ErrorKind::conflict,
                                          fmt::format("'{}' has staged changes that no commit holds",
                                                      repository.worktree().shown(change.path)),
                                          "dsctl rm --cached keeps the file, --force removes it");
                          }
                      });
    }
    RemoveResult result{repository.worktree().remove(options, repository.context()), 0};
    for (const auto& path : result.paths) {
        if (const auto entry = tree_find(repository.store(), before.root, path)) {
            result.bytes += entry->size;
        }
    }
    return result;
}

std::string mv(Repository& repository, const std::string& from, const std::string& to) {
    const auto lock = repository.lock();
    require_draft(repository);
    return repository.worktree().move(from, to, repository.context());
}

void mkdir(Repository& repository, const std::vector<std::string>& paths) {
    const auto lock = repository.lock();
    require_draft(repository);
    for (const auto& path : paths) {
        repository.worktree().make_folder(path, repository.context());
    }
}

CheckoutResult restore(Repository& repository, const RestoreOptions& options) {
    const auto lock = repository.lock();
    if (options.staged) {
        require_draft(repository);
    }
    // As in git: the work tree is restored from what is staged, what is staged from the commit.
    const auto tree = options.from     ? repository.held_tree_of(repository.resolve(*options.from))
                      : options.staged ? repository.head_tree()
                                       : repository.worktree().staged();
    const auto where = !options.staged    ? Worktree::Where::worktree
                       : options.worktree ? Worktree::Where::both
                                          : Worktree::Where::staged;
    const auto content = repository.content(tree.root);
    return repository.worktree().restore(tree.root, options.paths, where, *content, repository.context());
}

namespace {

/// The tree a commit that ends a merge holds: theirs merged in, staged content deciding every conflict.
TreeInfo resolved_merge(Repository& repository, const MergeState& merge, const TreeInfo& staged) {
    auto& store = repository.store();
    const auto head = repository.history().current();
    const auto head_root = repository.tree_of(head.commit).root;
    std::size_t open = 0;
    std::string first;
    for (const auto& conflict : merge.conflicts) {
        if (tree_find(store, head_root, conflict.path) == tree_find(store, staged.root, conflict.path)) {
            if (open++ == 0) {
                first = conflict.path;
            }
        }
    }
    if (open > 0) {
        throw Error(ErrorKind::conflict,
                    fmt::format("{} of {} conflicts with {} {} not resolved, first '{}'", open,
                                merge.conflicts.size(), merge.version, open == 1 ? "is" : "are",
                                repository.worktree().shown(first)),
                    "edit and 'dsctl add' them, or: dsctl merge --ours | --theirs | --abort");
    }
    const auto base = merge_base_tree(repository, *head.commit, merge.theirs);
    const auto theirs = repository.tree_of(merge.theirs);
    return merge_trees(store, base.root, staged.root, theirs.root, MergeFavour::ours, repository.context())
        .tree;
}

void count_changes(ObjectStore& store, const Sha256& before, CommitResult& result) {
    tree_diff(store, before, store, result.tree.root, [&](const TreeChange& change) {
        ++(change.before == nullptr  ? result.added
           : change.after == nullptr ? result.deleted
                                     : result.modified);
        return true;
    });
}

std::string clean_message(std::string message) {
    while (!message.empty() && (message.back() == '\n' || message.back() == ' ')) {
        message.pop_back();
    }
    if (message.find('\0') != std::string::npos) {
        throw Error(ErrorKind::usage, "a commit message cannot hold a NUL byte");
    }
    return message + "\n";
}

/// A draft that inherits begins on a published version's commit: that one is not the draft's to replace.
void refuse_published(History& history, const CommitId& commit) {
    for (const auto& version : history.versions()) {
        if (version.state == VersionState::published && version.commit == commit) {
            throw Error(ErrorKind::immutable,
                        fmt::format("the last commit is that of published version {} and cannot be amended",
                                    version.name.str()),
                        "dsctl commit -m MESSAGE");
        }
    }
}

} // namespace

CommitResult commit(Repository& repository, const CommitOptions& options) {
    const auto lock = repository.lock();
    require_draft(repository);
    auto& history = repository.history();
    auto& worktree = repository.worktree();
    if (options.all) {
        AddOptions tracked;
        tracked.paths = {std::string()};
        tracked.only_tracked = true;
        tracked.all = true;
        const auto added = worktree.add(tracked, repository.context());
        if (added.failed) {
            throw Error(added.failed->kind,
                        fmt::format("'{}' cannot be taken: {}; nothing was committed",
                                    worktree.shown(added.failed->path), added.failed->why),
                        "dsctl status");
        }
    }
    const auto current = history.current();
    if (options.amend && !current.commit) {
        throw Error(ErrorKind::failure, fmt::format("draft {} has no commit to amend", current.name.str()),
                    "dsctl commit -m MESSAGE");
    }
    if (options.amend) {
        refuse_published(history, *current.commit);
    }
    const auto merge = load_merge(repository);
    if (options.amend && merge) {
        throw Error(ErrorKind::conflict, "cannot amend while a merge waits", "dsctl merge --abort");
    }

    CommitData data;
    data.author = repository.session().author();
    data.message = clean_message(options.message);
    TreeInfo before = empty_tree();
    if (current.commit) {
        const auto head = history.read_commit(*current.commit);
        before = head.data.tree;
        data.parents = options.amend ? head.data.parents : std::vector{*current.commit};
        data.origin = head.data.origin;
        if (options.amend) {
            before = head.data.parents.empty() ? empty_tree() : repository.tree_of(head.data.parents.front());
            if (data.message == "\n") {
                data.message = head.data.message;
            }
        }
    }
    if (data.message == "\n") {
        throw Error(ErrorKind::usage, "the commit message is empty", "dsctl commit -m MESSAGE");
    }
    const auto staged = worktree.staged();
    data.tree = staged;
    if (merge) {
        data.tree = resolved_merge(repository, *merge, staged);
        data.parents.push_back(merge->theirs);
    } else if (!options.amend && !options.allow_empty && staged.root == before.root) {
        throw Error(ErrorKind::differs, "nothing to commit: what is staged equals the last commit",
                    "dsctl add PATH");
    }

    CommitResult result{history.write_commit(data), current.commit, current.name, data.tree, 0, 0, 0};
    count_changes(repository.store(), before.root, result);
    const auto line = data.message.substr(0, data.message.find('\n'));
    history.set_draft(current.name, result.id, current.commit, data.author,
                      fmt::format("commit{}: {}",
                                  options.amend ? " (amend)"
                                  : merge       ? " (merge)"
                                                : "",
                                  line));
    if (merge) {
        repository.ensure_content(repository.tree_of(merge->theirs).root);
        const auto content = repository.content(data.tree.root);
        worktree.checkout(staged.root, data.tree.root, *content, {}, repository.context());
        clear_merge(repository);
    }
    return result;
}

namespace {

/// Makes every tracked file show `tree`, also those that have local changes.
void show_exactly(Repository& repository, const Sha256& tree) {
    auto& worktree = repository.worktree();
    const auto content = repository.content(tree);
    CheckoutOptions force;
    force.force = true;
    worktree.checkout(worktree.staged().root, tree, *content, force, repository.context());
    std::vector<std::string> changed;
    StatusOptions options;
    options.untracked = StatusOptions::Untracked::no;
    StatusVisitor visitor;
    visitor.unstaged = [&](const Change& change) { changed.push_back(change.path); };
    visitor.untracked = [](const std::string&) {};
    visitor.warning = [](const std::string&, const std::string&) {};
    worktree.status(options, repository.context(), visitor);
    if (!changed.empty()) {
        worktree.restore(tree, changed, Worktree::Where::worktree, *content, repository.context());
    }
}

} // namespace

CommitId reset(Repository& repository, const std::string& revision, bool hard) {
    const auto lock = repository.lock();
    require_draft(repository);
    auto& history = repository.history();
    auto to = repository.resolve(revision);
    const auto current = history.current();
    const auto tree = repository.held_tree_of(to);
    // Files first: should this be interrupted, the draft has not moved and the same command goes on.
    if (hard) {
        show_exactly(repository, tree.root);
    }
    repository.worktree().set_staged(tree.root);
    history.set_draft(current.name, to, current.commit, repository.session().author(),
                      "reset: moving to " + revision);
    clear_merge(repository);
    return to;
}

} // namespace ds

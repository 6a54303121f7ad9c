// What `log` and `diff` show.
#include "base/path.hpp"
#include "codec/hash.hpp"
#include "dataset/versions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

namespace ds {

namespace {

bool touches(Repository& repository, const Commit& commit, const std::vector<std::string>& paths) {
    auto& store = repository.store();
    const auto parent =
        commit.data.parents.empty() ? empty_tree() : repository.tree_of(commit.data.parents.front());
    bool found = false;
    try {
        tree_diff(store, parent.root, store, commit.data.tree.root, [&](const TreeChange& change) {
            found = std::any_of(paths.begin(), paths.end(),
                                [&](const auto& path) { return is_within(change.path, path); });
            return !found;
        });
    } catch (const Error& error) {
        // Registries keep the trees of versions, not of every commit between them: then nobody can tell.
        if (error.kind() != ErrorKind::not_found) {
            throw;
        }
    }
    return found;
}

std::map<CommitId, std::vector<std::string>> names_of_commits(History& history) {
    std::map<CommitId, std::vector<std::string>> names;
    const auto current = history.current();
    if (current.commit) {
        names[*current.commit].push_back("HEAD");
    }
    for (const auto& local : history.versions()) {
        auto& list = names[local.commit];
        if (std::find(list.begin(), list.end(), local.name.str()) == list.end()) {
            list.push_back(local.name.str());
        }
    }
    for (const auto& remote : history.remotes()) {
        names[remote.commit].push_back(remote.registry + "/" + remote.version);
    }
    return names;
}

struct SimplifiedCommit {
    CommitId id;
    std::vector<CommitId> parents;
};

/// The commits that touch `paths`, newest first, each with the nearest of its ancestors that do.
std::vector<SimplifiedCommit> simplified_history(Repository& repository, const std::vector<CommitId>& from,
                                                 const std::vector<CommitId>& hide,
                                                 const std::vector<std::string>& paths) {
    std::vector<SimplifiedCommit> all;
    std::set<CommitId> shown;
    repository.history().walk(from, hide, [&](const Commit& commit) {
        repository.context().check_stop();
        all.push_back({commit.id, commit.data.parents});
        if (touches(repository, commit, paths)) {
            shown.insert(commit.id);
        }
        return true;
    });
    std::map<CommitId, std::vector<CommitId>> nearest; // of a commit: itself, or what it leads to
    std::vector<SimplifiedCommit> result;
    for (auto commit = all.rbegin(); commit != all.rend(); ++commit) { // parents first
        std::vector<CommitId> parents;
        for (const auto& parent : commit->parents) {
            for (const auto& id : nearest[parent]) {
                if (std::find(parents.begin(), parents.end(), id) == parents.end()) {
                    parents.push_back(id);
                }
            }
        }
        if (shown.contains(commit->id)) {
            nearest[commit->id] = {commit->id};
            result.push_back({commit->id, std::move(parents)});
        } else {
            nearest[commit->id] = std::move(parents);
        }
    }
    std::reverse(result.begin(), result.end());
    return result;
}

} // namespace

void log(Repository& repository, const LogOptions& options,
         const std::function<bool(const LogCommit&)>& visit) {
    auto& history = repository.history();
    std::vector<CommitId> from;
    std::vector<CommitId> hide;
    for (const auto& revision : options.revisions) {
        const auto dots = revision.find("..");
        if (dots == std::string::npos) {
            from.push_back(repository.resolve(revision));
            continue;
        }
        const auto left = revision.substr(0, dots);
        const auto right = revision.substr(dots + 2);
        hide.push_back(repository.resolve(left.empty() ? "HEAD" : left));
        from.push_back(repository.resolve(right.empty() ? "HEAD" : right));
    }
    if (options.revisions.empty()) {
        const auto current = history.current();
        if (!current.commit) {
            throw Error(ErrorKind::not_found, fmt::format("draft {} has no commits", current.name.str()),
                        "dsctl add . && dsctl commit -m MESSAGE");
        }
        from.push_back(*current.commit);
    }
    const auto names = names_of_commits(history);
    const auto named = [&](Commit commit) {
        const auto it = names.find(commit.id);
        return LogCommit{std::move(commit), it == names.end() ? std::vector<std::string>{} : it->second};
    };
    if (options.rewrite_parents && !options.paths.empty()) {
        const auto shown = simplified_history(repository, from, hide, options.paths);
        for (std::size_t i = 0; i < shown.size() && i < options.limit.value_or(~0ull); ++i) {
            auto commit = history.read_commit(shown[i].id);
            commit.data.parents = shown[i].parents;
            if (!visit(named(std::move(commit)))) {
                break;
            }
        }
        return;
    }
    std::uint64_t left = options.limit.value_or(~0ull);
    history.walk(from, hide, [&](const Commit& commit) {
        repository.context().check_stop();
        if (left == 0) {
            return false;
        }
        if (!options.paths.empty() && !touches(repository, commit, options.paths)) {
            return true;
        }
        --left;
        return visit(named(commit)) && left > 0;
    });
}

namespace {

constexpr std::uint64_t max_text_bytes = 1u << 20;

/// New nodes in memory above a store: a tree that nobody wants to keep. O(changes) nodes.
class OverlayNodes final : public NodeSource, public NodeSink {
  public:
    explicit OverlayNodes(NodeSource& below) : below_(below) {}
    std::shared_ptr<const ByteString> load_node(const Sha256& id) override {
        const auto it = nodes_.find(id);
        return it != nodes_.end() ? it->second : below_.load_node(id);
    }
    void save_node(const Sha256& id, ByteView bytes) override {
        nodes_.emplace(id, std::make_shared<const ByteString>(bytes));
    }

  private:
    NodeSource& below_;
    std::unordered_map<Sha256, std::shared_ptr<const ByteString>> nodes_;
};

/// The work tree's tracked files as a tree: the staged tree with what differs from it.
TreeInfo worktree_tree(Repository& repository, OverlayNodes& nodes, const std::vector<std::string>& paths) {
    auto& worktree = repository.worktree();
    const auto staged = worktree.staged();
    TreeEditor editor(nodes, nodes, staged.root);
    StatusOptions options;
    options.paths = paths;
    options.untracked = StatusOptions::Untracked::no;
    StatusVisitor visitor;
    visitor.untracked = [](const std::string&) {};
    visitor.warning = [](const std::string&, const std::string&) {};
    visitor.unstaged = [&](const Change& change) {
        const auto entry = change.kind == ChangeKind::deleted
                               ? std::nullopt
                               : worktree.entry_of(change.path, repository.context());
        if (entry) {
            editor.put(change.path, *entry);
        } else {
            editor.remove(change.path);
        }
    };
    worktree.status(options, repository.context(), visitor);
    return editor.finish();
}

std::optional<std::string> text_of(ContentSource& content, const std::string& path,
                                   const std::optional<Entry>& entry) {
    if (!entry || entry->size > max_text_bytes || entry->kind == EntryKind::empty_dir) {
        return std::nullopt;
    }
    std::string text;
    content.stream(path, *entry, [&](ByteView bytes) { text.append(bytes); });
    if (looks_binary(text)) {
        return std::nullopt;
    }
    return text;
}

std::optional<std::string> worktree_text(Repository& repository, const std::string& path,
                                         const std::optional<Entry>& entry) {
    if (!entry || entry->size > max_text_bytes || entry->kind == EntryKind::empty_dir) {
        return std::nullopt;
    }
    const auto full = repository.root() + "/" + path;
    auto text = entry->kind == EntryKind::symlink ? read_link(full) : read_file(full, max_text_bytes);
    if (looks_binary(text)) {
        return std::nullopt;
    }
    return text;
}

} // namespace

void diff(Repository& repository, const DiffRequest& request,
          const std::function<void(const DiffItem&)>& visit) {
    auto& worktree = repository.worktree();
    OverlayNodes nodes(repository.store());
    const auto paths = request.paths.empty() ? std::vector<std::string>{std::string()} : request.paths;
    const auto tree = [&](const std::string& revision) {
        return repository.held_tree_of(repository.resolve(revision));
    };

    const TreeInfo before = request.from_nothing ? empty_tree()
                            : request.a          ? tree(*request.a)
                            : request.staged     ? repository.head_tree()
                                                 : worktree.staged();
    const bool after_is_worktree = !request.b && !request.staged;
    const TreeInfo after = request.b        ? tree(*request.b)
                           : request.staged ? worktree.staged()
                                            : worktree_tree(repository, nodes, paths);
    const auto before_content = repository.content(before.root);
    const auto after_content = repository.content(after.root);
    CompareOptions options;
    options.paths = paths;
    compare_trees(nodes, before.root, after.root, options, [&](const Change& change) {
        DiffItem item{change, {}, {}};
        item.before_text = [&] {
            return text_of(*before_content, change.old_path.empty() ? change.path : change.old_path,
                           change.before);
        };
        item.after_text = [&] {
            return after_is_worktree ? worktree_text(repository, change.path, change.after)
                                     : text_of(*after_content, change.path, change.after);
        };
        visit(item);
    });
}

} // namespace ds

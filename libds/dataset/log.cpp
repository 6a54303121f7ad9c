// What `log` and `diff` show.
#include "base/path.hpp"
#include "codec/hash.hpp"
#include "dataset/held_content.hpp"
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
        from.push_back(repository.resolve(revision));
    }
    for (const auto& revision : options.hidden) {
        hide.push_back(repository.resolve(revision));
    }
    if (options.revisions.empty()) {
        from.push_back(repository.resolve("HEAD"));
    }
    const auto names = names_of_commits(history);
    HeldContent content(repository);
    const auto named = [&](Commit commit) {
        const auto it = names.find(commit.id);
        const auto held =
            options.judge_content ? std::optional(content.holds(commit.data.tree)) : std::nullopt;
        return LogCommit{std::move(commit), it == names.end() ? std::vector<std::string>{} : it->second,
                         held};
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

} // namespace ds

// fsck: is everything in .dsctl sound, and what helps where it is not?
#include "dataset/fsck.hpp"

#include "base/path.hpp"
#include "dataset/lost.hpp"
#include "dataset/merge_state.hpp"
#include "model/tree.hpp"
#include "os/file.hpp"

#include <fmt/format.h>

#include <set>
#include <unordered_set>

namespace ds {

namespace {

constexpr std::size_t kept_problems = 1000;

/// Whether registries are believed to have content that is not here: what their versions reach.
class Elsewhere {
  public:
    Elsewhere(ObjectStore& store, const std::vector<Repository::RemoteVersion>& versions) : store_(store) {
        for (const auto& version : versions) {
            if (const auto* roots = version.roots()) {
                trees_.insert(roots->tree.root);
            }
        }
    }

    [[nodiscard]] bool any() const noexcept { return !trees_.empty(); }
    [[nodiscard]] bool has(const Entry& entry) {
        if (!hashes_) {
            collect();
        }
        return incomplete_ || hashes_->contains(entry.hash);
    }

  private:
    /// Asked for the first entry that is missing, mostly never.
    void collect() {
        hashes_.emplace();
        std::unordered_set<Sha256> seen;
        for (const auto& tree : trees_) {
            try {
                tree_walk_nodes(
                    store_, tree, [&](const Sha256& node) { return seen.insert(node).second; },
                    [&](const Sha256&, const TreeNode& node) {
                        for (const auto& item : node.leaves) {
                            hashes_->insert(item.entry.hash);
                        }
                    });
            } catch (const Error& error) {
                if (!is_damage(error)) {
                    throw;
                }
                incomplete_ = true; // its tree is not here, so that anything may be in it
            }
        }
    }

    ObjectStore& store_;
    std::set<Sha256> trees_;
    std::optional<std::unordered_set<Sha256>> hashes_;
    bool incomplete_ = false;
};

class Fsck {
  public:
    Fsck(Repository& repository, bool full)
        : repository_(repository), full_(full), versions_(remote_versions()),
          elsewhere_(repository.store(), versions_), lost_(read_lost(repository.dir())) {}

    FsckResult run() {
        const auto report = [&](const StoreProblem& problem) { note(problem, ""); };
        if (full_) {
            repository_.store().check(repository_.context(), report);
        } else {
            repository_.store().check_packs(repository_.context(), report);
        }
        std::set<Sha256> trees;
        repository_.history().check(
            [&](const std::string& object, const Error& problem) {
                note({object, problem.message(), {}, {}}, object == "HEAD" ? problem.hint() : "");
            },
            [&](const Commit& commit) { trees.insert(commit.data.tree.root); });
        check_staged(trees);
        check_trees(trees);
        const auto usage = repository_.store().usage();
        result_.objects = usage.objects;
        result_.packs = usage.packs;
        result_.damaged = result_.problem_count > 0;
        return std::move(result_);
    }

  private:
    std::vector<Repository::RemoteVersion> remote_versions() {
        return repository_.remote_versions([&](const std::string& path, const CorruptObject& error) {
            note({fmt::format("'{}'", printable(path)), error.message(), {}, {}}, "");
        });
    }

    /// One damage is told once, however many ways lead to it.
    void note(StoreProblem problem, const std::string& way_out) {
        for (const auto& prefix : {problem.object + " is damaged: ", problem.object + ": "}) {
            if (problem.problem.starts_with(prefix)) {
                problem.problem.erase(0, prefix.size());
            }
        }
        if (!told_
                 .insert(fmt::format("{}\n{}\n{}", problem.object, problem.problem,
                                     problem.hash ? problem.hash->hex() : ""))
                 .second) {
            return;
        }
        ++result_.problem_count;
        if (result_.problems.size() < kept_problems) {
            result_.problems.push_back({std::move(problem), way_out});
        }
    }

    /// What no commit holds yet.
    void check_staged(std::set<Sha256>& trees) {
        try {
            own_.insert(repository_.worktree().staged().root);
            trees.insert(*own_.begin());
        } catch (const Error& error) {
            if (!is_damage(error)) {
                throw;
            }
            note({"staged tree", error.message(), {}, {}}, "");
        }
        try {
            if (const auto merge = load_merge(repository_)) {
                trees.insert(repository_.tree_of(merge->theirs).root);
            }
        } catch (const Error& error) {
            if (!is_damage(error)) {
                throw;
            }
            if (result_.problem_count == 0) { // else it may be the history's damage, which was told
                note({"merge", error.message(), {}, {}}, "dsctl merge --abort");
            }
        }
    }

    /// Adds the trees of commits that no registry is known to have: their content must be here.
    void find_own_trees() {
        auto& history = repository_.history();
        try {
            std::vector<CommitId> drafts;
            std::vector<CommitId> known;
            for (const auto& version : history.versions()) {
                (version.state == VersionState::draft ? drafts : known).push_back(version.commit);
            }
            for (const auto& remote : history.remotes()) {
                known.push_back(remote.commit);
            }
            history.walk(drafts, known, [&](const Commit& commit) {
                own_.insert(commit.data.tree.root);
                return true;
            });
        } catch (const Error& error) {
            if (!is_damage(error)) {
                throw;
            } // of the history, which was told
        }
    }

    void check_trees(const std::set<Sha256>& trees) {
        auto& store = repository_.store();
        find_own_trees();
        const ProgressScope progress(repository_.context().progress, "checking trees");
        std::set<Sha256> seen;
        const auto check = [&](const Sha256& root, bool own) {
            if (!store.has(ObjectKind::tree, root)) {
                if (own || !elsewhere_.any()) {
                    note({"tree " + root.short_hex(), "missing", root, ObjectKind::tree}, "");
                }
                return; // registries keep the trees of versions, not of the commits between them
            }
            try {
                tree_walk_nodes(
                    store, root, [&](const Sha256& node) { return seen.insert(node).second; },
                    [&](const Sha256&, const TreeNode& node) {
                        repository_.context().check_stop();
                        for (const auto& item : node.leaves) {
                            check_entry(item, own);
                        }
                        repository_.context().progress.advance(node.leaves.size(), 0);
                    });
            } catch (const Error& error) {
                if (!is_damage(error)) {
                    throw;
                }
                note({"tree " + root.short_hex(), error.message(), root, ObjectKind::tree}, "");
            }
        };
        for (const auto& root : own_) { // first: what they share with others is held to more
            check(root, true);
        }
        for (const auto& root : trees) {
            check(root, false);
        }
    }

    void check_entry(const LeafItem& item, bool own) {
        const auto& entry = item.entry;
        if (entry.kind == EntryKind::empty_dir || entry.size == 0) {
            return;
        }
        auto& store = repository_.store();
        const bool lost = lost_.contains(entry.hash);
        const auto tell = [&](std::string_view what, ObjectKind kind) {
            note({fmt::format("'{}'", printable(item.path)),
                  fmt::format("{} is missing{} (sha256 {})", what,
                              lost ? ", and its registry could not give it" : "", entry.hash.short_hex()),
                  entry.hash, kind},
                 lost ? way_back(item) : "");
        };
        if (!store.has_content(entry)) {
            const bool elsewhere = elsewhere_.any() && !lost && (!own || elsewhere_.has(entry));
            if (!elsewhere) {
                tell("its content", ObjectKind::chunk);
            }
        } else if ((full_ || lost) && !holds_whole(store, entry)) {
            tell("a part of its content", ObjectKind::recipe);
        }
    }

    /// For content that a repair has looked for everywhere.
    std::string way_back(const LeafItem& item) {
        std::string copy = "put a copy of it in its place, then dsctl fsck --repair";
        for (const auto& version : versions_) {
            const auto* const roots = version.roots();
            try {
                if (roots != nullptr &&
                    tree_find(repository_.store(), roots->tree.root, item.path) == item.entry) {
                    return fmt::format("{}; what its registry has: dsctl verify {}/{}:{}", copy,
                                       version.registry, repository_.name().str(), version.version);
                }
            } catch (const Error& error) {
                if (!is_damage(error)) {
                    throw;
                }
            }
        }
        return copy;
    }

    FsckResult result_; // before what reports to it
    std::set<std::string> told_;
    Repository& repository_;
    bool full_;
    std::vector<Repository::RemoteVersion> versions_;
    Elsewhere elsewhere_;
    std::set<Sha256> lost_;
    std::set<Sha256> own_;
};

/// The commit to go back to where a newer one of the draft is damaged: the newest that is here with all its history and its
/// file list, of what the draft's reflog and registries name.
std::optional<CommitId> newest_whole(Repository& repository, const std::string& ref) {
    auto& history = repository.history();
    std::vector<CommitId> candidates;
    for (const auto& line : history.reflog(ref)) {
        if (!line.after.is_null()) {
            candidates.push_back(line.after);
        }
    }
    const auto name = ref.substr(ref.rfind('/') + 1);
    if (const auto remote = history.remote(repository.registry_alias(), name)) {
        candidates.push_back(*remote);
    }
    for (const auto& remote : history.remotes()) { // what it may have begun with
        candidates.push_back(remote.commit);
    }
    for (const auto& commit : candidates) {
        try {
            history.walk({commit}, {}, [](const Commit&) { return true; });
            (void)tree_info(repository.store(), repository.tree_of(commit).root);
            return commit;
        } catch (const Error& error) {
            if (!is_damage(error)) {
                throw;
            }
        }
    }
    return std::nullopt;
}

/// The draft that the checkout is on; "" if that is not known, or a published version.
std::string current_draft(Repository& repository) {
    try {
        const auto current = repository.history().current();
        return current.state == VersionState::draft ? "refs/heads/" + current.name.str() : "";
    } catch (const CorruptObject&) {
        return "";
    }
}

/// What helps where a draft's ref or its history stays damaged. Files and what is staged stay in any case.
std::string way_out_of_draft(Repository& repository, const std::string& ref) {
    const auto name = ref.substr(ref.rfind('/') + 1);
    const auto drop = fmt::format("rm '{}/{}'", printable(repository.history().path()), printable(ref));
    const auto whole = newest_whole(repository, ref);
    const auto current = current_draft(repository);
    if (!whole) {
        return fmt::format("{}, which begins draft {} anew with what is staged", drop, name);
    }
    return current.empty() || current == ref
               ? fmt::format("dsctl reset {}, which keeps the files", whole->short_hex())
               : fmt::format("{} && dsctl draft {} --inherit {}", drop, name, whole->short_hex());
}

/// After a repair: what helps with each thing that is still damaged.
void find_ways_out(Repository& repository, FsckResult& result) {
    auto& history = repository.history();
    const auto damaged_draft = [&]() -> std::optional<std::string> {
        for (const auto& name : list_dir(history.path() + "/refs/heads")) {
            const auto ref = "refs/heads/" + name;
            try {
                if (const auto tip =
                        VersionName::valid(name) ? history.draft(VersionName(name)) : std::nullopt) {
                    history.walk({*tip}, {}, [](const Commit&) { return true; });
                }
            } catch (const Error& error) {
                if (!is_damage(error)) {
                    throw;
                }
                return ref;
            }
        }
        return std::nullopt;
    };
    for (auto& problem : result.problems) {
        const auto& object = problem.object;
        if (!problem.way_out.empty()) {
            continue;
        }
        if (object.starts_with("refs/heads/")) {
            problem.way_out = way_out_of_draft(repository, object);
        } else if (object.starts_with("refs/")) {
            problem.way_out =
                fmt::format("rm '{}/{}' && dsctl fetch", printable(history.path()), printable(object));
        } else if (object.starts_with("commit ")) {
            const auto draft = damaged_draft();
            problem.way_out = draft ? way_out_of_draft(repository, *draft)
                                    : "dsctl fsck --repair again, when its registry can be asked";
        } else if (object.starts_with("tree ") || object == "staged tree") {
            const auto draft = current_draft(repository);
            problem.way_out = draft.empty() ? "dsctl switch --force VERSION, the one you are on"
                                            : way_out_of_draft(repository, draft);
        } else {
            problem.way_out = "put a copy of it in its place, then dsctl fsck --repair";
        }
    }
}

} // namespace

bool is_damage(const Error& error) noexcept {
    return error.kind() == ErrorKind::corrupt || error.kind() == ErrorKind::not_found;
}

bool holds_whole(ObjectStore& store, const Entry& entry) {
    if (entry.kind == EntryKind::empty_dir || entry.size == 0) {
        return true;
    }
    if (!store.has(ObjectKind::recipe, entry.hash)) {
        return store.has_content(entry);
    }
    bool whole = true;
    try {
        store.for_each_chunk(entry, [&](const Sha256& chunk, std::uint32_t) {
            whole = whole && store.has(ObjectKind::chunk, chunk);
        });
    } catch (const CorruptObject&) {
        whole = false;
    }
    return whole;
}

FsckResult check_repository(Repository& repository, bool full) {
    return Fsck(repository, full).run();
}

FsckResult fsck(Repository& repository, const FsckOptions& options) {
    if (!options.repair) {
        return check_repository(repository, options.full);
    }
    restore_frame(repository);
    auto found = [&] { // what is to be repaired must be found first
        const auto lock = repository.lock();
        return check_repository(repository, true);
    }();
    if (!found.damaged) {
        return found;
    }
    repair_repository(repository);
    auto after = check_repository(repository, true);
    after.repaired = found.problem_count - std::min(found.problem_count, after.problem_count);
    if (after.damaged) {
        find_ways_out(repository, after);
    } else {
        after.problems = found.problems;
        after.problem_count = found.problem_count;
    }
    return after;
}

} // namespace ds

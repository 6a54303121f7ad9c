#include "dataset/upkeep.hpp"

#include "base/path.hpp"
#include "codec/hash.hpp"
#include "dataset/merge_state.hpp"
#include "dataset/uses.hpp"
#include "model/recipe.hpp"
#include "release/publish.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace ds {

namespace {

constexpr std::size_t kept_problems = 1000;
/// So many history objects as files are packed: those of some 300 commits.
constexpr std::size_t many_loose_objects = 1000;

/// The trees that must stay: of every commit that a ref, a recent reflog entry or the work tree reaches.
/// @param visit gets each distinct tree once
void for_each_kept_tree(Repository& repository, std::int64_t reflog_after,
                        const std::function<void(const Sha256&)>& visit) {
    auto& history = repository.history();
    std::set<CommitId> tips;
    for (const auto& [name, commit] : history.all_refs()) {
        tips.insert(commit);
    }
    for (const auto& commit : history.reflog_commits(reflog_after)) {
        if (history.has_commit(commit)) {
            tips.insert(commit);
        }
    }
    if (const auto merge = load_merge(repository)) {
        tips.insert(merge->theirs);
    }
    std::set<Sha256> seen{repository.worktree().staged().root};
    visit(*seen.begin());
    history.walk({tips.begin(), tips.end()}, {}, [&](const Commit& commit) {
        repository.context().check_stop();
        if (seen.insert(commit.data.tree.root).second) {
            visit(commit.data.tree.root);
        }
        return true;
    });
}

void mark_content(ObjectStore& store, ObjectMarks& marks, const Entry& entry) {
    if (entry.kind == EntryKind::empty_dir || marks.mark(ObjectKind::chunk, entry.hash) ||
        !marks.mark(ObjectKind::recipe, entry.hash)) {
        return; // one chunk, or marked before, or not held here
    }
    if (const auto bytes = store.read(ObjectKind::recipe, entry.hash)) {
        const auto recipe = Recipe::parse(*bytes, "recipe " + entry.hash.short_hex());
        if (recipe.form == Recipe::Form::parts) {
            for (const auto& part : recipe.items) {
                marks.mark(ObjectKind::recipe_part, part.hash);
            }
        }
    }
    store.for_each_chunk(entry,
                         [&](const Sha256& chunk, std::uint32_t) { marks.mark(ObjectKind::chunk, chunk); });
}

/// Trees whose content a registry verifiably holds: it is asked now. Of a published version the record and every
/// pack must be there and locked; of a draft every pack that its head, as it is now, reaches must be there.
std::set<Sha256> held_elsewhere(Repository& repository) {
    std::set<Sha256> held;
    auto& context = repository.context();
    for (const auto& remote : repository.remote_versions()) {
        auto& registry = repository.session().registry(remote.registry);
        const auto judge = [&](const VersionRoots& roots, const auto& verify) {
            RegistryVersion version(registry, repository.name().ns(), roots);
            const VerifyResult found = verify(version);
            if (found.problem_count == 0) {
                if (repository.store().has(ObjectKind::tree, roots.tree.root)) { // else it cannot be compared
                    held.insert(roots.tree.root);
                }
            } else {
                context.log.warn(fmt::format("content of {}/{}:{} is kept: {}", remote.registry,
                                             repository.name().str(), remote.version,
                                             found.problems.front()));
            }
        };
        if (const auto record = registry.record(repository.name(), remote.version)) {
            judge(record->record.roots, [&](RegistryVersion& version) {
                return verify_locks(version, repository.name(), *record, {}, context);
            });
        } else if (const auto head = registry.head(repository.name(), remote.version);
                   head && head->head.roots && head->head.state != HeadState::dropped) {
            judge(*head->head.roots,
                  [&](RegistryVersion& version) { return verify_packs(version, context); });
        }
    }
    return held;
}

/// Marks the content of a tree but for entries that a tree held elsewhere has at the same path: lazy reads find
/// those there. O(changes against the first of them).
void mark_what_is_not_held(Repository& repository, ObjectMarks& marks, const std::set<Sha256>& held,
                           const Sha256& root) {
    auto& store = repository.store();
    tree_diff(store, held.contains(root) ? root : *held.begin(), store, root, [&](const TreeChange& change) {
        repository.context().check_stop();
        const bool elsewhere =
            change.after == nullptr || std::any_of(held.begin(), held.end(), [&](const Sha256& tree) {
                return tree_find(store, tree, change.path) == *change.after;
            });
        if (!elsewhere) {
            mark_content(store, marks, *change.after);
        }
        return true;
    });
}

} // namespace

GcResult gc(Repository& repository, const GcOptions& options) {
    const auto lock = repository.lock();
    auto& store = repository.store();
    GcResult result;
    warn_of_used_commits(repository);
    result.before = store.usage();
    const auto marks = store.new_marks();
    const auto held = options.drop_held ? held_elsewhere(repository) : std::set<Sha256>{};
    const auto reflog_after = repository.session().now() - options.reflog_days * 86'400;
    const ProgressScope progress(repository.context().progress, "marking");
    marks->mark(ObjectKind::tree, empty_tree().root);
    for_each_kept_tree(repository, reflog_after, [&](const Sha256& root) {
        tree_walk_nodes(
            store, root, [&](const Sha256& node) { return marks->mark(ObjectKind::tree, node); },
            [&](const Sha256&, const TreeNode& node) {
                repository.context().check_stop();
                for (const auto& item : node.leaves) {
                    if (held.empty()) {
                        mark_content(store, *marks, item.entry);
                    }
                }
                repository.context().progress.advance(node.leaves.size(), 0);
            });
        if (!held.empty()) {
            mark_what_is_not_held(repository, *marks, held, root);
        }
    });
    result.swept = store.sweep(*marks, repository.context(),
                               options.dry_run ? ObjectStore::DryRun::yes : ObjectStore::DryRun::no);
    if (!options.dry_run) {
        repository.history().pack_objects(many_loose_objects);
    }
    result.after = store.usage();
    return result;
}

namespace {

/// Whether a recipe is here but not every chunk it names: it promises more than the store can give.
bool lacks_chunks(ObjectStore& store, const Entry& entry) {
    if (entry.kind == EntryKind::empty_dir || !store.has(ObjectKind::recipe, entry.hash)) {
        return false;
    }
    bool lacking = false;
    store.for_each_chunk(entry, [&](const Sha256& chunk, std::uint32_t) {
        lacking = lacking || !store.has(ObjectKind::chunk, chunk);
    });
    return lacking;
}

/// Fetches the chunks that the recipes of a version name and the store has lost.
void refill_recipes(ObjectStore& store, RegistryVersion& remote, Context& context) {
    const auto writer = store.writer();
    for (TreeCursor cursor(store, remote.roots().tree.root); cursor.valid(); cursor.next()) {
        context.check_stop();
        const auto entry = cursor.entry();
        if (!lacks_chunks(store, entry)) {
            continue;
        }
        std::uint64_t offset = 0;
        store.for_each_chunk(entry, [&](const Sha256& chunk, std::uint32_t length) {
            if (!store.has(ObjectKind::chunk, chunk)) {
                ByteString bytes;
                remote.stream_range(cursor.path(), entry, offset, length,
                                    [&](ByteView part) { bytes.append(part); });
                if (sha256(bytes) != chunk) {
                    throw CorruptObject(
                        fmt::format("'{}' is cut differently in the registry than its recipe says",
                                    printable(cursor.path())));
                }
                writer->put(ObjectKind::chunk, chunk, bytes);
            }
            offset += length;
        });
    }
    writer->commit();
}

class Fsck {
  public:
    Fsck(Repository& repository, const FsckOptions& options) : repository_(repository), options_(options) {}

    FsckResult run() {
        if (options_.full) {
            repository_.store().check(repository_.context(),
                                      [&](const StoreProblem& problem) { note(problem); });
        } else {
            repository_.store().check_packs(repository_.context(),
                                            [&](const StoreProblem& problem) { note(problem); });
        }
        repository_.history().check([&](const std::string& object, const std::string& problem) {
            note({object, problem, {}, {}});
        });
        try {
            check_trees();
        } catch (const Error& error) { // the staged tree, a commit or the index itself
            if (error.kind() != ErrorKind::corrupt && error.kind() != ErrorKind::not_found) {
                throw;
            }
            note({"store", error.message(), {}, {}});
        }
        const auto usage = repository_.store().usage();
        result_.objects = usage.objects;
        result_.packs = usage.packs;
        result_.damaged = result_.problem_count > 0;
        return std::move(result_);
    }

  private:
    void note(const StoreProblem& problem) {
        ++result_.problem_count;
        if (result_.problems.size() < kept_problems) {
            result_.problems.push_back(problem);
        }
    }

    /// Every tree that refs reach, and whether the content of each entry is here or known to a registry.
    void check_trees() {
        auto& store = repository_.store();
        const bool elsewhere = !repository_.remote_versions().empty();
        const ProgressScope progress(repository_.context().progress, "checking trees");
        std::set<Sha256> seen;
        // Reflogs keep commits for gc's grace only: what they alone reach may be gone already.
        const auto no_reflog = repository_.session().now() + 1;
        for_each_kept_tree(repository_, no_reflog, [&](const Sha256& root) {
            if (!store.has(ObjectKind::tree, root)) {
                if (!elsewhere) {
                    note({"tree " + root.short_hex(), "missing", root, ObjectKind::tree});
                }
                return; // registries keep the trees of versions, not of the commits between them
            }
            try {
                tree_walk_nodes(
                    store, root, [&](const Sha256& node) { return seen.insert(node).second; },
                    [&](const Sha256&, const TreeNode& node) {
                        repository_.context().check_stop();
                        for (const auto& item : node.leaves) {
                            check_entry(item, elsewhere);
                        }
                        repository_.context().progress.advance(node.leaves.size(), 0);
                    });
            } catch (const Error& error) {
                if (error.kind() != ErrorKind::corrupt && error.kind() != ErrorKind::not_found) {
                    throw;
                }
                note({"tree " + root.short_hex(), error.message(), root, ObjectKind::tree});
            }
        });
    }

    void check_entry(const LeafItem& item, bool elsewhere) {
        if (item.entry.size > 0 && item.entry.kind != EntryKind::empty_dir && !elsewhere &&
            !repository_.store().has_content(item.entry)) {
            note({fmt::format("'{}'", printable(item.path)),
                  "its content is missing (sha256 " + item.entry.hash.short_hex() + ")", item.entry.hash,
                  ObjectKind::chunk});
        } else if (options_.full && lacks_chunks(repository_.store(), item.entry)) {
            note({fmt::format("'{}'", printable(item.path)),
                  "a part of its content is missing (sha256 " + item.entry.hash.short_hex() + ")",
                  item.entry.hash, ObjectKind::recipe});
        }
    }

    Repository& repository_;
    FsckOptions options_;
    FsckResult result_;
};

/// Forgets what cannot be read, rebuilds the index, and fetches again what registries have.
void repair(Repository& repository) {
    auto& store = repository.store();
    store.rebuild_index(repository.context(), [](const StoreProblem&) {});
    for (const auto& version : repository.remote_versions()) {
        if (const auto* roots = version.roots()) {
            RegistryVersion remote(repository.session().registry(version.registry), repository.name().ns(),
                                   *roots);
            TransferStats stats;
            fetch_tree(remote, store, repository.context(), stats);
            refill_recipes(store, remote, repository.context());
        }
    }
    std::set<Sha256> wanted{repository.head_tree().root};
    for (const auto& version : repository.remote_versions()) {
        if (const auto* roots = version.roots()) {
            wanted.insert(roots->tree.root);
        }
    }
    for (const auto& tree : wanted) {
        repository.fetch_content_of(tree);
    }
}

} // namespace

FsckResult fsck(Repository& repository, const FsckOptions& options) {
    if (!options.repair) {
        return Fsck(repository, options).run();
    }
    const auto lock = repository.lock();
    FsckOptions full = options;
    full.full = true; // what is to be repaired must be found first
    auto found = Fsck(repository, full).run();
    if (!found.damaged) {
        return found;
    }
    repair(repository);
    auto after = Fsck(repository, full).run();
    after.repaired = found.problem_count - std::min(found.problem_count, after.problem_count);
    if (!after.damaged) {
        after.problems = found.problems;
        after.problem_count = found.problem_count;
    }
    return after;
}

} // namespace ds

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
    if (options.dry_run) {
        result.after.packs -= std::min(result.after.packs, result.swept.packs_removed);
        result.after.pack_bytes -= std::min(result.after.pack_bytes, result.swept.bytes_freed);
        result.after.objects -= std::min(result.after.objects, result.swept.objects_removed);
    }
    return result;
}

} // namespace ds

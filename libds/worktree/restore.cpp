// Taking paths from a tree, whatever stands there now; and writing whole trees elsewhere (get, export).
#include "base/path.hpp"
#include "os/file.hpp"
#include "worktree/tree_writer.hpp"
#include "worktree/worktree_impl.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds {

TreeInfo WorktreeState::stage_part(const Sha256& base, const Sha256& source,
                                   const std::vector<std::string>& paths) {
    const auto writer = store.writer();
    SessionNodes nodes(store, *writer);
    TreeEditor editor(nodes, *writer, base);
    const Wanted all;
    const Scope scope(paths, all);
    // Entries of `base` above the paths go where `source` has something below: a merge of two ordered lists.
    std::vector<std::string> above;
    for (auto& path : entries_above(scope.paths(), store, base)) {
        const bool replaced =
            std::any_of(scope.paths().begin(), scope.paths().end(), [&](const std::string& p) {
                return is_within(p, path) &&
                       (tree_find(store, source, p) || tree_has_below(store, source, p));
            });
        if (replaced) {
            above.push_back(std::move(path));
        }
    }
    auto next_above = above.begin();
    const auto remove_above = [&](std::string_view until) {
        for (; next_above != above.end() && (until.empty() || *next_above < until); ++next_above) {
            editor.remove(*next_above);
        }
    };
    tree_diff(store, base, store, source, [&](const TreeChange& change) {
        if (scope.covers(change.path)) {
            remove_above(change.path);
            if (change.after != nullptr) {
                editor.put(change.path, *change.after);
            } else {
                editor.remove(change.path);
            }
        }
        return true;
    });
    remove_above({});
    const TreeInfo after = editor.finish();
    if (after.root != base) {
        writer->commit();
    }
    return after;
}

CheckoutResult Worktree::restore(const Sha256& tree, const std::vector<std::string>& paths, Where where,
                                 ContentSource& content, Context& context) {
    ObjectStore& store = impl_->store;
    const Sha256 staged_root = staged().root;
    const Filter chosen = filter();
    const Wanted wanted(chosen.include, chosen.exclude);
    const Scope scope(paths, wanted);
    for (const auto& path : scope.paths()) {
        const auto holds = [&](const Sha256& root) {
            return path.empty() || tree_find(store, root, path) || tree_has_below(store, root, path);
        };
        if (!holds(tree) && !holds(staged_root)) {
            throw Error(ErrorKind::not_found, fmt::format("'{}' is not in that version", impl_->shown(path)),
                        "dsctl ls");
        }
    }
    CheckoutResult result;
    if (where != Where::staged) {
        const ProgressScope progress(context.progress, "restoring");
        FileRemover remover(impl_->root, store);
        tree_diff(store, staged_root, store, tree, [&](const TreeChange& change) {
            if (change.after == nullptr && scope(change.path)) {
                remover.remove(change.path, *change.before);
            }
            return true;
        });
        remover.finish();
        result.removed = remover.removed();

        StatIndexUpdate update(impl_->index(), impl_->index_dir());
        const auto start = impl_->record_time();
        IndexWalk index(impl_->index());
        TreeWriter writer(
            impl_->target(), content, TreeWriter::Existing::replace, context, [&](WriteResult& done) {
                if (done.wrote) {
                    result.count_written(*done.entry);
                    if (start) {
                        update.put(done.path, {done.stat, done.entry->hash, recorded_at_commit});
                    }
                }
            });
        for (RangeCursor cursor(store, tree, ranges_of(scope.paths())); cursor.valid(); cursor.next()) {
            if (scope(cursor.path())) {
                const StatRecord* record = index.at(cursor.path());
                writer.write({cursor.path(), cursor.entry(), record ? std::optional(*record) : std::nullopt});
            }
        }
        writer.finish();
        impl_->commit_index(update, context);
    }
    if (where != Where::worktree) {
        set_staged(impl_->stage_part(staged_root, tree, scope.paths()).root);
    }
    return result;
}

CheckoutResult write_tree(NodeSource& nodes, const Sha256& tree, ContentSource& content,
                          const std::string& target, const WriteOptions& options, Context& context) {
    make_dirs(target);
    const std::string marks = options.marks.empty() ? target : options.marks;
    remove_leftovers(marks, target, context);
    const bool fresh = list_dir(target).empty();
    const TreeInfo info = tree_info(nodes, tree);
    const auto paths = outermost(options.paths);
    const bool whole = paths == std::vector<std::string>{std::string()} && !options.wanted;
    const ProgressScope progress(context.progress, "writing", whole ? info.entries : 0,
                                 whole ? info.bytes : 0);
    CheckoutResult result;
    TreeWriter writer({target, marks, options.replacing, true}, content,
                      fresh ? TreeWriter::Existing::absent : TreeWriter::Existing::keep, context,
                      [&](WriteResult& done) {
                          if (done.wrote) {
                              result.count_written(*done.entry);
                          }
                      });
    for (RangeCursor cursor(nodes, tree, ranges_of(paths)); cursor.valid(); cursor.next()) {
        if (!options.wanted || options.wanted(cursor.path())) {
            writer.write({cursor.path(), cursor.entry(), std::nullopt});
        }
    }
    writer.finish();
    return result;
}

} // namespace ds

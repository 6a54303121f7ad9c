// Three-way merge of trees, per path.
#include "base/path.hpp"
#include "worktree/compare.hpp"

#include <algorithm>
#include <optional>

namespace ds {

namespace {

/// What one side did to one path.
struct SideChange {
    std::string path;
    std::optional<Entry> before;
    std::optional<Entry> after;
};

std::vector<SideChange> changes_of(ObjectStore& store, const Sha256& base, const Sha256& side) {
    std::vector<SideChange> changes;
    tree_diff(store, base, store, side, [&](const TreeChange& change) {
        SideChange one{std::string(change.path), {}, {}};
        if (change.before != nullptr) {
            one.before = *change.before;
        }
        if (change.after != nullptr) {
            one.after = *change.after;
        }
        changes.push_back(std::move(one));
        return true;
    });
    return changes;
}

std::string_view reason(const SideChange& ours, const SideChange& theirs) {
    if (!ours.before) {
        return "added on both sides";
    }
    if (!ours.after) {
        return "deleted here, changed there";
    }
    return theirs.after ? "changed on both sides" : "changed here, deleted there";
}

/// A folder above `path` that is a file in the tree, or an entry that is itself a folder of others.
std::optional<std::string> clash(NodeSource& nodes, const Sha256& tree, const std::string& path) {
    for (auto folder = parent_path(path); !folder.empty(); folder = parent_path(folder)) {
        const auto entry = tree_find(nodes, tree, folder);
        if (entry && entry->kind != EntryKind::empty_dir) {
            return std::string(folder);
        }
    }
    if (tree_has_below(nodes, tree, path)) {
        return path;
    }
    return std::nullopt;
}

/// Sees new nodes of the merge before the store's.
class MergeNodes {
  public:
    explicit MergeNodes(ObjectStore& store) : writer(store.writer()), nodes(store, *writer) {}
    std::unique_ptr<StoreWriter> writer;
    SessionNodes nodes;
};

/// Empty folders exist only while nothing is below them.
TreeInfo drop_filled_folders(MergeNodes& merge, const TreeInfo& tree, const std::vector<std::string>& added) {
    std::vector<std::string> filled;
    for (const auto& path : added) {
        for (auto folder = parent_path(path); !folder.empty(); folder = parent_path(folder)) {
            const auto entry = tree_find(merge.nodes, tree.root, folder);
            if (entry && entry->kind == EntryKind::empty_dir) {
                filled.emplace_back(folder);
            }
        }
    }
    if (filled.empty()) {
        return tree;
    }
    std::sort(filled.begin(), filled.end());
    filled.erase(std::unique(filled.begin(), filled.end()), filled.end());
    TreeEditor editor(merge.nodes, *merge.writer, tree.root);
    for (const auto& folder : filled) {
        editor.remove(folder);
    }
    return editor.finish();
}

} // namespace

MergeResult merge_trees(ObjectStore& store, const Sha256& base, const Sha256& ours, const Sha256& theirs,
                        MergeFavour favour, Context& context) {
    MergeResult result;
    const auto our_changes = changes_of(store, base, ours);
    MergeNodes merge(store);
    TreeEditor editor(merge.nodes, *merge.writer, ours);
    std::vector<std::string> added;
    std::size_t next = 0;
    for (const auto& their : changes_of(store, base, theirs)) {
        context.check_stop();
        while (next < our_changes.size() && our_changes[next].path < their.path) {
            ++next;
        }
        const bool both = next < our_changes.size() && our_changes[next].path == their.path;
        if (both && our_changes[next].after == their.after) {
            continue;
        }
        if (both && favour == MergeFavour::none) {
            result.conflicts.push_back({their.path, std::string(reason(our_changes[next], their))});
            continue;
        }
        if (both && favour == MergeFavour::ours) {
            continue;
        }
        // A file here where they have a folder, or the other way round.
        if (their.after && their.after->kind != EntryKind::empty_dir && !tree_find(store, ours, their.path)) {
            const auto obstacle = clash(store, ours, their.path);
            const bool theirs_removed_it =
                obstacle && *obstacle != their.path && !tree_find(store, theirs, *obstacle) &&
                tree_find(store, base, *obstacle) == tree_find(store, ours, *obstacle);
            const bool emptied = obstacle && *obstacle == their.path && !tree_has_below(store, theirs, their.path) &&
                                 tree_has_below(store, base, their.path) && [&] {
                                     for (const auto& our : our_changes) {
                                         if (our.after && is_within(our.path, their.path)) {
                                             return false;
                                         }
                                     }
                                     return true;
                                 }();
            if (obstacle && !theirs_removed_it && !emptied) {
                if (favour == MergeFavour::ours) {
                    continue;
                }
                result.conflicts.push_back({their.path, "a file on one side, a folder on the other"});
                continue;
            }
        }
        if (their.after && their.after->kind == EntryKind::empty_dir && tree_has_below(store, ours, their.path)) {
            continue; // filled here meanwhile
        }
        ++result.changed;
        if (their.after) {
            editor.put(their.path, *their.after);
            added.push_back(their.path);
        } else {
            editor.remove(their.path);
        }
    }
    if (!result.conflicts.empty()) {
        return result;
    }
    result.tree = drop_filled_folders(merge, editor.finish(), added);
    merge.writer->commit();
    return result;
}

} // namespace ds

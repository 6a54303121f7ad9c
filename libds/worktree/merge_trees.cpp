// Three-way merge per path, driven by what theirs changed: a path that theirs left alone is ours already.
//
// A first pass over their changes decides, collecting conflicts and the entries of ours that must make way; a
// second one writes. Only conflicts and those entries are held in memory.
#include "worktree/compare.hpp"

#include "base/path.hpp"
#include "worktree/worktree_impl.hpp"

#include <algorithm>
#include <set>

namespace ds {

namespace {

constexpr const char* both_changed = "changed on both sides";
constexpr const char* deleted_here = "deleted here, changed there";
constexpr const char* deleted_there = "changed here, deleted there";
constexpr const char* file_here = "file here, folder there";
constexpr const char* folder_here = "folder here, file there";

class Merger {
  public:
    Merger(NodeSource& nodes, const Sha256& base, const Sha256& ours, const Sha256& theirs,
           MergeFavour favour, std::vector<MergeConflict>& conflicts)
        : nodes_(nodes), base_(base), ours_(ours), theirs_(theirs), favour_(favour), conflicts_(conflicts),
          cursor_(nodes, ours) {}

    /// What becomes of ours at a path that theirs changed.
    enum class Take { ours, theirs };
    Take decide(const TreeChange& change) {
        const Entry* ours = find_ours(change.path);
        if (same(ours, change.after)) {
            return Take::ours;
        }
        if (ours == nullptr) { // then theirs has an entry
            if (change.before != nullptr && !is_empty_dir(change.after) &&
                clash(change.path, deleted_here) == Take::ours) {
                return Take::ours;
            }
            return makes_way(change) ? Take::theirs : Take::ours;
        }
        if (same(ours, change.before)) {
            return Take::theirs;
        }
        // A folder that was emptied on one side and filled on the other is no matter for people.
        if (is_empty_dir(ours) && change.after != nullptr) {
            return Take::theirs;
        }
        if (is_empty_dir(change.after) || (change.after == nullptr && is_empty_dir(change.before))) {
            return Take::ours;
        }
        return clash(change.path, change.after == nullptr ? deleted_there : both_changed);
    }
    /// Entries of ours, unchanged by theirs, that make way for theirs.
    [[nodiscard]] const std::set<std::string>& cleared() const noexcept { return cleared_; }

  private:
    static bool same(const Entry* a, const Entry* b) {
        return a == nullptr || b == nullptr ? a == b : *a == *b;
    }
    static bool is_empty_dir(const Entry* entry) {
        return entry != nullptr && entry->kind == EntryKind::empty_dir;
    }

    const Entry* find_ours(std::string_view path) {
        cursor_.seek(path);
        return cursor_.valid() && cursor_.path() == path ? &cursor_.entry() : nullptr;
    }
    Take clash(std::string_view path, const char* reason) {
        if (favour_ == MergeFavour::none) {
            // A file against a folder is one conflict, however much lies in the folder.
            if (named_.emplace(path).second) {
                conflicts_.push_back({std::string(path), reason});
            }
            return Take::ours;
        }
        return favour_ == MergeFavour::ours ? Take::ours : Take::theirs;
    }
    /// Whether an entry of ours that theirs does not have stays, as far as this merge can tell.
    bool stays(const std::string& path, const Entry& ours, const char* reason, std::string_view named) {
        const auto base = tree_find(nodes_, base_, path);
        if (base && *base == ours) {
            return false; // theirs deleted it, and that is one of their changes
        }
        if (clash(named, reason) == Take::ours) {
            return true;
        }
        cleared_.insert(path);
        return false;
    }
    /// Clears the way for an entry of theirs: nothing of ours may stay above or below it.
    bool makes_way(const TreeChange& change) {
        const std::string path(change.path);
        for (std::string_view above = parent_path(path); !above.empty(); above = parent_path(above)) {
            const auto entry = above_ours(above);
            if (!entry) {
                continue;
            }
            if (entry->kind == EntryKind::empty_dir) {
                if (!is_deleted_by_theirs(above)) {
                    cleared_.emplace(above);
                }
            } else if (stays(std::string(above), *entry, file_here, above)) {
                return false;
            }
        }
        const std::string below = path + '/';
        bool clear = true;
        for (cursor_.seek(below); cursor_.valid() && cursor_.path().starts_with(below); cursor_.next()) {
            if (is_empty_dir(change.after)) {
                // Emptied there, but something of ours stays in it: then it is not empty.
                const auto base = tree_find(nodes_, base_, cursor_.path());
                if (!base || *base != cursor_.entry()) {
                    return false;
                }
            } else if (stays(cursor_.path(), cursor_.entry(), folder_here, path)) {
                clear = false;
            }
        }
        return clear;
    }
    std::optional<Entry> above_ours(std::string_view above) {
        if (above == last_above_) {
            return last_above_entry_;
        }
        last_above_ = above;
        last_above_entry_ = tree_find(nodes_, ours_, above);
        return last_above_entry_;
    }
    bool is_deleted_by_theirs(std::string_view path) {
        const auto base = tree_find(nodes_, base_, path);
        return base && !tree_find(nodes_, theirs_, path) && tree_find(nodes_, ours_, path) == base;
    }

    NodeSource& nodes_;
    const Sha256& base_;
    const Sha256& ours_;
    const Sha256& theirs_;
    MergeFavour favour_;
    std::vector<MergeConflict>& conflicts_;
    TreeCursor cursor_;
    std::set<std::string> named_;
    std::set<std::string> cleared_;
    std::string last_above_;
    std::optional<Entry> last_above_entry_;
};

} // namespace

MergeResult merge_trees(NodeSource& nodes, NodeSink& sink, const Sha256& base, const Sha256& ours,
                        const Sha256& theirs, MergeFavour favour, Context& context) {
    MergeResult result;
    std::set<std::string> cleared;
    {
        Merger merger(nodes, base, ours, theirs, favour, result.conflicts);
        std::uint64_t seen = 0;
        tree_diff(nodes, base, nodes, theirs, [&](const TreeChange& change) {
            if (++seen % 1024 == 0) {
                context.check_stop();
            }
            (void)merger.decide(change);
            return true;
        });
        cleared = merger.cleared();
    }
    if (!result.conflicts.empty()) {
        std::sort(result.conflicts.begin(), result.conflicts.end(),
                  [](const MergeConflict& a, const MergeConflict& b) { return a.path < b.path; });
        return result;
    }
    TreeEditor editor(nodes, sink, ours);
    std::vector<MergeConflict> none;
    Merger merger(nodes, base, ours, theirs, favour, none);
    auto next = cleared.begin();
    const auto clear_until = [&](std::string_view path) {
        for (; next != cleared.end() && (path.empty() || *next < path); ++next) {
            editor.remove(*next);
            ++result.changed;
        }
    };
    tree_diff(nodes, base, nodes, theirs, [&](const TreeChange& change) {
        if (merger.decide(change) == Merger::Take::theirs) {
            clear_until(change.path);
            if (next != cleared.end() && *next == change.path) {
                ++next;
            }
            if (change.after != nullptr) {
                editor.put(change.path, *change.after);
            } else {
                editor.remove(change.path);
            }
            ++result.changed;
        }
        return true;
    });
    clear_until({});
    result.tree = editor.finish();
    return result;
}

MergeResult merge_trees(ObjectStore& store, const Sha256& base, const Sha256& ours, const Sha256& theirs,
                        MergeFavour favour, Context& context) {
    const auto writer = store.writer();
    SessionNodes nodes(store, *writer);
    auto result = merge_trees(nodes, *writer, base, ours, theirs, favour, context);
    if (result.conflicts.empty()) {
        writer->commit();
    }
    return result;
}

} // namespace ds

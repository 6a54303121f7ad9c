// Comparing and merging trees, and texts line by line.
#pragma once

#include "base/context.hpp"
#include "model/tree.hpp"
#include "store/object_store.hpp"
#include "worktree/worktree.hpp"

#include <functional>
#include <string>
#include <vector>

namespace ds {

/// Differences of two trees in path order, below `paths`. With `renames`, a deletion and an addition of the
/// same content (not empty) become one rename, paired in O(n) by hash (and, among equal content, by equal
/// file name first). Without renames it streams; with renames it holds additions and deletions in memory up
/// to `rename_limit` of them and gives pairing up beyond it.
struct CompareOptions {
    std::vector<std::string> paths{std::string()};
    bool renames = true;
    std::size_t rename_limit = 200'000;
};
void compare_trees(NodeSource& nodes, const Sha256& before, const Sha256& after,
                   const CompareOptions& options, const std::function<void(const Change&)>& visit);

/// Unified diff of two texts (Myers, linear space, bounded effort with a fallback to whole replacement),
/// appended to `out` with `context_lines` of context, from the first "@@". Counts added and removed lines.
struct LineDiff {
    std::uint64_t added = 0;
    std::uint64_t removed = 0;
};
LineDiff diff_lines(std::string_view before, std::string_view after, unsigned context_lines,
                    std::string* out);
/// Whether the first 8 KiB hold a NUL (then it is not shown line by line).
[[nodiscard]] bool looks_binary(std::string_view bytes) noexcept;

/// Three-way merge per path.
enum class MergeFavour { none, ours, theirs };
struct MergeConflict {
    std::string path;
    std::string reason; ///< "changed on both sides", "deleted here, changed there", "file here, folder there"
};
struct MergeResult {
    TreeInfo tree; ///< valid when there are no conflicts
    std::vector<MergeConflict> conflicts;
    std::uint64_t changed = 0; ///< paths that differ from ours
};
/// @param nodes of all three trees, and of what `sink` has taken
[[nodiscard]] MergeResult merge_trees(NodeSource& nodes, NodeSink& sink, const Sha256& base,
                                      const Sha256& ours, const Sha256& theirs, MergeFavour favour,
                                      Context& context);
[[nodiscard]] MergeResult merge_trees(ObjectStore& store, const Sha256& base, const Sha256& ours,
                                      const Sha256& theirs, MergeFavour favour, Context& context);

} // namespace ds

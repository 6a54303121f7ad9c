// A merge that stopped at conflicts and waits: the file .dsctl/merge.
//
//   dsctl.merge/1 as JSON: {"schema", "version": word, "theirs": commit, "conflicts": [{"path", "path_base64", "reason"}]}
// Paths are bytes, so base64 is what is read back.
#pragma once

#include "dataset/repository.hpp"
#include "worktree/compare.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ds {

struct MergeState {
    std::string version; ///< as given on the command line
    CommitId theirs;
    std::vector<MergeConflict> conflicts;
};

/// The merge that waits. One whose result is committed already is over: a process that was killed left its note.
[[nodiscard]] std::optional<MergeState> load_merge(Repository& repository);
/// @throws Error(conflict) with the way out when a merge waits
void refuse_waiting_merge(Repository& repository);
/// Whether there is a note of a merge, sound or not: what --abort clears.
[[nodiscard]] bool has_merge_note(const Repository& repository);
void save_merge(const Repository& repository, const MergeState& state);
void clear_merge(const Repository& repository);

/// The merge base's tree, or the empty tree for unrelated histories.
[[nodiscard]] TreeInfo merge_base_tree(Repository& repository, const CommitId& ours, const CommitId& theirs);

/// @throws Error(immutable) with the way out when the checkout stands on a published version
void require_draft(Repository& repository);

} // namespace ds

// Verbs on the work tree and the next commit.
#pragma once

#include "dataset/repository.hpp"
#include "worktree/compare.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ds {

/// What `status` says besides the lists.
struct StatusHead {
    DatasetName dataset;
    CurrentVersion current;
    std::optional<std::string> registry;
    std::optional<std::uint64_t> ahead; ///< commits that the registry (as last seen) lacks
    std::optional<std::uint64_t> behind;
    bool merging = false;
    std::vector<MergeConflict> conflicts;
    bool partial = false;
    /// Large files whose content is in the work tree only (store.large-files = reference).
    std::uint64_t referenced_files = 0, referenced_bytes = 0;
    std::optional<std::string> way_on; ///< the command, when somebody else published what is a draft here
};
[[nodiscard]] StatusHead status_head(Repository& repository);
/// HEAD against the staged tree.
void staged_changes(Repository& repository, const std::vector<std::string>& paths, bool renames,
                    const std::function<void(const Change&)>& visit);

/// Refuses on a published version with the way out. @throws Error(immutable)
AddResult add(Repository& repository, const AddOptions& options);
struct RemoveResult {
    std::vector<std::string> paths;
    std::uint64_t bytes = 0; ///< of them as they were staged
};
RemoveResult rm(Repository& repository, const Worktree::RemoveOptions& options);
/// See Worktree::move(). @return the new path: within `to`, if that is a folder
std::string mv(Repository& repository, const std::string& from, const std::string& to);
void mkdir(Repository& repository, const std::vector<std::string>& paths);

struct RestoreOptions {
    std::vector<std::string> paths;
    std::optional<std::string> from;
    bool staged = false;
    bool worktree = false; ///< with staged: both
};
CheckoutResult restore(Repository& repository, const RestoreOptions& options);

struct CommitOptions {
    std::string message;
    bool all = false;
    bool amend = false;
    bool allow_empty = false;
};
struct CommitResult {
    CommitId id;
    std::optional<CommitId> parent;
    VersionName version;
    TreeInfo tree;
    std::uint64_t added = 0, modified = 0, deleted = 0;
};
/// @throws Error(differs) when there is nothing to commit (exit 1)
CommitResult commit(Repository& repository, const CommitOptions& options);
/// Moves the draft; with hard also index and files. Without: the staged tree stays as it is.
CommitId reset(Repository& repository, const std::string& revision, bool hard);

} // namespace ds

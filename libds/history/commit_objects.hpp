// A commit as the git objects it consists of, without a repository: what a draft in a registry gets when its
// files are changed without a checkout. The ids are those that History::write_commit() would give.
#pragma once

#include "history/history.hpp"

#include <vector>

namespace ds {

struct CommitObjects {
    CommitId id;
    std::vector<RawObject> objects; ///< blob, tree, commit: each behind what it refers to
};

/// Whether the parents exist is for the caller to know. Thread-safe.
/// @throws Error(usage) for what git cannot hold
[[nodiscard]] CommitObjects commit_objects(const CommitData& data);

} // namespace ds

// How the outcome of a merge is shown, by `merge` and by `pull`.
#pragma once

#include "cli.hpp"
#include "dataset/versions.hpp"

namespace ds::cli {

/// From --ours and --theirs. @throws Error(usage) for both
[[nodiscard]] MergeFavour merge_favour(const Arguments& args);
void merge_members(JsonDocument& json, const MergeOutcome& outcome);
/// What a merge would do, for dry runs.
void print_preview(Cli& cli, const MergeOutcome& outcome);
void print_merge(Cli& cli, const MergeOutcome& outcome);
/// 6 with conflicts.
[[nodiscard]] int merge_exit_code(const MergeOutcome& outcome);

} // namespace ds::cli

// Walking the work tree: every path with its lstat, in byte order, stats taken in parallel.
#pragma once

#include "base/context.hpp"
#include "os/walk.hpp"
#include "worktree/ignore.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

struct ScanEntry {
    std::string_view path; ///< relative; lives during the call
    FileStat
        stat; ///< regular, symlink, other (socket, fifo, device), or directory: an empty folder (kind only)
    /// Set by `visit` to the length of a leading folder of `path`: the rest of that folder is not walked.
    mutable std::size_t skip_folder = 0;
};

struct ScanOptions {
    /// Paths to scan, normalised, sorted, none within another; {""} is all. What does not exist is skipped.
    std::vector<std::string> roots{std::string()};
    IgnoreRules* ignore = nullptr; ///< null: nothing but .git and .dsctl is ignored
    /// An ignored path is reported all the same when this says that it is tracked (may be empty). For a
    /// folder it is asked whether anything tracked is below it.
    std::function<bool(std::string_view, bool folder)> tracked;
};

/// Whether a folder holds nothing that scan() would report (it may hold ignored names). False when it
/// does not exist. @throws Error when it cannot be read
[[nodiscard]] bool is_empty_folder(const std::string& root, std::string_view folder, IgnoreRules& ignore);

/// Calls `visit` for files, links, others and empty folders in rising byte order of path. A folder is empty
/// when nothing that is not ignored is in it. Memory: the names of the folders on the way and a window of
/// stats.
/// @throws Error naming an unreadable folder via `unreadable` when given (then the walk goes on), else throws
void scan(const std::string& root, const ScanOptions& options, Context& context,
          const std::function<void(const ScanEntry&)>& visit,
          const std::function<void(std::string_view path, const Error&)>& unreadable = {});

} // namespace ds

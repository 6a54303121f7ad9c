// The ordered merge of work tree, staged tree and stat index that status, add and their like are made of.
// Internal to this module.
#pragma once

#include "base/context.hpp"
#include "model/tree.hpp"
#include "worktree/ignore.hpp"
#include "worktree/scan.hpp"
#include "worktree/stat_index.hpp"
#include "worktree/wanted.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

/// A part of the order of paths: [low, high), no upper end if `high` is empty.
struct PathRange {
    std::string low;
    std::string high;
};
/// The ranges that hold each path itself and all below it, in order. {""} gives everything.
[[nodiscard]] std::vector<PathRange> ranges_of(const std::vector<std::string>& paths);

/// Walks the entries of a tree that lie in ranges.
class RangeCursor {
  public:
    RangeCursor(NodeSource& nodes, const Sha256& root, std::vector<PathRange> ranges);
    [[nodiscard]] bool valid() const noexcept { return at_ < ranges_.size(); }
    [[nodiscard]] const std::string& path() const { return cursor_.path(); }
    [[nodiscard]] const Entry& entry() const { return cursor_.entry(); }
    void next();

  private:
    void settle();
    TreeCursor cursor_;
    std::vector<PathRange> ranges_;
    std::size_t at_ = 0;
};

/// What a survey tells, in rising order of path. `known` is the recorded hash where the stat proves it.
class SurveyVisitor {
  public:
    virtual ~SurveyVisitor() = default;
    /// On disk (file, link or empty folder) and tracked.
    virtual void both(std::string_view path, const FileStat& disk, const Entry& staged,
                      const Sha256* known) = 0;
    /// On disk and not tracked.
    virtual void only_disk(const ScanEntry& entry) = 0;
    /// Tracked and not on disk (or a socket and the like stands there).
    virtual void only_staged(std::string_view path, const Entry& staged) = 0;
    /// An empty folder is tracked; on disk it has content now.
    virtual void filled(std::string_view path) = 0;
    /// Not readable (then `failed` says how), or nothing that a dataset can hold.
    virtual void problem(std::string_view path, const std::string& why, std::optional<ErrorKind> failed) = 0;
    /// The stat index has a path that is neither on disk nor tracked. Only when everything is surveyed.
    virtual void stale(std::string_view path) = 0;
};

struct Survey {
    const std::string& root;
    NodeSource& nodes;
    Sha256 staged;
    const StatIndex& index;
    IgnoreRules& ignore;
    const Wanted& wanted;                 ///< unwanted paths may be absent
    std::vector<std::string> paths;       ///< outermost only; {""} is everything
    std::vector<std::string> more_staged; ///< single tracked paths to look at besides

    void run(Context& context, SurveyVisitor& visitor) const;
};

} // namespace ds

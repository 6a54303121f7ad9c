// See survey.hpp. Three streams in byte order of paths, each moved forward to where the walk of the disk
// stands.
#include "worktree/survey.hpp"

#include "base/path.hpp"
#include "os/beneath.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds {

std::vector<PathRange> ranges_of(const std::vector<std::string>& paths) {
    std::vector<PathRange> ranges;
    for (const auto& path : paths) {
        if (path.empty()) {
            return {PathRange{}};
        }
        ranges.push_back({path, path + '\0'});
        ranges.push_back({path + '/', path + '0'}); // '0' follows '/'
    }
    std::sort(ranges.begin(), ranges.end(),
              [](const PathRange& a, const PathRange& b) { return a.low < b.low; });
    return ranges;
}

RangeCursor::RangeCursor(NodeSource& nodes, const Sha256& root, std::vector<PathRange> ranges)
    : cursor_(nodes, root), ranges_(std::move(ranges)) {
    settle();
}

void RangeCursor::next() {
    cursor_.next();
    settle();
}

void RangeCursor::settle() {
    while (at_ < ranges_.size()) {
        if (!cursor_.valid()) {
            at_ = ranges_.size();
        } else if (cursor_.path() < ranges_[at_].low) {
            cursor_.seek(ranges_[at_].low);
        } else if (!ranges_[at_].high.empty() && cursor_.path() >= ranges_[at_].high) {
            ++at_;
        } else {
            return;
        }
    }
}

namespace {

class Merge {
  public:
    Merge(const Survey& survey, SurveyVisitor& visitor)
        : survey_(survey), visitor_(visitor), whole_(survey.paths == std::vector<std::string>{std::string()}),
          tree_(survey.nodes, survey.staged, ranges()), index_(survey.index), files_(survey.root) {}

    void on_disk(const ScanEntry& entry) {
        tree_until(entry.path);
        const bool tracked = tree_.valid() && tree_.path() == entry.path;
        if (entry.stat.kind == FileStat::Kind::other) {
            visitor_.problem(entry.path, "it is a socket, a pipe or a device", std::nullopt);
            return; // if tracked, it counts as gone: the cursor still stands on it
        }
        if (!tracked) {
            index_until(entry.path, Stale::tell);
            visitor_.only_disk(entry);
            return;
        }
        index_until(entry.path, Stale::tell);
        const bool known =
            index_.valid() && index_.path() == entry.path && stat_matches(index_.record(), entry.stat);
        visitor_.both(entry.path, entry.stat, tree_.entry(), known ? &index_.record().hash : nullptr);
        tree_.next();
    }
    void unreadable(std::string_view folder, const Error& error) {
        const std::string below = std::string(folder) + '/';
        tree_until(below);
        visitor_.problem(folder, error.message(), error.kind());
        while (tree_.valid() && tree_.path().starts_with(below)) {
            tree_.next();
        }
        index_until(std::string(folder) + '0', Stale::keep);
    }
    void finish() {
        while (tree_.valid()) {
            gone();
        }
        while (whole_ && index_.valid()) {
            step_index(Stale::tell);
        }
    }

  private:
    enum class Stale { tell, keep };

    [[nodiscard]] std::vector<PathRange> ranges() const {
        auto ranges = ranges_of(survey_.paths);
        for (const auto& path : survey_.more_staged) {
            ranges.push_back({path, path + '\0'});
        }
        std::sort(ranges.begin(), ranges.end(),
                  [](const PathRange& a, const PathRange& b) { return a.low < b.low; });
        return ranges;
    }
    void tree_until(std::string_view path) {
        while (tree_.valid() && tree_.path() < path) {
            gone();
        }
    }
    /// The tracked path the cursor stands on was not met on disk.
    void gone() {
        const std::string& path = tree_.path();
        index_until(path, Stale::tell);
        if (tree_.entry().kind == EntryKind::empty_dir &&
            files_.lstat(path).kind == FileStat::Kind::directory) {
            visitor_.filled(path);
        } else if (survey_.wanted.all() || survey_.wanted(path)) {
            visitor_.only_staged(path, tree_.entry());
        }
        if (index_.valid() && index_.path() == path) {
            index_.next(); // whoever takes the entry away also takes the record
        }
        tree_.next();
    }
    void step_index(Stale stale) {
        if (whole_ && stale == Stale::tell) {
            visitor_.stale(index_.path());
        }
        index_.next();
    }
    void index_until(std::string_view path, Stale stale) {
        // Mostly the next one; a long way off only when few paths are looked at.
        constexpr int patience = 64;
        for (int steps = 0; index_.valid() && index_.path() < path; ++steps) {
            if (!whole_ && steps == patience) {
                index_.seek(path);
                return;
            }
            if (index_.path() == passed_) {
                index_.next();
            } else {
                step_index(stale);
            }
        }
        passed_.assign(path);
    }

    const Survey& survey_;
    SurveyVisitor& visitor_;
    bool whole_;
    RangeCursor tree_;
    StatIndexCursor index_;
    BeneathDir files_;
    std::string passed_; ///< the last path that was on disk or tracked: its record is not stale
};

/// Answers whether paths are tracked. They mostly come in rising order, and most of them are not.
class TrackedPaths {
  public:
    TrackedPaths(NodeSource& nodes, const Sha256& tree) : cursor_(nodes, tree) {}
    bool holds(std::string_view path) {
        move_to(path);
        return cursor_.valid() && cursor_.path() == path;
    }
    bool holds_below(std::string_view folder) {
        const std::string below = std::string(folder) + '/';
        move_to(below);
        return cursor_.valid() && cursor_.path().starts_with(below);
    }

  private:
    void move_to(std::string_view path) {
        constexpr int patience = 16;
        if (path < asked_) {
            cursor_.seek(path);
        }
        for (int steps = 0; cursor_.valid() && cursor_.path() < path; ++steps) {
            if (steps == patience) {
                cursor_.seek(path);
                break;
            }
            cursor_.next();
        }
        asked_.assign(path);
    }
    TreeCursor cursor_;
    std::string asked_;
};

} // namespace

void Survey::run(Context& context, SurveyVisitor& visitor) const {
    Merge merge(*this, visitor);
    ScanOptions options;
    options.roots = paths;
    options.ignore = &ignore;
    TrackedPaths tracked(nodes, staged);
    options.tracked = [&](std::string_view path, bool folder) {
        return tracked.holds(path) || (folder && tracked.holds_below(path));
    };
    scan(
        root, options, context, [&](const ScanEntry& entry) { merge.on_disk(entry); },
        [&](std::string_view path, const Error& error) { merge.unreadable(path, error); });
    merge.finish();
}

} // namespace ds

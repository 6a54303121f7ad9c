// What the parts of Worktree share: the state's files, and small judgements about entries. Internal to this
// module.
#pragma once

#include "base/path.hpp"
#include "base/relative_path.hpp"
#include "os/beneath.hpp"
#include "worktree/survey.hpp"
#include "worktree/tree_writer.hpp"
#include "worktree/worktree.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ds {

struct WorktreeState {
    WorktreeState(std::string r, std::string d, ObjectStore& s)
        : root(std::move(r)), dir(std::move(d)), store(s) {}

    /// For messages: as seen from where the user is.
    [[nodiscard]] std::string shown(std::string_view path) const {
        return printable(relative_to(path, shown_from));
    }
    [[nodiscard]] std::string staged_path() const { return dir + "/staged"; }
    [[nodiscard]] std::string filter_path() const { return dir + "/filter"; }
    [[nodiscard]] std::string index_dir() const { return dir + "/index"; }

    /// The index as it was when first asked for since the last update.
    [[nodiscard]] const StatIndex& index();
    void forget_index() { index_.reset(); }
    /// Commits an update; a failure is only worth a trace, as the index is a cache.
    void commit_index(StatIndexUpdate& update, Context& context) noexcept;
    /// The time to record with what is hashed from now on; nothing when the index cannot be written.
    [[nodiscard]] std::optional<std::int64_t> record_time() noexcept;
    void write_staged(const Sha256& tree);
    /// The work tree, for writing. What the store refers to is adopted before it is overwritten.
    [[nodiscard]] TreeWriter::Target target() {
        return {root, dir, [this](std::string_view path) { store.adopt(path); }};
    }
    /// `base` with what `source` holds at and below the paths. Writes (and commits) tree nodes only.
    [[nodiscard]] TreeInfo stage_part(const Sha256& base, const Sha256& source,
                                      const std::vector<std::string>& paths);

    std::string root;
    std::string dir;
    std::string shown_from; ///< a folder of the work tree
    ObjectStore& store;

  private:
    std::optional<StatIndex> index_;
};

/// The kind of entry that a path of this stat would be; nothing for sockets and the like.
[[nodiscard]] std::optional<EntryKind> kind_of(const FileStat& stat) noexcept;
/// Whether one of the two is a link or folder and the other is not (a changed x bit is no change of type).
[[nodiscard]] bool differs_in_type(EntryKind a, EntryKind b) noexcept;
/// Sorted, without doubles and without what lies within another one of them.
[[nodiscard]] std::vector<std::string> outermost(std::vector<std::string> paths);
/// Looks paths up in the stat index that come in rising order: steps where they are close, seeks where not.
class IndexWalk {
  public:
    explicit IndexWalk(const StatIndex& index) : cursor_(index) {}
    /// The record of a path, or null; valid until the next call.
    [[nodiscard]] const StatRecord* at(std::string_view path);

  private:
    StatIndexCursor cursor_;
};

/// A part of the tree, as verbs are given it: paths (outermost only), less what a partial clone leaves out.
class Scope {
  public:
    Scope(std::vector<std::string> paths, const Wanted& wanted)
        : paths_(outermost(std::move(paths))), wanted_(wanted) {}
    [[nodiscard]] bool whole() const { return paths_.size() == 1 && paths_.front().empty(); }
    /// Whether the path is one of them or below.
    [[nodiscard]] bool covers(std::string_view path) const;
    [[nodiscard]] bool operator()(std::string_view path) const {
        return covers(path) && (wanted_.all() || wanted_(path));
    }
    [[nodiscard]] const std::vector<std::string>& paths() const noexcept { return paths_; }

  private:
    std::vector<std::string> paths_;
    const Wanted& wanted_;
};

/// Tracked entries that stand where the paths need folders, in order.
[[nodiscard]] std::vector<std::string> entries_above(const std::vector<std::string>& paths, NodeSource& nodes,
                                                     const Sha256& staged);
/// Hashes a file or link of the work tree. @throws Error
[[nodiscard]] Entry hash_path(BeneathDir& files, std::string_view path, const FileStat& stat,
                              Context& context);
/// Removes files in rising order of path, and the folders that get empty by it.
class FileRemover {
  public:
    /// @param store is asked to adopt what it refers to before that is removed
    FileRemover(const std::string& root, ObjectStore& store) : store_(store), files_(root) {}
    /// Removes what an entry stands for; a folder that took a file's place stays. @throws Error
    void remove(std::string_view path, const Entry& entry);
    void finish();
    [[nodiscard]] std::uint64_t removed() const noexcept { return removed_; }

  private:
    ObjectStore& store_;
    BeneathDir files_;
    std::string last_;
    std::uint64_t removed_ = 0;
};
/// Removes the folder of `path` and those above it as long as they are empty, not going above `keep`.
void remove_empty_parents(BeneathDir& files, std::string_view path, std::string_view keep = {});

} // namespace ds

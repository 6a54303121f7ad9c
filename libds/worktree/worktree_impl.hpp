// What the parts of Worktree share: the state's files, and small judgements about entries. Internal to this module.
#pragma once

#include "os/beneath.hpp"
#include "worktree/survey.hpp"
#include "worktree/worktree.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ds {

struct Worktree::Impl {
    Impl(std::string r, std::string d, ObjectStore& s) : root(std::move(r)), dir(std::move(d)), store(s) {}

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

    std::string root;
    std::string dir;
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
/// Hashes a file or link of the work tree. @throws Error
[[nodiscard]] Entry hash_path(BeneathDir& files, std::string_view path, const FileStat& stat, Context& context);
/// Removes the folder of `path` and those above it as long as they are empty, not going above `keep`.
void remove_empty_parents(BeneathDir& files, std::string_view path, std::string_view keep = {});

} // namespace ds

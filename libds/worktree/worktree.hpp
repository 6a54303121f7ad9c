// The work tree of a checkout: status, staging, checkout. Trees in, trees out: it knows neither history nor
// refs.
//
//   .dsctl/worktree/staged    text: "dsctl-staged 1\ntree sha256:<hex>\n[partial\n]": what the next commit
//   holds .dsctl/worktree/index/    the stat index .dsctl/worktree/filter    patterns of a partial clone
//   ("+glob" / "-glob" a line); absent: whole
// The staged tree is the truth, the stat index only saves hashing.
#pragma once

#include "base/context.hpp"
#include "model/tree.hpp"
#include "store/object_store.hpp"
#include "worktree/ignore.hpp"
#include "worktree/stat_index.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ds {

struct WorktreeState; // worktree_impl.hpp

enum class ChangeKind : char {
    added = 'A',
    modified = 'M',
    deleted = 'D',
    type_changed = 'T',
    renamed = 'R',
    conflicted = 'U'
};

/// One difference between two states of a path.
struct Change {
    ChangeKind kind;
    std::string path;
    std::string old_path; ///< renamed only
    std::optional<Entry> before;
    std::optional<Entry>
        after; ///< for the work tree: kind and size; the hash only when it had to be computed
};

struct StatusOptions {
    std::vector<std::string> paths{std::string()}; ///< normalised
    enum class Untracked {
        no,
        normal,
        all
    } untracked = Untracked::normal; ///< normal: folders collapsed, with "/" at the end
    bool refresh_index = true;       ///< records new stats of files found unchanged by hashing
};

struct StatusVisitor {
    std::function<void(const Change&)> unstaged; ///< work tree against the staged tree, in path order
    std::function<void(const std::string&)> untracked;
    std::function<void(const std::string&, const std::string&)>
        warning; ///< path, why (unreadable, socket, …)
};

struct AddOptions {
    std::vector<std::string> paths; ///< normalised; "" is everything
    bool all = false; ///< also stage deletions everywhere below paths (paths given explicitly do so too)
    bool only_tracked = false; ///< as `commit -a`: nothing new
    bool dry_run = false;
};

struct AddResult {
    std::uint64_t added = 0;
    std::uint64_t modified = 0;
    std::uint64_t deleted = 0;
    std::uint64_t bytes = 0;                                  ///< content read, or in a dry run to be read
    std::vector<std::pair<std::string, std::string>> skipped; ///< path, why (at most 1,000)
    std::uint64_t skipped_count = 0;
    /// The first path that should have been taken and was not (unreadable, kept changing).
    struct Failure {
        ErrorKind kind;
        std::string path;
        std::string why;
    };
    std::optional<Failure> failed;
    TreeInfo staged;
};

struct CheckoutOptions {
    bool force = false;                            ///< overwrite local changes and untracked files in the way
    std::vector<std::string> paths{std::string()}; ///< only these
};

/// Files and links; empty folders come and go uncounted, as in a version's number of files.
struct CheckoutResult {
    std::uint64_t written = 0;
    std::uint64_t removed = 0;
    std::uint64_t bytes = 0;
    std::uint64_t folders = 0; ///< empty ones that were made

    void count_written(const Entry& entry) {
        folders += entry.kind == EntryKind::empty_dir ? 1 : 0;
        written += entry.kind == EntryKind::empty_dir ? 0 : 1;
        bytes += entry.size;
    }
};

/// One checkout. Mutating calls need the repository's exclusive lock, which the caller holds. Not
/// thread-safe.
class Worktree {
  public:
    /// @param root of the work tree @param state_dir .dsctl/worktree
    Worktree(std::string root, std::string state_dir, ObjectStore& store);
    ~Worktree();
    /// Creates the state of an empty work tree.
    static void create(const std::string& state_dir, ObjectStore& store);

    [[nodiscard]] const std::string& root() const noexcept;
    /// Messages name paths as seen from this folder of the work tree ("": its root).
    void show_paths_from(std::string folder);
    [[nodiscard]] std::string shown(std::string_view path) const;
    [[nodiscard]] TreeInfo staged();
    void set_staged(const Sha256& tree);

    /// Patterns of a partial clone; empty: whole.
    struct Filter {
        std::vector<std::string> include;
        std::vector<std::string> exclude;
        [[nodiscard]] bool empty() const noexcept { return include.empty() && exclude.empty(); }
        [[nodiscard]] bool wants(std::string_view path) const;
    };
    [[nodiscard]] Filter filter();
    void set_filter(const Filter& filter);

    /// One lstat per file and nothing more where nothing changed. Absent paths outside the filter are no
    /// deletions.
    void status(const StatusOptions& options, Context& context, const StatusVisitor& visitor);
    /// Whether any tracked file differs from the staged tree.
    /// @param untracked if given: how many files and empty folders are neither tracked nor ignored (when
    /// nothing differs)
    [[nodiscard]] bool is_modified(Context& context, std::uint64_t* untracked = nullptr);

    /// Takes content in and moves the staged tree. Content is durable before the staged tree refers to it.
    /// Files that cannot be read, or keep changing, are skipped and named; sockets, fifos and devices too.
    /// @throws Error(not_found) when a given path neither exists nor is tracked; Error(usage) when it is
    /// ignored
    AddResult add(const AddOptions& options, Context& context);
    /// Removes from the staged tree, and unless `cached` from the work tree (refusing local changes unless
    /// force).
    struct RemoveOptions {
        std::vector<std::string> paths;
        bool cached = false, recursive = false, force = false, dry_run = false;
    };
    std::vector<std::string> remove(const RemoveOptions& options, Context& context);
    /// Renames in work tree and staged tree; onto an existing folder moves into it. For a file a '/' at the end
    /// of `to` demands such a folder.
    /// @return the new path
    std::string move(const std::string& from, const std::string& to, Context& context);
    /// Makes a folder in the work tree and stages it as an empty folder (parents as needed).
    void make_folder(const std::string& path, Context& context);

    /// Stages edits without touching files (paths in rising order).
    struct Edit {
        std::string path;
        std::optional<Entry> entry; ///< nothing: remove
    };
    TreeInfo stage(const std::vector<Edit>& edits, Context& context);

    /// Makes the work tree that shows `from` show `to`, and stages `to`. Touches only what differs; refuses,
    /// before it changes anything, when a file it would overwrite or remove has local changes, naming the
    /// first ten. Files appear whole (temp + rename); written in parallel; stat index updated. `content` may
    /// fetch lazily.
    CheckoutResult checkout(const Sha256& from, const Sha256& to, ContentSource& content,
                            const CheckoutOptions& options, Context& context);
    /// Writes single paths (files, or all below a folder) from `tree` into the work tree, whatever stands
    /// there. With `stage_too` the staged tree takes them as well. @throws Error(not_found)
    enum class Where { worktree, staged, both };
    CheckoutResult restore(const Sha256& tree, const std::vector<std::string>& paths, Where where,
                           ContentSource& content, Context& context);

    /// The entry of a work-tree file, hashed (through the stat index).
    [[nodiscard]] std::optional<Entry> entry_of(const std::string& path, Context& context);
    [[nodiscard]] IgnoreRules ignore_rules() const;

  private:
    std::unique_ptr<WorktreeState> impl_;
};

/// Writes a tree (or part of it) into an empty or existing folder, for get and export: parallel, whole files
/// only, never outside of `target`. A file that is there with the right content is left alone (so a second
/// run resumes).
struct WriteOptions {
    std::vector<std::string> paths{std::string()};
    std::function<bool(std::string_view)> wanted; ///< further filter, may be empty
    /// The folder for the mark of this writer (os/writer_mark.hpp); empty: the target.
    std::string marks;
    /// Called in any thread before what stands at a path (relative to the target) is overwritten.
    std::function<void(std::string_view)> replacing;
};
CheckoutResult write_tree(NodeSource& nodes, const Sha256& tree, ContentSource& content,
                          const std::string& target, const WriteOptions& options, Context& context);

} // namespace ds

// History: commits, refs, tags and reflogs in a bare git repository, through libgit2.
//
// Drafts are refs/heads/<version>; published versions are annotated tags refs/tags/<version> whose message is
// the record's text; what a registry had at the last fetch or push is refs/remotes/<registry>/<version>. HEAD
// is a symbolic ref to the draft's branch; while the checkout stands on a published version it names the commit
// (git allows no other ref than a branch), and the file "dsctl-version" says which version that is:
//
//   note := (version " " hex40 "\n"){1-2}      the first line with HEAD's commit counts
//
// Objects and refs are fsynced, in this order; reflogs are not, as in git. Errors of libgit2 become
// ds::Error; a damaged object is CorruptObject. Objects of this class are for one thread.
#pragma once

#include "base/error.hpp"
#include "base/names.hpp"
#include "history/commit.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ds {

enum class VersionState { draft, published };

/// Where the checkout stands.
struct CurrentVersion {
    VersionName name;
    VersionState state;
    std::optional<CommitId> commit; ///< nothing: a draft without commits
};

/// A local version.
struct LocalVersion {
    VersionName name;
    VersionState state;
    CommitId commit;
};

/// An annotated tag.
struct PublishedTag {
    CommitId commit;
    std::string record; ///< exact text of the record
};

struct ReflogEntry {
    CommitId before;
    CommitId after;
    Signature who;
    std::string message;
};

struct RawObject {
    std::uint8_t type = 0; ///< 1 commit, 2 tree, 3 blob, 4 tag
    std::string bytes;
};

class History {
  public:
    /// Creates the bare repository with HEAD on the (unborn) draft `first`. @throws Error
    static void create(const std::string& path, const VersionName& first);
    /// Makes anew what nothing can be opened without: folders, the configuration, and a HEAD, which names no version
    /// until somebody switches. Call while holding the repository's exclusive lock. @returns what was missing, "HEAD"
    [[nodiscard]] static std::vector<std::string> restore_frame(const std::string& path);
    /// @throws Error (corrupt when it is not a sound repository)
    [[nodiscard]] static std::unique_ptr<History> open(const std::string& path);
    ~History();

    /// Removes the lock and temporary files that killed processes left. Call while holding the
    /// repository's exclusive lock: no other process may be writing. @throws Error
    void remove_stale_locks();
    /// Makes objects durable that were written or imported but are named by no ref yet. Everything
    /// below that moves a ref does it by itself; without either they are gone with this object.
    void flush();

    // commits
    /// Pending until flush() or until a ref is moved. @throws Error(usage) for what git cannot hold
    [[nodiscard]] CommitId write_commit(const CommitData& data);
    /// @throws Error(not_found), CorruptObject
    [[nodiscard]] Commit read_commit(const CommitId& id);
    [[nodiscard]] bool has_commit(const CommitId& id);
    [[nodiscard]] bool is_ancestor(const CommitId& ancestor, const CommitId& of); ///< true when equal
    [[nodiscard]] std::optional<CommitId> merge_base(const CommitId& a, const CommitId& b);
    /// Newest first, parents never before children; stops when `visit` returns false.
    void walk(const std::vector<CommitId>& from, const std::vector<CommitId>& hide,
              const std::function<bool(const Commit&)>& visit);

    // the checkout's version
    [[nodiscard]] CurrentVersion current();
    void set_current(const VersionName& name, VersionState state);

    // drafts: compare-and-swap on the ref; `expected` nothing means it must not exist yet.
    [[nodiscard]] std::optional<CommitId> draft(const VersionName& name);
    /// @param why for the reflog ("commit: …") @throws Error(conflict) when it moved meanwhile
    void set_draft(const VersionName& name, const CommitId& to, const std::optional<CommitId>& expected,
                   const Signature& who, const std::string& why);
    void remove_draft(const VersionName& name);

    // published versions
    [[nodiscard]] std::optional<PublishedTag> published(const VersionName& name);
    /// Create-once. @throws Error(immutable) when the tag exists with other content
    void add_published(const VersionName& name, const CommitId& commit, const std::string& record,
                       const Signature& who);
    /// Drafts and published versions, sorted by name.
    [[nodiscard]] std::vector<LocalVersion> versions();

    // remote tracking
    [[nodiscard]] std::optional<CommitId> remote(const std::string& registry, const std::string& version);
    void set_remote(const std::string& registry, const std::string& version, const CommitId& to);
    void remove_remote(const std::string& registry, const std::string& version);
    /// (registry, version, commit)
    struct RemoteRef {
        std::string registry;
        std::string version;
        CommitId commit;
    };
    [[nodiscard]] std::vector<RemoteRef> remotes();

    /// All refs as git names them, with their targets peeled to commits (for for-each-ref and gc).
    [[nodiscard]] std::vector<std::pair<std::string, CommitId>> all_refs();
    [[nodiscard]] std::vector<ReflogEntry> reflog(const std::string& ref);
    /// Every commit any reflog mentions (gc keeps them for a while).
    [[nodiscard]] std::vector<CommitId> reflog_commits(std::int64_t not_before);

    /// Resolves git revision syntax: version names (published ones, then drafts), `HEAD`, `v1~2`, `v1^2`, `v2@{1}`,
    /// (abbreviated) commit ids, `registry/version`. Nothing when it names nothing.
    /// @throws Error(usage) for an ambiguous or malformed revision
    [[nodiscard]] std::optional<CommitId> resolve(const std::string& revision);

    // transfer
    /// Every git object of the commits reachable from `tip` but not from `hide`, parents before children.
    void export_objects(const CommitId& tip, const std::vector<CommitId>& hide,
                        const std::function<void(RawObject)>& visit);
    /// Writes a raw object; returns its id. Hostile input: parsed strictly (a commit's dataset blob too).
    CommitId import_object(const RawObject& object);

    /// Moves loose objects into a pack when there are `at_least` so many; returns how many it moved. Call while
    /// holding the repository's exclusive lock. Readers go on. @throws Error
    std::uint64_t pack_objects(std::size_t at_least);
    /// What check() found about an object: "HEAD", "refs/heads/v1", "commit 9f3c…".
    using OnProblem = std::function<void(const std::string& object, const Error& problem)>;
    /// Reads every object reachable from every ref. @param visit gets every commit that is whole
    void check(const OnProblem& report, const std::function<void(const Commit&)>& visit = {});
    /// The refs, with their full names, that cannot be read or, for tags, whose object cannot.
    [[nodiscard]] std::vector<std::string> damaged_refs();
    /// Makes way for a ref that is made anew. Not for a ref that can be read.
    void forget_damaged_ref(const std::string& ref);
    [[nodiscard]] const std::string& path() const noexcept;

    struct Impl; ///< opaque: shared by the .cpp files of this module

  private:
    explicit History(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace ds

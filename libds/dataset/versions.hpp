// Verbs on versions: draft, versions, switch, merge, drop; log, diff and show have their data here.
#pragma once

#include "dataset/work.hpp"
#include "release/signatures.hpp"
#include "worktree/diff_rows.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ds {

struct DraftOptions {
    std::string version; ///< a version, or a full REF (then in the registry, without a checkout)
    std::optional<std::string> inherit; ///< a version or REF
    bool start_new = false;
};
struct DraftResult {
    DatasetName dataset;
    VersionName version;
    std::optional<std::string> registry; ///< set when it was made in the registry
    std::optional<Origin> origin;
    TreeInfo tree;
    std::uint64_t bytes_moved = 0;
};
DraftResult draft(Repository& repository, const DraftOptions& options);
/// With a full REF as version: creates the draft in its registry.
DraftResult draft_remote(Session& session, const DraftOptions& options);

/// One row of `versions`.
struct VersionRow {
    std::string version;
    std::string state; ///< draft, published, deprecated, empty, dropped
    std::string from;  ///< version or ref it inherits from
    std::optional<std::uint64_t> files;
    std::optional<std::uint64_t> bytes;
    std::optional<std::int64_t> created;
    std::optional<Sha256> digest;
    std::string where; ///< "here", "lab", "here, lab"
    bool current = false;
    std::string deprecated;
    /// Of a published one: the signatures over it; nothing where it was not asked for them.
    std::optional<std::vector<SignatureLine>> signers;
};
/// Whether the signers are wanted as well. Here they are those that a fetch brought; a registry is asked for them.
enum class WithSigners { no, yes };
[[nodiscard]] std::vector<VersionRow> versions(Repository& repository, WithSigners signers = WithSigners::no);
/// The published version here that a commit of `version` builds upon, or its origin in another dataset; or empty.
[[nodiscard]] std::string inherited_version(Repository& repository, const VersionName& version,
                                            const CommitId& commit);
[[nodiscard]] std::vector<VersionRow> versions_remote(Session& session, const DatasetRef& ref,
                                                      WithSigners signers = WithSigners::no);

struct SwitchResult {
    CurrentVersion current;
    CheckoutResult files;
};
SwitchResult switch_version(Repository& repository, const std::string& version, bool force);

struct MergeOptions {
    std::optional<std::string> version;
    MergeFavour favour = MergeFavour::none;
    bool abort = false;
};
struct MergeOutcome {
    enum class Kind { up_to_date, fast_forward, merged, conflicts, aborted } kind = Kind::up_to_date;
    std::vector<MergeConflict> conflicts;
    std::optional<CommitId> commit;
    std::uint64_t changed = 0;
    std::uint64_t bytes = 0; ///< in a preview: the content of what would change
};
MergeOutcome merge(Repository& repository, const MergeOptions& options);
/// What merging `theirs` would do: kind, conflicts and number of changed paths. Changes nothing but writes tree nodes
/// that gc removes.
MergeOutcome preview_merge(Repository& repository, const CommitId& theirs, MergeFavour favour);

/// Removes a draft here, and with a REF in its registry. @throws Error(immutable) for a published one
/// @param force also commits that nothing else holds, and drafts in use; `used` the latter alone
void drop(Repository& repository, const std::string& version, bool force, bool used = false);
/// @param force also when it is mounted, or others used it. @throws Error(conflict)
void drop_remote(Session& session, const DatasetRef& ref, bool force = false);

/// Visits commits, newest first; with paths only those that change one of them.
struct LogOptions {
    std::vector<std::string> revisions; ///< where to begin; empty: HEAD
    std::vector<std::string> hidden;    ///< what these reach is left out
    std::vector<std::string> paths;
    std::optional<std::uint64_t> limit;
    /// With paths: the parents of what is visited are the nearest ancestors that are visited as well, so that
    /// they can be drawn. Keeps all commits' ids in memory.
    bool rewrite_parents = false;
    bool judge_content = false; ///< tell whether content is held (held_content.hpp)
};
struct LogCommit {
    Commit commit;
    std::vector<std::string> names; ///< versions that stand on it ("v1", "lab/v2", "HEAD")
    std::optional<bool> held;       ///< whether its content is here; when asked for
};
void log(Repository& repository, const LogOptions& options,
         const std::function<bool(const LogCommit&)>& visit);

/// What `diff` compares.
struct DiffRequest {
    std::optional<std::string> a; ///< nothing: staged tree
    bool from_nothing = false;    ///< a is the empty tree (for a first commit)
    std::optional<std::string>
        b; ///< nothing: work tree (or, with `staged`, the staged tree against a or HEAD)
    bool staged = false;
    std::vector<std::string> paths;
};
struct DiffItem {
    Change change;
    /// Content of a side, for text diffs; nothing when binary, larger than 1 MiB or absent.
    std::function<std::optional<std::string>()> before_text;
    std::function<std::optional<std::string>()> after_text;
    /// Compares the sides row by row, see diff_rows(); empty unless both are tables by their names.
    std::function<RowDiff(const std::vector<std::string>& key,
                          const std::function<void(const RowDiff&)>& begin,
                          const std::function<void(const RowChange&)>& visit)>
        rows;
};
void diff(Repository& repository, const DiffRequest& request,
          const std::function<void(const DiffItem&)>& visit);

} // namespace ds

// That a version was used: recorded by mount, get and clone, here and (where that is allowed) in the registry.
//
//   $XDG_DATA_HOME/dsctl/uses/log       one record a line (model/use_record.hpp), appended under the lock `lock`
//   $XDG_DATA_HOME/dsctl/uses/log.old   the one before it; a log of 4 MiB takes its place
//
// `core.record-use`: true (if not set), local, or false. A record that cannot be written is no trouble for whoever works
// with the data: it is traced, and that is all.
#pragma once

#include "dataset/inspect.hpp"
#include "model/use_record.hpp"

#include <functional>
#include <string>
#include <vector>

namespace ds {

/// What DSCTL_RUN_ID, or the variables of MLflow, Kubeflow, Argo, Weights & Biases and Jupyter say, in this order.
[[nodiscard]] std::optional<UseRecord::Run> run_of_environment();

/// A record of this user using a version now. @param action "mount", "get" or "clone"
[[nodiscard]] UseRecord use_of(Session& session, const ResolvedVersion& version, const std::string& action);

/// Appends to the log here. Never throws.
void record_use_here(Session& session, const UseRecord& record) noexcept;
/// Puts it into the registry the version was read from: one request, at most three seconds, nothing that fails is told but
/// to DSCTL_TRACE. Thread-safe; `alias` and `url` are the registry's, `settings` how it is reached.
void record_use_there(const std::string& alias, const std::string& url, BucketSettings settings,
                      const UseRecord& record, Log& log) noexcept;
/// Both, after the work is done. Never throws.
void record_use(Session& session, const ResolvedVersion& version, const std::string& action) noexcept;

/// How far recording goes. @throws Error(usage) for a malformed setting
enum class RecordUse { no, here, everywhere };
[[nodiscard]] RecordUse record_use_setting(Session& session);

/// What this user recorded on this machine of one dataset, newest first; of one registry, or of all. Lines that are damaged are
/// left out.
[[nodiscard]] std::vector<UseRecord> uses_here(const std::optional<std::string>& registry_id,
                                               const DatasetName& dataset);

/// A draft that somebody may use.
struct UsedDraft {
    std::string registry; ///< the alias
    DatasetName dataset{"a", "a"};
    std::string version;
    /// Whether a commit that was used is one of the draft's; empty: every use under its name counts.
    std::function<bool(const std::string& commit)> is_its_commit;
};
/// Who uses a draft now, or did, for messages: "mounted on /home/ada/datasets/cats", "used by ada on host (get), 3 min ago".
/// Looks at this machine's mounts and log, and, if `there` is given, at the records of that registry. At most `most`.
[[nodiscard]] std::vector<std::string> users_of(Session& session, const UsedDraft& draft, Registry* there,
                                                std::size_t most);
/// @throws Error(conflict) naming who uses the draft, with a hint how to drop it nevertheless
void refuse_if_used(Session& session, const UsedDraft& draft, Registry* there, const std::string& command);

/// Warns of commits of drafts that were used and that no version reaches any more: gc is about to free what only they hold.
void warn_of_used_commits(Repository& repository);

/// The versions that are mounted on this machine, by anybody.
struct MountedHere {
    std::string ref; ///< "registry/ns/name:version[@digest]"
    std::string target;
};
[[nodiscard]] std::vector<MountedHere> mounted_here();

} // namespace ds

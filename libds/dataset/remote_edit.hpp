// One commit on a draft in a registry, without a checkout.
//
// The draft's tree is read through its layout, node by node on the way to what changes; new nodes lie in a small store
// in the cache folder until they are sent. Content is sent as it comes (transfer/staged_content.hpp). The head moves by
// compare-and-swap; if somebody else was faster, the changes are merged into theirs path by path, and where both
// changed a path nothing happens but an error that names it.
//
//   <cache>/put/<hash>-<n>/   lock, store/ (new tree nodes), spool and push journal: of one command at a time; the hash is of
//                             the draft and of what is put there, so that an interrupted command finds its journal again and
//                             no other command takes it for its own
#pragma once

#include "dataset/session.hpp"
#include "transfer/push.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ds {

/// Edits of a draft, collected and applied in batches. For one thread.
class DraftEditor {
  public:
    virtual ~DraftEditor() = default;
    /// The tree as the draft had it.
    [[nodiscard]] virtual const TreeInfo& base() const = 0;
    [[nodiscard]] virtual NodeSource& nodes() = 0;
    /// An entry; what is there as an empty folder makes way, the last of several for one path wins.
    /// @throws Error(conflict), now or later, when a file stands where a folder is needed or the other way round
    virtual void put(const std::string& path, const Entry& entry) = 0;
    virtual void remove(const std::string& path) = 0;
    /// Sends content that is to be an entry's. `read(buffer, n)` gives the next bytes, 0 at the end.
    /// @param path where it will be, so that what the draft has there is not sent again
    /// @param size as expected; 0: not known
    [[nodiscard]] virtual Entry add_content(const std::string& path, EntryKind kind, std::uint64_t size,
                                            const std::function<std::size_t(char*, std::size_t)>& read) = 0;
    /// Content at hand.
    [[nodiscard]] virtual Entry add_bytes(const std::string& path, EntryKind kind, ByteView bytes) = 0;
    /// What is at a path with the edits made so far.
    [[nodiscard]] virtual std::optional<Entry> find(const std::string& path) = 0;
    /// Whether a path was put before, by this edit.
    [[nodiscard]] virtual bool put_before(const std::string& path) = 0;
};

struct RemoteCommit {
    std::string registry;
    DatasetName dataset{"a", "a"};
    std::string version;
    std::string commit; ///< the head's, also when nothing changed
    TreeInfo tree;
    bool changed = false; ///< false: everything was there already, and no commit was made
    std::uint64_t added = 0, modified = 0, deleted = 0;
    TransferStats stats; ///< bytes: written to the registry
    /// What a draft that is not there came to.
    bool made_draft = false;
    /// How often somebody else was faster.
    unsigned merged = 0;
};

struct RemoteEdit {
    DatasetRef ref;
    std::string message;                    ///< without one: what `describe` says
    std::string source;                     ///< what is read and where it goes, in any words: see above
    bool create = false;                    ///< makes dataset and draft when they are not there
    std::function<void(DraftEditor&)> edit; ///< runs once, or if it is `repeatable` a few times
    /// Whether its content can be read again. It must, where the namespace had some of it, nobody needed that any more and a
    /// collector was faster than this.
    bool repeatable = true;
};

/// What a draft that is not there comes to.
enum class Missing { is_an_error, is_made };
/// Refuses what edit_draft() would refuse before it changes anything; for dry runs.
/// @throws Error(immutable), Error(not_found), Error(conflict)
void check_draft(Session& session, const DatasetRef& ref, Missing missing);

/// @throws Error(immutable) when the version is published, Error(not_found) when there is no such draft,
/// Error(conflict) naming the paths that somebody else changed as well, Error(retry)
[[nodiscard]] RemoteCommit edit_draft(Session& session, const RemoteEdit& edit);

// The verbs for single paths. Paths are relative to the root of the version.
struct RemoteRemove {
    std::vector<std::string> paths; ///< removed, at most 10,000 of them
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;
    RemoteCommit commit;
};
[[nodiscard]] RemoteRemove remote_rm(Session& session, const DatasetRef& ref,
                                     const std::vector<std::string>& paths, bool recursive, bool dry_run,
                                     const std::string& message);
/// @returns where it is now (onto a folder moves into it)
struct RemoteMove {
    std::string to;
    RemoteCommit commit;
};
[[nodiscard]] RemoteMove remote_mv(Session& session, const DatasetRef& ref, const std::string& from,
                                   const std::string& to, const std::string& message);
[[nodiscard]] RemoteCommit remote_mkdir(Session& session, const DatasetRef& ref,
                                        const std::vector<std::string>& paths, const std::string& message);

} // namespace ds

// A checkout: the folder .dsctl and the work tree around it. One checkout holds one dataset.
//
//   .dsctl/format            "dsctl-repository 1\n"; a higher number is refused
//   .dsctl/config            git syntax: dataset.name, dataset.registry, dataset.description, …
//   .dsctl/lock              OFD lock of whoever changes the repository
//   .dsctl/git/              history     .dsctl/store/      objects     .dsctl/worktree/    staged tree, stat index
//   .dsctl/remotes/<registry>/<version>   the head or record as last seen, for lazy reads
//   .dsctl/merge             a merge that waits for --ours, --theirs, --abort or a commit
//   .dsctl/info/exclude      ignore rules that do not travel
//   .dsctl/journal/          acknowledged packs of a push under way
#pragma once

#include "dataset/session.hpp"
#include "history/history.hpp"
#include "os/file.hpp"
#include "store/object_store.hpp"
#include "transfer/fetch.hpp"
#include "worktree/worktree.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ds {

/// The whole of .dsctl/format.
inline constexpr std::string_view format_line = "dsctl-repository 1\n";
/// The command that brings back the format file of the repository in `dir`.
[[nodiscard]] std::string write_format_hint(const std::string& dir);

class Repository {
  public:
    /// The .dsctl folder for a place in the file system: DSCTL_DIR, or the nearest one upwards; nothing if none.
    [[nodiscard]] static std::optional<std::string> discover(const std::string& from);
    /// @throws Error(not_found) "not inside a dsctl checkout"; Error(failure) for a newer format
    Repository(Session& session, const std::string& dir);
    ~Repository();

    [[nodiscard]] Session& session() noexcept { return session_; }
    [[nodiscard]] Context& context() noexcept { return session_.context(); }
    [[nodiscard]] const std::string& dir() const noexcept { return dir_; }
    [[nodiscard]] const std::string& root() const noexcept { return root_; }
    [[nodiscard]] const DatasetName& name() const noexcept { return *name_; }
    /// The registry alias of this dataset.
    [[nodiscard]] std::string registry_alias();

    [[nodiscard]] ObjectStore& store();
    [[nodiscard]] History& history();
    [[nodiscard]] Worktree& worktree();
    /// See Worktree. To be called before worktree() is.
    void show_paths_from(std::string folder) { shown_from_ = std::move(folder); }

    /// Held by every verb that changes something; waits core.lock-timeout (default 10 s).
    /// Removes locks that dead processes left in the git folder. @throws Error(locked), exit 8
    [[nodiscard]] LockFile lock();
    /// The same lock, with nothing tidied: for who mends what cannot even be opened.
    [[nodiscard]] LockFile lock_only();

    // revisions
    /// The commit a word names: version, registry/version, git revision, or a full reference to this dataset (as far as
    /// it is known here). @throws Error(not_found) with a suggestion
    [[nodiscard]] CommitId resolve(const std::string& revision);
    /// The command that looks at what git calls "REV:PATH"; nothing for other words.
    [[nodiscard]] std::optional<std::string> path_of_revision_hint(std::string_view word);
    /// The tree of a commit; the empty tree for nothing.
    [[nodiscard]] TreeInfo tree_of(const std::optional<CommitId>& commit);
    /// The same, for somebody who wants to look at it. @throws Error(not_found) saying why it is not here
    [[nodiscard]] TreeInfo held_tree_of(const CommitId& commit);
    [[nodiscard]] TreeInfo head_tree();

    // what registries had when last asked
    struct RemoteVersion {
        std::string registry;
        std::string version;
        std::optional<Head> head;
        std::optional<Record> record;
        [[nodiscard]] const VersionRoots* roots() const;
    };
    /// @param damaged told of the files that cannot be read, which are left out then; without it they are an error
    using OnDamagedFile = std::function<void(const std::string& path, const CorruptObject&)>;
    [[nodiscard]] std::vector<RemoteVersion> remote_versions(const OnDamagedFile& damaged = {});
    /// The registry's catalog as last seen (its remarks on versions: deprecation, from).
    void save_catalog(Registry& registry);
    [[nodiscard]] std::optional<Catalog> saved_catalog(const std::string& registry);
    /// "dsctl draft v3 --inherit v2": how to go on from a published version, with a name that is free here.
    /// @param inherit what the draft starts from, if not from that version
    [[nodiscard]] std::string next_draft_command(const VersionName& version,
                                                 const std::optional<std::string>& inherit = std::nullopt);
    void save_remote(const std::string& registry, const std::string& version, const std::string& document);
    /// Whether a document of that version was saved.
    [[nodiscard]] bool knows_remote(const std::string& registry, const std::string& version) const;

    /// Content of any version of this dataset: the local store, then the registries that held it.
    /// @param tree the version wanted, so that the right layout is asked first
    [[nodiscard]] std::unique_ptr<ContentSource> content(const Sha256& tree);
    /// Makes sure that what a checkout of `tree` would write is in the store, as far as it is to be there (wanted_here)
    /// and a registry is known to have it. Costs O(changes) where nothing is missing.
    void ensure_content(const Sha256& tree);
    /// The same for all of the tree, whatever the work tree shows.
    void fetch_content_of(const Sha256& tree);
    /// Which content of registries is kept in the store: what the filter wants but, with store.large-files = reference, large
    /// files. Those go from the registry into the work tree. Empty: all.
    [[nodiscard]] WantedContent wanted_here();

  private:
    [[nodiscard]] std::optional<CommitId> resolve_reference(const std::string& word);
    [[nodiscard]] std::optional<VersionName> newest_published();
    /// "VERSION:FILE". @throws Error(usage) with the command that shows the file
    void refuse_file_as_git(const std::string& word);
    [[nodiscard]] bool holds_changes(const Sha256& tree);

    Session& session_;
    std::string dir_;
    std::string root_;
    std::string shown_from_;
    std::optional<DatasetName> name_;
    std::unique_ptr<ObjectStore> store_;
    std::unique_ptr<History> history_;
    std::unique_ptr<Worktree> worktree_;
};

} // namespace ds

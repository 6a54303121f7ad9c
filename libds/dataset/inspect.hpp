// Verbs that look at files of a version, in the checkout or with --in REF in a registry.
#pragma once

#include "dataset/repository.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ds {

struct ResolvedVersion;

/// Whether what is read from a registry is looked for in, and kept in, the cache that mounts use.
enum class UseCache { no, yes };

/// A version to look at: a tree, its nodes and its content, wherever they are.
class VersionView {
  public:
    /// The staged tree of the checkout.
    [[nodiscard]] static VersionView of_checkout(Repository& repository);
    /// A local revision.
    [[nodiscard]] static VersionView of_revision(Repository& repository, const std::string& revision);
    /// A version in a registry, read in place.
    [[nodiscard]] static VersionView of_ref(Session& session, const DatasetRef& ref,
                                            UseCache cache = UseCache::no);
    VersionView(VersionView&&) noexcept;
    ~VersionView();

    [[nodiscard]] const TreeInfo& tree() const;
    [[nodiscard]] NodeSource& nodes();
    [[nodiscard]] ContentSource& content();
    [[nodiscard]] std::string name() const; ///< for messages
    /// A path for messages: in the checkout as seen from where the user is.
    [[nodiscard]] std::string shown(std::string_view path) const;
    /// The command that lists this version, or a folder of it.
    [[nodiscard]] std::string list_command(std::string_view folder = {}) const;
    /// The hint for a path that is not there.
    [[nodiscard]] std::string missing_hint(std::string_view path) const;
    /// What of_ref() found; null for a checkout.
    [[nodiscard]] const ResolvedVersion* resolved() const noexcept;
    [[nodiscard]] std::int64_t
    time() const; ///< of a version in a registry: when it was published or changed last

  private:
    VersionView();
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

struct ListedEntry {
    std::string path; ///< folders have entry.kind empty_dir or are synthetic (is_folder)
    Entry entry;
    bool is_folder = false; ///< a folder seen through one of its entries (not recursive)
    std::uint64_t below_entries = 0, below_bytes = 0; ///< folders, when asked for
};
/// Entries at or below a path; not recursive: one level, folders as one row each.
/// @throws Error(not_found) naming the path
void list(VersionView& view, const std::string& path, bool recursive,
          const std::function<void(const ListedEntry&)>& visit);
/// The file or link at a path. @throws Error(not_found), Error(usage) for a folder
[[nodiscard]] Entry file_entry(VersionView& view, const std::string& path);
/// Streams a file to `sink`. @throws Error(not_found), Error(usage) for a folder
void cat(VersionView& view, const std::string& path, const std::function<void(ByteView)>& sink);
struct Usage {
    std::string path;
    std::uint64_t files = 0, folders = 0, bytes = 0;
};
/// Totals below a path, one per folder down to `depth`.
void disk_usage(VersionView& view, const std::string& path, unsigned depth,
                const std::function<void(const Usage&)>& visit);

/// A pattern that means nothing is more likely a mistake than a wish for nothing.
/// @param name, list_command of the version, for the message. @throws Error(not_found) for the first glob that no path matches
void require_matches(NodeSource& nodes, const Sha256& root, std::vector<std::string> globs,
                     const std::string& name, const std::string& list_command);

struct GetOptions {
    std::string ref;
    std::vector<std::string> paths; ///< files, folders or globs; empty: all
    std::string out;                ///< target folder
};
CheckoutResult get(Session& session, const GetOptions& options);
/// `get … -o -`: one file to a sink.
void get_to(Session& session, const std::string& ref, const std::string& path,
            const std::function<void(ByteView)>& sink);

/// What a reference names.
struct ResolvedVersion {
    std::string registry;
    std::string registry_url;
    std::string registry_id;
    DatasetName dataset{"a", "a"};
    std::string version;
    bool published = false;
    std::optional<Sha256> digest; ///< published only
    std::optional<Manifest> manifest;
    VersionRoots roots;
    std::string commit;
    std::optional<Origin> origin;
    std::string author;
    std::string message;
    std::int64_t time = 0;
    std::string deprecated;
    std::optional<StoredRecord> record;
    std::optional<StoredHead> head;
};
/// No version: the newest published one. @throws Error(not_found) with suggestions; Error(conflict) when the digest differs
[[nodiscard]] ResolvedVersion resolve_ref(Session& session, const DatasetRef& ref,
                                          Repository* repository = nullptr);
/// Tells whoever is about to use the version why they should not.
void warn_if_deprecated(Session& session, const ResolvedVersion& version);

} // namespace ds

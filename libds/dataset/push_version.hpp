// Bringing one local version to a registry: shared by push and publish.
#pragma once

#include "dataset/share.hpp"
#include "release/fill_head.hpp"

namespace ds {

/// What a registry must know before a version's record or head can name it.
struct UploadedVersion {
    VersionRoots roots;
    StoredHead head; ///< as it stands after the update (drafts), or as found
    TransferStats stats;
    bool up_to_date = false;
};

/// What the registry has published of this dataset, listed once for a command; records are read as they are
/// asked for. Not thread-safe.
class PublishedThere {
  public:
    PublishedThere(Repository& repository, Registry& registry);

    [[nodiscard]] bool has(const std::string& version);
    [[nodiscard]] std::optional<StoredRecord> record(const std::string& version);
    /// The newest published version that `commit` builds upon: what it reaches is there, and locked. Published
    /// versions that are known here are asked for by name, so that their number does not matter.
    [[nodiscard]] std::optional<StoredRecord> ancestor(const CommitId& commit);
    /// A few of them, newest first.
    [[nodiscard]] std::vector<StoredRecord> newest();
    /// One that this command published.
    void add(const StoredRecord& stored);

  private:
    [[nodiscard]] const Registry::RecordVersions& listing();
    Repository& repository_;
    Registry& registry_;
    std::optional<Registry::RecordVersions> listing_;
    std::map<std::string, StoredRecord> read_;
};

/// Uploads a commit's tree and history to `registry` and moves the head of `version` to it.
/// @throws Error(conflict) when the head moved, Error(immutable) when the name is published with other content
[[nodiscard]] UploadedVersion upload_version(Repository& repository, Registry& registry,
                                             const VersionName& version, const CommitId& commit,
                                             PublishedThere& published);

/// What upload_version would send; changes nothing. `roots` and `head` are left empty. Throws as upload_version does.
[[nodiscard]] UploadedVersion measure_upload(Repository& repository, Registry& registry,
                                             const VersionName& version, const CommitId& commit,
                                             PublishedThere& published);

/// Before anything is uploaded: a registry that cannot lock cannot publish. @throws Error(failure)
void require_locking(Registry& registry);

/// Notes in the catalog what a name is now. A hint: its failure is only traced.
void note_in_catalog(Session& session, Registry& registry, const DatasetName& dataset,
                     const CatalogEntry& entry);

} // namespace ds

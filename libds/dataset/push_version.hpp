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

/// Uploads a commit's tree and history to `registry` and moves the head of `version` to it.
/// @param if_moved what the hint says when the head holds commits that `commit` does not
/// @throws Error(conflict) when the head moved, Error(immutable) when the name is published with other content
[[nodiscard]] UploadedVersion upload_version(Repository& repository, Registry& registry, const VersionName& version,
                                             const CommitId& commit);

/// Versions of this dataset's namespace that the registry holds, likeliest base first: what changed
/// since is all that is sent.
/// @param guard of the push that is to rely upon them; null when nothing is sent
[[nodiscard]] std::vector<VersionRoots> upload_bases(Repository& repository, Registry& registry,
                                                     const std::optional<StoredHead>& head,
                                                     const std::optional<Origin>& origin, PushGuard* guard = nullptr);

/// Notes in the catalog what a name is now. A hint: its failure is only traced.
void note_in_catalog(Session& session, Registry& registry, const DatasetName& dataset, const CatalogEntry& entry);

} // namespace ds

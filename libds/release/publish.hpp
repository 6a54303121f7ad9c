// Publishing: a name becomes immutable. Resumable at every step; the oldest record decides.
//
//   1. upload what is missing (transfer/push)          2. pin the exact record bytes in the head
//   3. check that every pack of the closure is there and lock it, read the lock back; sign the pinned bytes
//   4. put the record with its lock, list: the oldest record of the name is the version, for ever
//   5. mark the head published, update the catalog (a hint)
// Anybody may finish or undo a dead publisher's pin: the record decides.
#pragma once

#include "base/context.hpp"
#include "model/documents.hpp"
#include "registry/registry.hpp"
#include "release/sign_key.hpp"
#include "release/signatures.hpp"
#include "transfer/version_source.hpp"

#include <functional>
#include <optional>
#include <string>

namespace ds {

struct PublishRequest {
    Registry& registry;
    DatasetName dataset;
    VersionName version;
    Manifest manifest;
    VersionRoots roots; ///< uploaded already, history included
    std::string commit;
    std::optional<Origin> origin;
    std::string author;
    std::string message;
    std::int64_t now = 0;
    /// A locked record whose closure is a base of this one: packs it reaches need no second look.
    std::optional<StoredRecord> proven;
    /// Signs the record before it is claimed (and one that was claimed already). Not owned; none: it stays unsigned.
    RecordSigner* signer = nullptr;
    /// The head as last seen, which saves asking for it.
    std::optional<StoredHead> head = {};
    /// Where tree nodes may be had without asking the registry; may be null.
    ObjectStore* trees = nullptr;
};

/// Steps 2–5. A repeated call with the same content finds its own record and succeeds.
/// @throws Error(conflict) when the name was taken by other content, Error(failure) with the way out when the registry
///         cannot lock, as RecordSigner::sign, CorruptObject when a pack is missing or shorter than the layout says
[[nodiscard]] StoredRecord publish_version(const PublishRequest& request, Context& context);

/// Every pack that a version's tree, layout, content and history reach. Subtrees shared with `proven` are skipped.
void for_each_pack(RegistryVersion& version, RegistryVersion* proven,
                   const std::function<void(const PackRef&)>& visit);

/// Reads every byte of a version in a registry: tree, layout, content against its hashes, manifest against the digest.
struct VerifyResult {
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    std::vector<std::string> problems; ///< at most 1,000; empty: sound
    std::uint64_t problem_count = 0;
    std::int64_t locked_until = 0; ///< when the first lock ends, of those that were looked at; 0: of none
};
[[nodiscard]] VerifyResult verify_version(RegistryVersion& version, const Manifest& manifest,
                                          Context& context);
/// Checks that every pack of a draft is there, and as long as the version needs it.
[[nodiscard]] VerifyResult verify_packs(RegistryVersion& version, Context& context);
/// The same for a published version, and the lock of every pack and of the record.
/// @param signatures over the record, of those whose signatures count
[[nodiscard]] VerifyResult verify_locks(RegistryVersion& version, const DatasetName& dataset,
                                        const StoredRecord& record,
                                        const std::vector<SignatureLine>& signatures, Context& context);

} // namespace ds

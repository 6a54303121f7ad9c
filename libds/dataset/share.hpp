// Verbs between a checkout and registries: push, fetch, pull, publish, verify, deprecate.
#pragma once

#include "dataset/inspect.hpp"
#include "dataset/signing.hpp"
#include "dataset/versions.hpp"
#include "release/publish.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ds {

struct PushOptions {
    std::optional<std::string> registry;
    std::vector<std::string>
        versions; ///< empty: the current draft, and published versions that the registry lacks
    bool dry_run = false;
};
struct PushedVersion {
    std::string version;
    bool published = false;
    enum class Outcome { pushed, up_to_date, would_push } outcome = Outcome::pushed;
    std::string commit;
    TransferStats stats;
};
/// @throws Error(conflict) "draft v2 moved on lab since your last fetch (…)", hint: dsctl pull
std::vector<PushedVersion> push(Repository& repository, const PushOptions& options);

struct FetchedVersion {
    std::string registry, version;
    std::string state;
    std::string before, after; ///< commits; empty: none
    bool changed = false;      ///< since it was last asked for
};
/// History and trees of every version; content comes with switch, pull or get. Drafts that were dropped before they
/// were known here are left out.
std::vector<FetchedVersion> fetch(Repository& repository, const std::optional<std::string>& registry);
struct PullResult {
    std::vector<FetchedVersion> fetched;
    MergeOutcome merge;
};
PullResult pull(Repository& repository, MergeFavour favour, bool dry_run);

struct PublishOptions {
    std::optional<std::string> version; ///< version here, or a full REF
    std::string message;
    std::optional<std::string> registry;
    bool dry_run = false;
    bool plain = false;                  ///< a plain copy is to be made of it: refuse what cannot have one
    bool sign = true;                    ///< if there is a key to sign with
    std::optional<std::string> sign_key; ///< else sign.key of the configuration
    /// Asked before anything is locked, with what will be locked until when; false aborts.
    std::function<bool(const std::string&)> confirm;
};
struct PublishResult {
    std::string registry;
    DatasetName dataset{"a", "a"};
    std::string version;
    Sha256 digest;
    Manifest manifest;
    std::uint64_t sequence = 0;
    bool already = false;        ///< it was published with this digest before
    std::uint64_t untracked = 0; ///< files of the work tree that are in no version, when it was checked out
    TransferStats stats;
    std::optional<std::int64_t> packs_locked_until, record_locked_until;
    DataBucket::Locking locking = DataBucket::Locking::none;
    std::string retention_mode;         ///< COMPLIANCE, GOVERNANCE
    std::optional<SshPublicKey> signer; ///< the key whose signature it bears now
};
PublishResult publish(Repository& repository, const PublishOptions& options);
/// Seals a draft that is in a registry, without a checkout.
PublishResult publish_remote(Session& session, const PublishOptions& options);

struct VerifyOutcome {
    std::string name;
    std::optional<Sha256> expected, actual;
    std::uint64_t files = 0, bytes = 0;
    std::vector<std::string> problems;
    std::uint64_t problem_count = 0;
    bool corrupt = false; ///< bytes differ from their hash (exit 7), else sound or another digest (exit 1)
    /// Of a published version; too few signers are a problem. Without a policy nothing for a local version.
    std::optional<SignatureReport> signatures;
    /// What was looked at of locks, beside the record's.
    struct Locks {
        std::uint64_t packs = 0;
        std::uint64_t signatures = 0;
        std::int64_t until = 0;          ///< when the first of them ends; 0: nothing is locked
        std::uint64_t problem_count = 0; ///< these are among the version's
    };
    std::optional<Locks> locks; ///< if it was asked for
};
/// In a checkout without ref: the current version from the local store, its signatures (if a policy asks for some) from
/// its registry; a full ref: in its registry.
VerifyOutcome verify_local(Repository& repository, const std::optional<std::string>& version,
                           const SignerOptions& signers = {});
VerifyOutcome verify_remote(Session& session, const DatasetRef& ref, bool locks,
                            const SignerOptions& signers = {});

/// Marks a published version as not to be used any more, with a reason (empty: withdraws it). The version stays as it is.
void deprecate(Session& session, const DatasetRef& ref, const std::string& reason);

} // namespace ds

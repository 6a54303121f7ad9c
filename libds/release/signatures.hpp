// Signatures of published records: who signed what in a registry, and whether that is enough.
//
//   data  <ns>/<name>/signatures/<version>/<key>.<signature>   by its name (release/signature_names.hpp): what dsctl puts
//   data  <ns>/<name>/signatures/<version>                     every version of this key is one signature: by its text
//
// A signature is an SSHSIG text (codec/sshsig.hpp) with the namespace `dsctl-publish@v1` over the exact text of the
// record. It is put, locked as the record is, before the record is claimed, so that nobody ever sees a version
// without it; further ones may follow at any time. Whoever may write can put anything there: what is not an allowed
// signer's signature over this record counts for nothing. It cannot hide those with a name, of which thousands are
// looked at without a request for each, nor keep anybody from adding one. Of those under the version's own key, where
// other tools can put what they made, the oldest 256 are read.
#pragma once

#include "base/context.hpp"
#include "base/names.hpp"
#include "codec/ssh_signers.hpp"
#include "registry/registry.hpp"
#include "release/sign_key.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ds {

/// SSHSIG's namespace of a published record. Persistent.
inline constexpr std::string_view publish_purpose = "dsctl-publish@v1";
/// Signatures that are read by their texts, and those of unknown keys that are told of.
inline constexpr std::size_t max_signatures = 256;

/// The key of signatures by their texts; those with a name are below it.
[[nodiscard]] std::string signatures_key(const DatasetName& dataset, const std::string& version);

/// Who must have signed. Kept outside of the registry: what lies there cannot say whom to believe.
struct SignerPolicy {
    std::vector<AllowedSigner> signers;
    unsigned required = 1; ///< different signers
};

[[nodiscard]] std::vector<SshPublicKey> keys_of(const SignerPolicy& policy);

/// One object below a version's signatures.
struct SignatureLine {
    enum class Status {
        counted,       ///< over this record, by an allowed signer
        valid,         ///< over this record; no policy was given
        repeated,      ///< as counted, but that key or those principals were counted already
        unknown_key,   ///< over this record, by somebody the policy does not know
        other_purpose, ///< made for another SSHSIG namespace, or the policy does not allow the key this one
        not_yet_valid, ///< the record's time is before the key's valid-after
        expired,       ///< the record's time is after the key's valid-before
        other_text,    ///< by that key, but not over this record
        malformed,     ///< no signature at all
    };
    Status status = Status::malformed;
    std::optional<SshPublicKey> key;
    std::string principals; ///< of the policy's line, if it has one for the key
    std::string object;     ///< its key
    std::string version_id; ///< of the object
};
/// The words of the JSON output.
[[nodiscard]] std::string_view signature_status_str(SignatureLine::Status status) noexcept;

struct SignatureReport {
    std::vector<SignatureLine> lines;
    unsigned counted = 0;             ///< different signers that the policy accepts
    std::optional<unsigned> required; ///< nothing without a policy
    bool cut = false;                 ///< there is more than is looked at
    [[nodiscard]] bool enough() const noexcept { return !required || counted >= *required; }
};

// The parts of what follows, for who keeps signatures or reads those of many versions.
/// The texts of objects that were listed; nothing for one that is too large to be a signature, or may not be read.
[[nodiscard]] std::vector<std::optional<ByteString>>
read_signatures(Registry& registry, const std::vector<DataBucket::Version>& objects, const Context& context);
/// What a text is to a record, before any policy: valid, other_purpose, other_text or malformed. Whatever the text is.
[[nodiscard]] SignatureLine look_at_signature(ByteView signature_text, ByteView record_text);
/// Judges the valid lines, and counts.
void judge_signers(SignatureReport& report, const SignerPolicy& policy, std::int64_t time);

/// Reads and judges the signatures of one record; only the oldest of a key's or principals' ones is counted.
/// @param text the record's exact text   @param time the record's own, at which a key must have been valid
[[nodiscard]] SignatureReport check_signatures(Registry& registry, const DatasetName& dataset,
                                               const std::string& version, ByteView text, std::int64_t time,
                                               const SignerPolicy* policy, const Context& context);

/// The objects that sign this text, whoever did: they are what must stay locked.
[[nodiscard]] std::vector<SignatureLine> signatures_over(Registry& registry, const DatasetName& dataset,
                                                         const std::string& version, ByteView text,
                                                         const Context& context);

/// Signs a record's text and puts the signature, unless it is there already; whether it was put. What else is there does
/// not matter. @throws as RecordSigner::sign and DataBucket::put
bool add_signature(Registry& registry, const DatasetName& dataset, const std::string& version, ByteView text,
                   RecordSigner& signer, const Retention& retention, const Context& context);

} // namespace ds

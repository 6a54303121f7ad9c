// Which key signs here, and whose signatures are asked for: the configuration of signing.
//
//   sign.key                            path of a key file: every publish signs with it
//   verify.allowed-signers              path of an allowed_signers file (absolute, or ~/…)
//   verify.signers-required             how many of them must have signed, 1 by default
//   verify.require                      true: unsigned versions are not read at all (clone, get, fetch, pull, mount, …)
//
// The last three also as `verify.<registry>.…` and `verify.<registry>/<ns>/<name>.…`; the most specific one counts.
#pragma once

#include "dataset/inspect.hpp"
#include "release/signatures.hpp"

#include <memory>
#include <optional>
#include <string>

namespace ds {

/// What the command line says; it goes before the configuration.
struct SignerOptions {
    std::optional<std::string> allowed_signers; ///< path
    std::optional<unsigned> required;
};

/// The key to sign with: `key`, else sign.key; a null pointer when there is neither. @throws as open_signer
[[nodiscard]] std::unique_ptr<RecordSigner> configured_signer(Session& session,
                                                              const std::optional<std::string>& key);

/// Who must have signed versions of a dataset; nothing when nobody must.
/// @throws Error(usage, not_found) for a policy that cannot be read
[[nodiscard]] std::optional<SignerPolicy> signer_policy(Session& session, const std::string& registry,
                                                        const DatasetName& dataset,
                                                        const SignerOptions& options = {});

/// "demo/cats:v1 is signed by 1 of the 2 allowed signers that are required"; empty when it is enough.
[[nodiscard]] std::string missing_signers(const SignatureReport& report, const std::string& name);

/// With verify.require: refuses what is not signed as the policy wants, drafts included.
/// @throws Error(differs), Error(usage) when verify.require is set without a policy
void require_signers(Session& session, const ResolvedVersion& version);
/// The same for a record read otherwise.
void require_signers(Session& session, Registry& registry, const DatasetName& dataset,
                     const StoredRecord& record);

} // namespace ds

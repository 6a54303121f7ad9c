// Keys that sign: a private key file, or one that an ssh-agent holds.
//
// A key is named by a path, as for ssh-keygen -Y sign: a private key file that is not encrypted is used itself; for
// an encrypted one, and for a .pub file, the agent at $SSH_AUTH_SOCK signs.
#pragma once

#include "codec/ssh_key.hpp"

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace ds {

/// Makes Ed25519 signatures. Not thread-safe.
class RecordSigner {
  public:
    virtual ~RecordSigner() = default;
    [[nodiscard]] virtual const SshPublicKey& key() const noexcept = 0;
    /// 64 bytes. An agent may ask its user first, which takes as long as it takes.
    /// @throws Error(failure) when refused, Interrupted
    [[nodiscard]] virtual ByteString sign(ByteView message) = 0;
};

/// Opens a key, and asks the agent (if one is needed) whether it has it, so that what is missing shows before work is
/// done. Private key files that others may read are refused.
/// @param agent_socket $SSH_AUTH_SOCK
/// @throws Error(not_found, auth, usage) with the way out, CorruptObject
[[nodiscard]] std::unique_ptr<RecordSigner> open_signer(const std::string& path,
                                                        const std::optional<std::string>& agent_socket,
                                                        const std::stop_token& stop);

} // namespace ds

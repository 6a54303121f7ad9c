// What is said to an ssh-agent and what it answers (draft-miller-ssh-agent). Messages only: whoever has the
// socket sends them.
//
//   message  := u32 length (big-endian) body
//   body     := 0b                                    which keys are there?
//             | 0c u32 count (string blob string comment){count}
//             | 0d string blob string data u32 0      sign
//             | 0e string signature | 05              the signature, or: no
#pragma once

#include "codec/ssh_key.hpp"

#include <vector>

namespace ds {

/// Longer answers are refused.
inline constexpr std::size_t max_agent_answer_bytes = 256 * 1024;
/// Bytes of the length before each message's body.
inline constexpr std::size_t agent_length_bytes = 4;

/// Requests, with their length.
[[nodiscard]] ByteString agent_list_request();
[[nodiscard]] ByteString agent_sign_request(const SshPublicKey& key, ByteView data);

/// The length of an answer's body from its first four bytes. @throws CorruptObject
[[nodiscard]] std::size_t agent_answer_length(ByteView first);
/// The agent's Ed25519 keys, others skipped, from an answer's body. @throws CorruptObject
[[nodiscard]] std::vector<SshPublicKey> agent_keys(ByteView body);
/// The 64 bytes of the signature; nothing when the agent refused. @throws CorruptObject
[[nodiscard]] std::optional<ByteString> agent_signature(ByteView body);

} // namespace ds

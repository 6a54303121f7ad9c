// OpenSSH's allowed_signers files (ssh-keygen(1), ALLOWED SIGNERS): who may sign, for what, and when.
//
//   line        := principals SP [options SP] key_kind SP base64(key) [SP comment]       '#' begins a comment
//   line principals  := pattern {"," pattern}, in double quotes if it holds blanks options     := option {","
//   option}, without blanks outside of quotes, names in any case option      := 'namespaces="' pattern {","
//   pattern} '"' | 'valid-after="' time '"' | 'valid-before="' time '"'
//                | 'cert-authority'                                                  refused
//   time        := YYYYMMDD[HHMM[SS]]["Z"]                                           local time without Z
//   pattern     := text with '*' and '?'; '!' in front: what matches is not meant, whatever else matches
//
// Lines with keys of other kinds than Ed25519 are kept out: nothing here accepts their signatures.
#pragma once

#include "codec/ssh_key.hpp"

#include <cstdint>
#include <vector>

namespace ds {

struct AllowedSigner {
    std::string principals; ///< as in the file
    SshPublicKey key;
    std::optional<std::string> purposes;      ///< the namespaces= patterns
    std::optional<std::int64_t> valid_after;  ///< unix seconds, inclusive
    std::optional<std::int64_t> valid_before; ///< unix seconds, inclusive
};

/// Larger files are refused.
inline constexpr std::size_t max_allowed_signers_bytes = 4 * 1024 * 1024;

/// @throws Error(usage) naming `what` and the line
[[nodiscard]] std::vector<AllowedSigner> parse_allowed_signers(std::string_view text, std::string_view what);

/// What a policy says of a key.
struct SignerVerdict {
    enum class Answer { accepted, unknown_key, other_purpose, not_yet_valid, expired };
    Answer answer = Answer::unknown_key;
    std::string principals; ///< of the line that accepted or refused it; empty for an unknown key
};

/// The first line that accepts the key for `purpose` at `time`, else the first that names the key.
[[nodiscard]] SignerVerdict judge_signer(const std::vector<AllowedSigner>& signers, const SshPublicKey& key,
                                         std::string_view purpose, std::int64_t time);

namespace detail {
/// Whether `text` is meant by a list of patterns.
[[nodiscard]] bool matches_patterns(std::string_view text, std::string_view patterns) noexcept;
} // namespace detail

} // namespace ds

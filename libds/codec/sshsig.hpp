// SSHSIG: signatures as `ssh-keygen -Y sign` makes them (OpenSSH's PROTOCOL.sshsig), with Ed25519 only.
//
//   text    := PEM-like armour "SSH SIGNATURE" of blob
//   blob    := "SSHSIG" u32 1 string public_key string namespace string reserved string hash string signature
//   signed  := "SSHSIG" string namespace string reserved string hash string HASH(content)
//   hash    := "sha256" | "sha512"; reserved is empty; strings are u32 (big-endian) length + bytes
#pragma once

#include "codec/ssh_key.hpp"

#include <functional>
#include <string>

namespace ds {

/// A signature's text has at most so many bytes: ours have about 300.
inline constexpr std::size_t max_sshsig_bytes = 4096;

/// A value; says nothing about content until covers() does.
struct SshSignature {
    SshPublicKey key;
    std::string purpose; ///< the namespace: what for it was made
    std::string hash;    ///< "sha256" or "sha512"
    ByteString signature;

    /// @throws CorruptObject naming `what`; Error(usage) for a key that is not Ed25519
    [[nodiscard]] static SshSignature parse(std::string_view text, std::string_view what);
    [[nodiscard]] std::string text() const;
    /// Whether it is its key's signature over `content`, for its own purpose: whether key and purpose are
    /// those that were wanted is for the caller to ask. Thread-safe.
    [[nodiscard]] bool covers(ByteView content) const;

    /// Makes one over `content` (with SHA-512, as ssh-keygen does). `sign` gets the bytes to sign and returns
    /// the 64 bytes of the signature. @throws Error(failure) when those are not `key`'s signature
    [[nodiscard]] static SshSignature make(const SshPublicKey& key, std::string_view purpose,
                                           ByteView content, const std::function<ByteString(ByteView)>& sign);
};

} // namespace ds

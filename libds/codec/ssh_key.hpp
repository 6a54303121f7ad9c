// SSH keys of the one kind that signs here: Ed25519 (RFC 8709), by OpenSSL.
//
//   public   := string "ssh-ed25519" string point:32               strings are u32 (big-endian) length +
//   bytes line     := "ssh-ed25519" SP base64(public) [SP comment]       what a .pub file holds private  :=
//   PEM "OPENSSH PRIVATE KEY" of
//               "openssh-key-v1" 00 string cipher string kdf string kdf_options u32 1 string public string
//               secret
//   secret   := u32 check u32 check string "ssh-ed25519" string point:32 string seed_and_point:64 string
//   comment
//               01 02 03 … up to a multiple of 8                   encrypted unless cipher and kdf are "none"
//
// The formats are OpenSSH's (its files PROTOCOL and PROTOCOL.key). Memory that held a secret is wiped.
#pragma once

#include "base/bytes.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace ds {

inline constexpr std::string_view ssh_ed25519 = "ssh-ed25519";
inline constexpr std::size_t ssh_signature_bytes = 64;
/// Larger key files are refused.
inline constexpr std::size_t max_ssh_key_file_bytes = 64 * 1024;

/// Bytes that are wiped when they go. Grow them only through reserve() before anything secret is in them.
class SecretBytes {
  public:
    SecretBytes() = default;
    explicit SecretBytes(ByteString bytes) noexcept : bytes_(std::move(bytes)) {}
    SecretBytes(SecretBytes&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
    SecretBytes& operator=(SecretBytes&&) = delete;
    ~SecretBytes();
    [[nodiscard]] ByteString& bytes() noexcept { return bytes_; }
    [[nodiscard]] ByteView view() const noexcept { return bytes_; }

  private:
    ByteString bytes_;
};

/// An Ed25519 public key. A value.
class SshPublicKey {
  public:
    /// @throws CorruptObject naming `what`; Error(usage) for a key of another kind
    [[nodiscard]] static SshPublicKey parse_blob(ByteView blob, std::string_view what);
    /// The line of a .pub file. @throws as parse_blob
    [[nodiscard]] static SshPublicKey parse_line(std::string_view line, std::string_view what);

    /// @param point 32 bytes, of which nothing is asked: verifies() is false for what is no point
    [[nodiscard]] static std::optional<SshPublicKey> from_point(ByteView point);

    [[nodiscard]] ByteString blob() const;
    [[nodiscard]] ByteView point() const noexcept; ///< 32 bytes, as long as this lives
    [[nodiscard]] std::string line() const;        ///< without comment
    /// "SHA256:" and base64 without padding, as ssh-keygen -l prints it.
    [[nodiscard]] std::string fingerprint() const;
    /// Whether `signature` (64 bytes) is this key's over `message`. Signatures whose S is not reduced are
    /// refused: a second spelling of a signature is none. Thread-safe.
    [[nodiscard]] bool verifies(ByteView message, ByteView signature) const noexcept;

    friend bool operator==(const SshPublicKey&, const SshPublicKey&) = default;
    friend bool operator<(const SshPublicKey& a, const SshPublicKey& b) noexcept {
        return a.point_ < b.point_;
    }

  private:
    friend class SshPrivateKey;
    std::array<unsigned char, 32> point_{};
};

/// An Ed25519 private key in memory, wiped with the object. Move-only.
class SshPrivateKey {
  public:
    struct File;
    /// Reads a private key file. @throws CorruptObject naming `what`; Error(usage) for a key of another kind
    [[nodiscard]] static File parse(std::string_view text, std::string_view what);
    SshPrivateKey(SshPrivateKey&&) noexcept;
    SshPrivateKey& operator=(SshPrivateKey&&) noexcept;
    ~SshPrivateKey();
    /// 64 bytes.
    [[nodiscard]] ByteString sign(ByteView message) const;

  private:
    struct Impl;
    explicit SshPrivateKey(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

struct SshPrivateKey::File {
    SshPublicKey public_key;
    std::optional<SshPrivateKey> key; ///< nothing when the file is encrypted
};

/// Whether a text is meant as a private key file, encrypted or not, of whatever kind.
[[nodiscard]] bool looks_like_private_key(std::string_view text) noexcept;

} // namespace ds

#include "codec/sshsig.hpp"

#include "base/error.hpp"
#include "codec/ssh_wire.hpp"

#include <array>
#include <fmt/core.h>
#include <openssl/evp.h>

namespace ds {

namespace {

constexpr std::string_view label = "SSH SIGNATURE";
constexpr std::string_view magic = "SSHSIG";
constexpr std::uint32_t version = 1;
constexpr std::size_t max_field = 256;

const EVP_MD* algorithm(std::string_view hash) noexcept {
    return hash == "sha512" ? EVP_sha512() : hash == "sha256" ? EVP_sha256() : nullptr;
}

/// What is signed for a content.
ByteString message_of(std::string_view purpose, std::string_view hash, ByteView content) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    if (EVP_Digest(content.data(), content.size(), digest.data(), &length, algorithm(hash), nullptr) != 1) {
        throw Error(ErrorKind::failure, fmt::format("OpenSSL cannot compute {}", hash));
    }
    ByteString out(magic);
    ssh::put_string(out, purpose);
    ssh::put_string(out, "");
    ssh::put_string(out, hash);
    ssh::put_string(out, {reinterpret_cast<const char*>(digest.data()), length});
    return out;
}

} // namespace

SshSignature SshSignature::parse(std::string_view text, std::string_view what) {
    if (text.size() > max_sshsig_bytes) {
        throw CorruptObject(
            fmt::format("{} has {} bytes; at most {} are allowed", what, text.size(), max_sshsig_bytes));
    }
    const auto blob = ssh::unarmour(text, label, what);
    if (!blob) {
        throw CorruptObject(fmt::format("{} is not an SSH signature", what));
    }
    ByteReader in(*blob, what);
    if (in.bytes(magic.size()) != magic) {
        in.fail("it does not begin as an SSH signature does");
    }
    if (const auto found = ssh::get_u32(in); found != version) {
        in.fail(fmt::format("it has version {}", found));
    }
    SshSignature out;
    out.key = SshPublicKey::parse_blob(ssh::get_string(in, max_sshsig_bytes, "the public key"), what);
    out.purpose = ssh::get_string(in, max_field, "the namespace");
    if (out.purpose.empty()) {
        in.fail("its namespace is empty");
    }
    if (!ssh::get_string(in, max_field, "the reserved field").empty()) {
        in.fail("its reserved field is not empty");
    }
    out.hash = ssh::get_string(in, max_field, "the hash's name");
    if (algorithm(out.hash) == nullptr) {
        in.fail("its hash is neither sha256 nor sha512");
    }
    out.signature = ssh::parse_signature_blob(ssh::get_string(in, max_field, "the signature"), what);
    in.expect_end();
    return out;
}

std::string SshSignature::text() const {
    ByteString blob(magic);
    ssh::put_u32(blob, version);
    ssh::put_string(blob, key.blob());
    ssh::put_string(blob, purpose);
    ssh::put_string(blob, "");
    ssh::put_string(blob, hash);
    ssh::put_string(blob, ssh::signature_blob(signature));
    return ssh::armour(blob, label);
}

bool SshSignature::covers(ByteView content) const {
    return key.verifies(message_of(purpose, hash, content), signature);
}

SshSignature SshSignature::make(const SshPublicKey& key, std::string_view purpose, ByteView content,
                                const std::function<ByteString(ByteView)>& sign) {
    SshSignature out{key, std::string(purpose), "sha512", {}};
    out.signature = sign(message_of(out.purpose, out.hash, content));
    if (!out.covers(content)) {
        throw Error(ErrorKind::failure,
                    fmt::format("what came back is not a signature of {}", key.fingerprint()));
    }
    return out;
}

} // namespace ds

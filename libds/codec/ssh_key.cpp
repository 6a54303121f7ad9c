// Ed25519 keys by OpenSSL's EVP, out of OpenSSH's files.
#include "codec/ssh_key.hpp"

#include "base/error.hpp"
#include "codec/hash.hpp"
#include "codec/ssh_wire.hpp"
#include "codec/text.hpp"

#include <algorithm>
#include <cstdlib>
#include <fmt/core.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace ds {

namespace {

constexpr std::string_view private_label = "OPENSSH PRIVATE KEY";
constexpr std::string_view private_magic{"openssh-key-v1\0", 15};
constexpr std::size_t seed_bytes = 32;
constexpr std::size_t point_bytes = 32;
constexpr std::size_t max_word = 256;
constexpr std::size_t max_public_blob = 16 * 1024;
constexpr std::size_t plain_block = 8; // what the secret part is padded to when it is not encrypted

/// The order of the group, 2^252 + 27742317777372353535851937790883648493, little-endian.
constexpr std::array<unsigned char, 32> group_order = {
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};

struct FreeKey {
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
struct FreeContext {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

const unsigned char* octets(ByteView bytes) noexcept {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

/// S, the second half of a signature, is below the group's order (RFC 8032, section 5.1.7).
bool is_reduced(ByteView s) noexcept {
    for (std::size_t i = group_order.size(); i-- > 0;) {
        const auto digit = static_cast<unsigned char>(s[i]);
        if (digit != group_order[i]) {
            return digit < group_order[i];
        }
    }
    return false;
}

[[noreturn]] void other_kind(std::string_view what) {
    throw Error(ErrorKind::usage,
                fmt::format("{} is not an Ed25519 key, the only kind that signs here", what),
                "ssh-keygen -t ed25519");
}

} // namespace

SecretBytes::~SecretBytes() {
    OPENSSL_cleanse(bytes_.data(), bytes_.size());
}

SshPublicKey SshPublicKey::parse_blob(ByteView blob, std::string_view what) {
    ByteReader in(blob, what);
    if (ssh::get_string(in, max_word, "the key's kind") != ssh_ed25519) {
        other_kind(what);
    }
    const auto point = ssh::get_string(in, point_bytes, "the key");
    if (point.size() != point_bytes) {
        in.fail("the key is too short");
    }
    in.expect_end();
    return *from_point(point);
}

std::optional<SshPublicKey> SshPublicKey::from_point(ByteView point) {
    if (point.size() != point_bytes) {
        return std::nullopt;
    }
    SshPublicKey key;
    std::copy(point.begin(), point.end(), key.point_.begin());
    return key;
}

SshPublicKey SshPublicKey::parse_line(std::string_view line, std::string_view what) {
    constexpr std::string_view space = " \t\r\n";
    line.remove_prefix(std::min(line.find_first_not_of(space), line.size()));
    const auto kind = line.substr(0, line.find_first_of(space));
    if (kind != ssh_ed25519) {
        other_kind(what);
    }
    line.remove_prefix(kind.size());
    line.remove_prefix(std::min(line.find_first_not_of(space), line.size()));
    const auto blob = from_base64(line.substr(0, line.find_first_of(space)));
    if (!blob) {
        throw CorruptObject(fmt::format("{} is not base64", what));
    }
    return parse_blob(*blob, what);
}

ByteString SshPublicKey::blob() const {
    ByteString out;
    ssh::put_string(out, ssh_ed25519);
    ssh::put_string(out, point());
    return out;
}

ByteView SshPublicKey::point() const noexcept {
    return {reinterpret_cast<const char*>(point_.data()), point_.size()};
}

std::string SshPublicKey::line() const {
    return fmt::format("{} {}", ssh_ed25519, to_base64(blob()));
}

std::string SshPublicKey::fingerprint() const {
    const auto hash = sha256(blob());
    auto digits = to_base64({reinterpret_cast<const char*>(hash.bytes.data()), hash.bytes.size()});
    digits.erase(std::min(digits.find('='), digits.size()));
    return "SHA256:" + digits;
}

bool SshPublicKey::verifies(ByteView message, ByteView signature) const noexcept {
    if (signature.size() != ssh_signature_bytes || !is_reduced(signature.substr(ssh_signature_bytes / 2))) {
        return false;
    }
    const Key key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, point_.data(), point_.size()));
    const Context context(EVP_MD_CTX_new());
    return key && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
           EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(message),
                            message.size()) == 1;
}

struct SshPrivateKey::Impl {
    Key key; // wiped by OpenSSL when it is freed
};

SshPrivateKey::SshPrivateKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SshPrivateKey::SshPrivateKey(SshPrivateKey&&) noexcept = default;
SshPrivateKey& SshPrivateKey::operator=(SshPrivateKey&&) noexcept = default;
SshPrivateKey::~SshPrivateKey() = default;

ByteString SshPrivateKey::sign(ByteView message) const {
    ByteString signature(ssh_signature_bytes, '\0');
    std::size_t length = signature.size();
    const Context context(EVP_MD_CTX_new());
    if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, impl_->key.get()) != 1 ||
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &length,
                       octets(message), message.size()) != 1 ||
        length != signature.size()) {
        throw Error(ErrorKind::failure, "OpenSSL could not make an Ed25519 signature");
    }
    return signature;
}

SshPrivateKey::File SshPrivateKey::parse(std::string_view text, std::string_view what) {
    auto unarmoured = ssh::unarmour(text, private_label, what);
    if (!unarmoured) {
        other_kind(what); // PEM of another label: what OpenSSL writes, or old keys
    }
    const SecretBytes bytes(std::move(*unarmoured));
    ByteReader in(bytes.view(), what);
    if (in.remaining() < private_magic.size() || in.bytes(private_magic.size()) != private_magic) {
        in.fail("it does not begin as a private key does");
    }
    const auto cipher = ssh::get_string(in, max_word, "the cipher");
    const auto kdf = ssh::get_string(in, max_word, "the kdf");
    (void)ssh::get_string(in, max_word, "the kdf's options");
    if (ssh::get_u32(in) != 1) {
        in.fail("it does not hold exactly one key");
    }
    File file{SshPublicKey::parse_blob(ssh::get_string(in, max_public_blob, "the public key"), what), {}};
    const auto secret = ssh::get_string(in, max_ssh_key_file_bytes, "the private key");
    if (cipher != "none" || kdf != "none") {
        return file; // encrypted, perhaps with a tag behind it
    }
    in.expect_end();
    if (secret.size() % plain_block != 0) {
        in.fail("the private key is not padded");
    }

    ByteReader part(secret, what);
    const auto check = ssh::get_u32(part);
    if (check != ssh::get_u32(part)) {
        part.fail("its two check numbers differ");
    }
    if (ssh::get_string(part, max_word, "the key's kind") != ssh_ed25519) {
        other_kind(what);
    }
    const auto point = ssh::get_string(part, point_bytes, "the public key");
    const auto seed_and_point = ssh::get_string(part, seed_bytes + point_bytes, "the private key");
    (void)ssh::get_string(part, max_ssh_key_file_bytes, "the comment");
    for (unsigned char expected = 1; part.remaining() > 0; ++expected) {
        if (part.u8() != expected || expected >= plain_block) {
            part.fail("the private key's padding is wrong");
        }
    }
    const ByteView listed(reinterpret_cast<const char*>(file.public_key.point_.data()), point_bytes);
    if (point != listed || seed_and_point.size() != seed_bytes + point_bytes ||
        seed_and_point.substr(seed_bytes) != listed) {
        part.fail("its public and its private part differ");
    }
    Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, octets(seed_and_point), seed_bytes));
    std::array<unsigned char, point_bytes> made{};
    std::size_t length = made.size();
    if (!key || EVP_PKEY_get_raw_public_key(key.get(), made.data(), &length) != 1 || length != made.size()) {
        throw Error(ErrorKind::failure, fmt::format("OpenSSL does not take {}", what));
    }
    if (made != file.public_key.point_) {
        part.fail("its public and its private part differ");
    }
    file.key = SshPrivateKey(std::make_unique<Impl>(Impl{std::move(key)}));
    return file;
}

bool looks_like_private_key(std::string_view text) noexcept {
    const auto line = text.substr(0, text.find('\n'));
    return line.starts_with("-----BEGIN ") && line.find("PRIVATE KEY-----") != std::string_view::npos;
}

} // namespace ds

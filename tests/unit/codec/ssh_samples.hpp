// Keys for tests: the seeds of RFC 8032's test vectors, in OpenSSH's file format.
#pragma once

#include "codec/ssh_key.hpp"
#include "codec/ssh_wire.hpp"

#include <array>
#include <string>

namespace ds_test {

inline std::string unhex(std::string_view hex) {
    std::string out;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    }
    return out;
}

struct SampleKey {
    std::string seed, point;
};
inline const std::array<SampleKey, 3> sample_keys = {
    SampleKey{unhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"),
              unhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")},
    SampleKey{unhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"),
              unhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")},
    SampleKey{unhex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"),
              unhex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025")}};

inline std::string public_blob(std::string_view point, std::string_view kind = "ssh-ed25519") {
    std::string out;
    ds::ssh::put_string(out, kind);
    ds::ssh::put_string(out, point);
    return out;
}

/// What a private key file is made of; change a part to spoil it.
struct KeyFile {
    std::string magic{"openssh-key-v1\0", 15};
    std::string cipher = "none";
    std::string kdf = "none";
    std::uint32_t keys = 1;
    std::string listed; ///< the public key beside the secret part
    std::string kind = "ssh-ed25519";
    std::string point, seed, point_again;
    std::uint32_t check = 7, check_again = 7;
    std::string padding = "\x01\x02\x03\x04";

    explicit KeyFile(const SampleKey& key)
        : listed(public_blob(key.point)), point(key.point), seed(key.seed), point_again(key.point) {}

    [[nodiscard]] std::string text() const {
        std::string secret;
        ds::ssh::put_u32(secret, check);
        ds::ssh::put_u32(secret, check_again);
        ds::ssh::put_string(secret, kind);
        ds::ssh::put_string(secret, point);
        ds::ssh::put_string(secret, seed + point_again);
        ds::ssh::put_string(secret, "ada@lab12");
        secret += padding;
        std::string out = magic;
        ds::ssh::put_string(out, cipher);
        ds::ssh::put_string(out, kdf);
        ds::ssh::put_string(out, "");
        ds::ssh::put_u32(out, keys);
        ds::ssh::put_string(out, listed);
        ds::ssh::put_string(out, secret);
        return ds::ssh::armour(out, "OPENSSH PRIVATE KEY");
    }
};

inline ds::SshPublicKey sample_public(std::size_t i) {
    return ds::SshPublicKey::parse_blob(public_blob(sample_keys.at(i).point), "key");
}
inline ds::SshPrivateKey sample_private(std::size_t i) {
    return std::move(ds::SshPrivateKey::parse(KeyFile(sample_keys.at(i)).text(), "key").key.value());
}

} // namespace ds_test

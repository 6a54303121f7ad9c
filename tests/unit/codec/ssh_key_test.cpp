// Ed25519 keys: RFC 8032's vectors, OpenSSH's files, and every way to spoil them.
#include "ssh_samples.hpp"

#include "base/error.hpp"
#include "codec/ssh_agent.hpp"
#include "codec/text.hpp"

#include <doctest/doctest.h>

using namespace ds;
using namespace ds_test;

namespace {

ErrorKind outcome(const KeyFile& file) {
    try {
        (void)SshPrivateKey::parse(file.text(), "key");
    } catch (const Error& error) {
        return error.kind();
    }
    return ErrorKind::differs;
}

/// Adds the group's order to S, which gives the same point.
std::string unreduced(std::string signature) {
    const auto order = unhex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    unsigned carry = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        carry += static_cast<unsigned char>(signature[32 + i]) +
                 static_cast<unsigned>(static_cast<unsigned char>(order[i]));
        signature[32 + i] = static_cast<char>(carry & 0xff);
        carry >>= 8;
    }
    return signature;
}

} // namespace

TEST_CASE("ssh key: signs as RFC 8032 says") {
    const auto empty =
        unhex("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b4"
              "6bd25bf5f0595bbe24655141438e7a100b");
    CHECK(sample_private(0).sign("") == empty);
    CHECK(sample_public(0).verifies("", empty));
    const auto one = unhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00");
    CHECK(sample_private(1).sign("\x72") == one);
    CHECK(sample_public(1).verifies("\x72", one));
    CHECK_FALSE(sample_public(0).verifies("\x72", one));
    CHECK_FALSE(sample_public(1).verifies("\x73", one));
}

TEST_CASE("ssh key: a signature has one spelling: S of at least the group's order is refused") {
    const auto signature = sample_private(0).sign("text");
    CHECK(sample_public(0).verifies("text", signature));
    CHECK_FALSE(sample_public(0).verifies("text", unreduced(signature)));
    CHECK_FALSE(sample_public(0).verifies("text", signature.substr(0, 63)));
    CHECK_FALSE(sample_public(0).verifies("text", signature + '\0'));
    CHECK_FALSE(sample_public(0).verifies("text", ""));
}

TEST_CASE("ssh key: public lines as ssh-keygen writes them") {
    const auto key = SshPublicKey::parse_line(
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAaoVbkRQzQa7QZ2gJG9axo0FL7KCYTGIK8gGcLyfDqF test@x\n", "key");
    CHECK(key.fingerprint() == "SHA256:IreLOKmkxcgSa4u8MkWii+3SNmsqv5fCRi7prWKsDOE");
    CHECK(SshPublicKey::parse_line(key.line(), "key") == key);
    CHECK(SshPublicKey::parse_blob(key.blob(), "key") == key);
    CHECK_THROWS_AS((void)SshPublicKey::parse_line("ssh-rsa AAAA", "key"), Error);
    for (const char* bad : {"ssh-ed25519", "ssh-ed25519 ", "ssh-ed25519 AAAA", "ssh-ed25519 !!!!"}) {
        CAPTURE(bad);
        CHECK_THROWS_AS((void)SshPublicKey::parse_line(bad, "key"), CorruptObject);
    }
    const auto blob = key.blob();
    for (std::size_t n = 0; n < blob.size(); ++n) {
        CHECK_THROWS_AS((void)SshPublicKey::parse_blob(blob.substr(0, n), "key"), Error);
    }
    CHECK_THROWS_AS((void)SshPublicKey::parse_blob(blob + "x", "key"), CorruptObject);
}

TEST_CASE("ssh key: private files are read strictly") {
    const KeyFile good(sample_keys[0]);
    CHECK(outcome(good) == ErrorKind::differs);
    const auto spoilt = [&](auto change) {
        KeyFile file = good;
        change(file);
        return outcome(file);
    };
    CHECK(spoilt([](KeyFile& f) { f.magic[0] = 'x'; }) == ErrorKind::corrupt);
    CHECK(spoilt([](KeyFile& f) { f.keys = 2; }) == ErrorKind::corrupt);
    CHECK(spoilt([](KeyFile& f) { f.check_again = 8; }) == ErrorKind::corrupt);
    CHECK(spoilt([](KeyFile& f) { f.kind = "ssh-ed25518"; }) == ErrorKind::usage);
    CHECK(spoilt([](KeyFile& f) { f.listed = public_blob(f.point, "ssh-rsa"); }) == ErrorKind::usage);
    CHECK(spoilt([](KeyFile& f) { f.padding = "\x01\x02\x03\x05"; }) == ErrorKind::corrupt);
    CHECK(spoilt([](KeyFile& f) { f.padding = "\x01\x02\x03"; }) == ErrorKind::corrupt);
    CHECK(spoilt([](KeyFile& f) {
              f.seed.pop_back();
              f.padding += '\x05';
          }) == ErrorKind::corrupt);
    // A public key that is not the secret's would give the secret away with the first signature.
    const auto other = sample_keys[1].point;
    CHECK(spoilt([&](KeyFile& f) { f.listed = public_blob(other); }) == ErrorKind::corrupt);
    CHECK(spoilt([&](KeyFile& f) { f.point = other; }) == ErrorKind::corrupt);
    CHECK(spoilt([&](KeyFile& f) { f.listed = public_blob(f.point = f.point_again = other); }) ==
          ErrorKind::corrupt);

    const auto text = good.text();
    for (std::size_t n = 0; n < text.size() - 1; ++n) {
        CHECK_THROWS_AS((void)SshPrivateKey::parse(text.substr(0, n), "key"), Error);
    }
}

TEST_CASE("ssh key: of an encrypted file the public key is known, no more") {
    KeyFile file(sample_keys[0]);
    file.cipher = "aes256-ctr";
    file.kdf = "bcrypt";
    const auto parsed = SshPrivateKey::parse(file.text(), "key");
    CHECK_FALSE(parsed.key.has_value());
    CHECK(parsed.public_key == sample_public(0));
    CHECK(looks_like_private_key(file.text()));
    CHECK(looks_like_private_key("-----BEGIN PRIVATE KEY-----\nMC4\n"));
    CHECK_FALSE(looks_like_private_key(sample_public(0).line()));
}

TEST_CASE("ssh agent: answers are read strictly") {
    std::string list = "\x0c";
    ssh::put_u32(list, 2);
    ssh::put_string(list, public_blob(std::string(300, 'x'), "ssh-rsa"));
    ssh::put_string(list, "an old one");
    ssh::put_string(list, sample_public(1).blob());
    ssh::put_string(list, "ada");
    const auto keys = agent_keys(list);
    REQUIRE(keys.size() == 1);
    CHECK(keys[0] == sample_public(1));
    for (std::size_t n = 0; n < list.size(); ++n) {
        CHECK_THROWS_AS((void)agent_keys(list.substr(0, n)), CorruptObject);
    }
    CHECK_THROWS_AS((void)agent_keys(list + "x"), CorruptObject);
    CHECK(agent_keys("\x05").empty());

    std::string answer = "\x0e";
    ssh::put_string(answer, ssh::signature_blob(std::string(64, 's')));
    CHECK(agent_signature(answer) == std::string(64, 's'));
    CHECK_FALSE(agent_signature("\x05").has_value());
    for (std::size_t n = 0; n < answer.size(); ++n) {
        CHECK_THROWS_AS((void)agent_signature(answer.substr(0, n)), CorruptObject);
    }
    CHECK(agent_answer_length(std::string("\0\0\1\0", 4)) == 256);
    CHECK_THROWS_AS((void)agent_answer_length(std::string("\xff\0\0\0", 4)), CorruptObject);
    CHECK_THROWS_AS((void)agent_answer_length(std::string(4, '\0')), CorruptObject);
}

// SSHSIG: what ssh-keygen made is accepted, anything changed is not.
#include "ssh_samples.hpp"

#include "base/error.hpp"
#include "codec/sshsig.hpp"

#include <doctest/doctest.h>

#include <functional>

using namespace ds;
using namespace ds_test;

namespace {

constexpr std::string_view purpose = "dsctl-publish@v1";
/// `printf hello | ssh-keygen -Y sign -n dsctl-publish@v1`, OpenSSH 9.2.
constexpr std::string_view by_ssh_keygen = R"(-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgBqhVuRFDNBrtBnaAkb1rGjQUvs
oJhMYgryAZwvJ8OoUAAAAQZHNjdGwtcHVibGlzaEB2MQAAAAAAAAAGc2hhNTEyAAAAUwAA
AAtzc2gtZWQyNTUxOQAAAECnPMHFEPsMjPMp4h1jZDw9yPv0/pQyibpDJriwdZzD3d1Nsu
Rt048GQPNa1MBVCdrnBfvVhRPzAoYGe6Cnjc4B
-----END SSH SIGNATURE-----
)";

SshSignature signed_by(std::size_t key, std::string_view content, std::string_view what_for = purpose) {
    const auto secret = sample_private(key);
    return SshSignature::make(sample_public(key), what_for, content,
                              [&](ByteView message) { return secret.sign(message); });
}

/// The armoured text of a blob that is put together by hand.
std::string text_of(const std::function<void(std::string&)>& fill) {
    std::string blob;
    fill(blob);
    return ssh::armour(blob, "SSH SIGNATURE");
}

} // namespace

TEST_CASE("sshsig: what ssh-keygen signed") {
    const auto signature = SshSignature::parse(by_ssh_keygen, "it");
    CHECK(signature.purpose == purpose);
    CHECK(signature.hash == "sha512");
    CHECK(signature.covers("hello"));
    CHECK_FALSE(signature.covers("hellO"));
    CHECK(signature.text() == by_ssh_keygen);
}

TEST_CASE("sshsig: ours is read back, and covers its content, purpose, hash and key only") {
    const auto made = signed_by(0, "content");
    auto read = SshSignature::parse(made.text(), "it");
    CHECK(read.covers("content"));
    CHECK_FALSE(read.covers("other content"));
    read.purpose = "file";
    CHECK_FALSE(read.covers("content"));
    read = made;
    read.hash = "sha256";
    CHECK_FALSE(read.covers("content"));
    read = made;
    read.key = sample_public(1);
    CHECK_FALSE(read.covers("content"));
}

TEST_CASE("sshsig: no changed or missing byte is overlooked") {
    const auto text = signed_by(0, "content").text();
    const auto refused = [](const std::string& changed) {
        try {
            const auto read = SshSignature::parse(changed, "it");
            return read.key != sample_public(0) || read.purpose != purpose || !read.covers("content");
        } catch (const Error&) {
            return true;
        }
    };
    CHECK_FALSE(refused(text));
    for (std::size_t i = 0; i < text.size() - 1; ++i) {
        CAPTURE(i);
        CHECK(refused(text.substr(0, i)));
        for (const char c : {'A', 'b', '7', '='}) {
            auto changed = text;
            if (text[i] != c && text[i] != '\n') {
                changed[i] = c;
                CHECK(refused(changed));
            }
        }
    }
    CHECK_THROWS_AS((void)SshSignature::parse(std::string(max_sshsig_bytes + 1, ' '), "it"), CorruptObject);
    CHECK_THROWS_AS((void)SshSignature::parse("", "it"), CorruptObject);
}

TEST_CASE("sshsig: fields that nobody may use are refused") {
    const auto good = signed_by(0, "content");
    struct Fields {
        std::uint32_t version = 1;
        std::string purpose{::purpose}, reserved, hash = "sha512", behind;
    };
    const auto parse = [&](const Fields& fields) {
        return SshSignature::parse(text_of([&](std::string& blob) {
                                       blob = "SSHSIG";
                                       ssh::put_u32(blob, fields.version);
                                       ssh::put_string(blob, good.key.blob());
                                       ssh::put_string(blob, fields.purpose);
                                       ssh::put_string(blob, fields.reserved);
                                       ssh::put_string(blob, fields.hash);
                                       ssh::put_string(blob, ssh::signature_blob(good.signature));
                                       blob += fields.behind;
                                   }),
                                   "it");
    };
    CHECK(parse({}).covers("content"));
    Fields fields;
    fields.version = 2;
    CHECK_THROWS_AS((void)parse(fields), CorruptObject);
    fields = {};
    fields.purpose = "";
    CHECK_THROWS_AS((void)parse(fields), CorruptObject);
    fields = {};
    fields.reserved = "x";
    CHECK_THROWS_AS((void)parse(fields), CorruptObject);
    fields = {};
    fields.hash = "sha1";
    CHECK_THROWS_AS((void)parse(fields), CorruptObject);
    fields = {};
    fields.behind = "x";
    CHECK_THROWS_AS((void)parse(fields), CorruptObject);
}

TEST_CASE("sshsig: a signer that returns another key's signature is caught") {
    const auto other = sample_private(1);
    CHECK_THROWS_AS((void)SshSignature::make(sample_public(0), purpose, "content",
                                             [&](ByteView message) { return other.sign(message); }),
                    Error);
}

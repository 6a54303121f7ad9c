// Signatures in a registry: what counts, and everything that must not.
#include "request.hpp"
#include "unit/codec/ssh_samples.hpp"

#include "base/error.hpp"
#include "codec/sshsig.hpp"
#include "release/signatures.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <vector>

using namespace ds_test;
using ds::SignatureLine;
using Status = SignatureLine::Status;

namespace {

class SampleSigner final : public ds::RecordSigner {
  public:
    explicit SampleSigner(std::size_t i) : key_(sample_public(i)), secret_(sample_private(i)) {}
    [[nodiscard]] const ds::SshPublicKey& key() const noexcept override { return key_; }
    [[nodiscard]] ds::ByteString sign(ds::ByteView message) override { return secret_.sign(message); }

  private:
    ds::SshPublicKey key_;
    ds::SshPrivateKey secret_;
};

ds::SignerPolicy policy(const std::string& text, unsigned required = 1) {
    return {ds::parse_allowed_signers(text, "policy"), required};
}
std::string line(const std::string& who, std::size_t key, const std::string& options = "") {
    return who + " " + options + (options.empty() ? "" : " ") + sample_public(key).line() + "\n";
}

/// A published version, and signatures by hand.
struct Signed {
    Lab lab;
    VersionBuilder builder{*lab, "demo"};
    ds::StoredRecord record = publish(*lab, "v1", builder.build(many_files(3)));
    Quiet quiet;

    void put(const std::string& object) const {
        (void)lab->data().put(ds::signatures_key(cats, "v1"), ds::MemoryBody(object), std::nullopt);
    }
    void put(std::size_t key, std::string_view text, std::string_view purpose = ds::publish_purpose) const {
        const auto secret = sample_private(key);
        put(ds::SshSignature::make(sample_public(key), purpose, text, [&](ds::ByteView message) {
                return secret.sign(message);
            }).text());
    }
    [[nodiscard]] ds::SignatureReport check(const ds::SignerPolicy& wanted) const {
        return ds::check_signatures(*lab, cats, "v1", record.text, record.record.time, &wanted,
                                    quiet.context);
    }
};

std::vector<Status> statuses(const ds::SignatureReport& report) {
    std::vector<Status> out;
    for (const auto& found : report.lines) {
        out.push_back(found.status);
    }
    return out;
}

} // namespace

TEST_CASE("signatures: publish puts one before the claim, locked; again it puts none, another key one more") {
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    const auto built = builder.build(many_files(3));
    const auto sign_with = [&](std::size_t key) {
        Probe probe;
        bool claimed = false;
        probe.hook = [&](Probe::Moment, const std::string& what, const std::string& where) {
            claimed = claimed || (what == "put" && where == ds::record_key(cats, "v1"));
            CHECK_FALSE((claimed && key == 0 && what == "put" && where == ds::signatures_key(cats, "v1")));
        };
        const auto client = lab.connect(probe);
        SampleSigner signer(key);
        Quiet quiet;
        auto request = request_for(*client, "v1", built);
        request.signer = &signer;
        return ds::publish_version(request, quiet.context);
    };
    const auto record = sign_with(0);
    const auto objects = [&] { return lab->data().versions(ds::signatures_key(cats, "v1")); };
    REQUIRE(objects().size() == 1);
    CHECK(lab->data().retention(objects()[0].key, objects()[0].version_id).mode ==
          ds::RetentionMode::compliance);
    (void)sign_with(0);
    CHECK(objects().size() == 1);
    (void)sign_with(1);
    CHECK(objects().size() == 2);
    const auto wanted = policy(line("ada", 0) + line("bo", 1), 2);
    Quiet quiet;
    const auto report =
        ds::check_signatures(*lab, cats, "v1", record.text, record.record.time, &wanted, quiet.context);
    CHECK(report.counted == 2);
    CHECK(report.enough());
}

TEST_CASE(
    "promise 2: stopped at any request, a version is never seen unsigned, and signing again ends well") {
    unsigned stops = 0;
    for (unsigned stop_at = 1;; ++stop_at) {
        const Lab lab;
        VersionBuilder builder(*lab, "demo");
        const auto built = builder.build(many_files(3));
        Probe probe;
        unsigned changes = 0;
        probe.hook = [&](Probe::Moment, const std::string&, const std::string&) {
            if (++changes == stop_at) {
                throw ds::Interrupted();
            }
        };
        const auto client = lab.connect(probe);
        SampleSigner signer(0);
        Quiet quiet;
        quiet.context.jobs = 1;
        auto request = request_for(*client, "v1", built);
        request.signer = &signer;
        const auto wanted = policy(line("ada", 0));
        const auto is_signed = [&](const ds::StoredRecord& record) {
            return ds::check_signatures(*lab, cats, "v1", record.text, record.record.time, &wanted,
                                        quiet.context)
                .enough();
        };
        const bool stopped = outcome_of([&] { (void)ds::publish_version(request, quiet.context); }) ==
                             ds::ErrorKind::interrupted;
        if (const auto record = lab->record(cats, "v1")) {
            CHECK(is_signed(*record));
        }
        if (!stopped) {
            break;
        }
        ++stops;
        request.now += 1; // another text, unless the first one was pinned
        const auto record = ds::publish_version(request, quiet.context);
        CHECK(is_signed(record));
        CHECK(lab->data().versions(ds::signatures_key(cats, "v1")).size() == 1);
    }
    CHECK(stops > 6);
}

TEST_CASE("signatures: too few signers are too few") {
    const Signed version;
    CHECK_FALSE(version.check(policy(line("ada", 0))).enough());
    version.put(0, version.record.text);
    CHECK(version.check(policy(line("ada", 0) + line("bo", 1))).enough());
    CHECK_FALSE(version.check(policy(line("ada", 0) + line("bo", 1), 2)).enough());
    CHECK_FALSE(version.check(policy(line("bo", 1))).enough());
    CHECK(statuses(version.check(policy(line("bo", 1)))) == std::vector{Status::unknown_key});
}

TEST_CASE("signatures: neither a key nor a person counts twice") {
    const Signed version;
    version.put(0, version.record.text);
    version.put(0, version.record.text);
    const auto one_key = version.check(policy(line("ada", 0) + line("also-ada", 0), 2));
    CHECK(one_key.counted == 1);
    CHECK(statuses(one_key) == std::vector{Status::counted, Status::repeated});
    version.put(1, version.record.text);
    const auto one_person = version.check(policy(line("ada", 0) + line("ada", 1), 2));
    CHECK(one_person.counted == 1);
    CHECK_FALSE(one_person.enough());
}

TEST_CASE("signatures: made for another purpose, over another version, or not at all") {
    Signed version;
    version.put(0, version.record.text, "git");
    version.put(0, version.record.text, "dsctl-publish@v2");
    const auto other = publish(*version.lab, "v2", version.builder.build(many_files(3, "x")));
    version.put(0, other.text);
    version.put(0, version.record.text + " ");
    version.put("hello");
    version.put("");
    version.put(std::string(ds::max_sshsig_bytes + 1, '-'));
    const auto report = version.check(policy(line("ada", 0)));
    CHECK(report.counted == 0);
    CHECK(statuses(report) == std::vector{Status::other_purpose, Status::other_purpose, Status::other_text,
                                          Status::other_text, Status::malformed, Status::malformed,
                                          Status::malformed});
    version.put(0, version.record.text); // none of that hides a good one
    CHECK(version.check(policy(line("ada", 0))).enough());
}

TEST_CASE("signatures: a truncated one, and one with S not reduced") {
    const Signed version;
    const auto secret = sample_private(0);
    const auto good = ds::SshSignature::make(sample_public(0), ds::publish_purpose, version.record.text,
                                             [&](ds::ByteView message) { return secret.sign(message); });
    version.put(good.text().substr(0, 200));
    auto spoilt = good;
    const auto order = unhex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    unsigned carry = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        carry += static_cast<unsigned char>(spoilt.signature[32 + i]);
        carry += static_cast<unsigned char>(order[i]);
        spoilt.signature[32 + i] = static_cast<char>(carry & 0xff);
        carry >>= 8;
    }
    version.put(spoilt.text());
    const auto report = version.check(policy(line("ada", 0)));
    CHECK(statuses(report) == std::vector{Status::malformed, Status::other_text});
    CHECK_FALSE(report.enough());
}

TEST_CASE("signatures: keys that are not valid at the record's time, or for this purpose") {
    const Signed version;
    version.put(0, version.record.text);
    const auto status = [&](const std::string& options) {
        return version.check(policy(line("ada", 0, options))).lines.at(0).status;
    };
    CHECK(status("valid-before=\"20200101Z\"") == Status::expired);
    CHECK(status("valid-after=\"29990101Z\"") == Status::not_yet_valid);
    CHECK(status("namespaces=\"git,file\"") == Status::other_purpose);
    CHECK(status("namespaces=\"dsctl-*\",valid-after=\"20200101Z\"") == Status::counted);
}

TEST_CASE("signatures: only so many objects are looked at") {
    const Signed version;
    for (std::size_t i = 0; i < ds::max_signatures; ++i) {
        version.put("x");
    }
    version.put(0, version.record.text);
    const auto report = version.check(policy(line("ada", 0)));
    CHECK(report.cut);
    CHECK(report.lines.size() == ds::max_signatures);
    CHECK_FALSE(report.enough());
}

TEST_CASE("signing keys: files") {
    const TempDir dir;
    const std::string path = dir / "key";
    const auto write = [&](const std::string& text,
                           std::filesystem::perms mode = std::filesystem::perms::owner_read) {
        std::filesystem::remove(path);
        std::ofstream(path) << text;
        std::filesystem::permissions(path, mode);
    };
    const auto open = [&] { (void)ds::open_signer(path, std::nullopt, {}); };
    write(KeyFile(sample_keys[0]).text());
    CHECK(ds::open_signer(path, std::nullopt, {})->key() == sample_public(0));
    write(KeyFile(sample_keys[0]).text(),
          std::filesystem::perms::owner_read | std::filesystem::perms::group_read);
    std::string message;
    CHECK(outcome_of(open, &message) == ds::ErrorKind::auth);
    CHECK(message.find("others can read") == 0);
    KeyFile encrypted(sample_keys[0]);
    encrypted.cipher = "aes256-ctr";
    write(encrypted.text());
    CHECK(outcome_of(open, &message) == ds::ErrorKind::auth);
    CHECK(message.find("needs an ssh-agent") != std::string::npos);
    write(sample_public(0).line());
    CHECK(outcome_of(open) == ds::ErrorKind::auth);
    write("ssh-rsa AAAAB3Nz ada");
    CHECK(outcome_of(open) == ds::ErrorKind::usage);
    write("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n");
    CHECK(outcome_of(open) == ds::ErrorKind::usage);
    write(std::string(ds::max_ssh_key_file_bytes + 1, ' '));
    CHECK(outcome_of(open) == ds::ErrorKind::usage);
    std::filesystem::remove(path);
    CHECK(outcome_of(open) == ds::ErrorKind::not_found);
}

// Signatures in a registry: what counts, and everything that must not.
#include "request.hpp"
#include "unit/codec/ssh_samples.hpp"

#include "base/error.hpp"
#include "codec/sshsig.hpp"
#include "release/signature_names.hpp"
#include "release/signatures.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <set>
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

/// All that lies below a version's signatures.
std::vector<ds::DataBucket::Version> objects_of(ds::Registry& registry, const std::string& version) {
    std::vector<ds::DataBucket::Version> objects;
    registry.data().list_versions(ds::signatures_key(cats, version),
                                  [&](const ds::DataBucket::Version& object) {
                                      objects.push_back(object);
                                      return true;
                                  });
    return objects;
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
            CHECK_FALSE(
                (claimed && key == 0 && what == "put" && where.starts_with(ds::signatures_key(cats, "v1"))));
        };
        const auto client = lab.connect(probe);
        SampleSigner signer(key);
        Quiet quiet;
        auto request = request_for(*client, "v1", built);
        request.signer = &signer;
        return ds::publish_version(request, quiet.context);
    };
    const auto record = sign_with(0);
    const auto objects = [&] { return objects_of(*lab, "v1"); };
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
        CHECK(objects_of(*lab, "v1").size() == 1);
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

TEST_CASE("signatures: junk neither hides a good one nor keeps anybody from adding one") {
    const Signed version;
    const auto below = ds::signatures_key(cats, "v1") + "/";
    const auto junk_name = [](std::size_t key, std::size_t i) {
        return ds::signature_name_prefix(sample_public(key)) + fmt::format("{:0128x}", i);
    };
    for (std::size_t i = 0; i < ds::max_signatures; ++i) {
        version.put("x");
        (void)version.lab->data().put(below + junk_name(i % 2, i), ds::MemoryBody("x"), std::nullopt);
    }
    const auto sign = [&](std::size_t key) {
        SampleSigner signer(key);
        return ds::add_signature(*version.lab, cats, "v1", version.record.text, signer,
                                 version.lab->record_lock(ds::unix_now()), version.quiet.context);
    };
    const auto both = policy(line("ada", 0) + line("bo", 1), 2);
    CHECK_FALSE(version.check(both).enough());
    CHECK(sign(0));
    CHECK_FALSE(sign(0));
    version.put("x");
    CHECK(sign(1));
    const auto report = version.check(both);
    CHECK(report.enough());
    CHECK(report.cut); // of what has no name
    CHECK(report.lines.size() == ds::max_signatures + 2);
    for (const auto& found : report.lines) {
        if (found.status ==
            Status::counted) { // it is what was put: locked, and the text that ssh-keygen reads
            CHECK(version.lab->data().retention(found.object, found.version_id).mode ==
                  ds::RetentionMode::compliance);
            ds::ByteString text;
            version.lab->data().get(found.object, found.version_id, 0,
                                    version.lab->data().size(found.object, found.version_id).value(), text);
            CHECK(ds::look_at_signature(text, version.record.text).status == Status::valid);
        }
    }
    // What must stay locked is found without a policy, too.
    CHECK(ds::signatures_over(*version.lab, cats, "v1", version.record.text, version.quiet.context).size() ==
          2);
}

TEST_CASE("signatures: a name says who signed what, in one spelling") {
    const auto secret = sample_private(0);
    const auto good = ds::SshSignature::make(sample_public(0), ds::publish_purpose, "text",
                                             [&](ds::ByteView message) { return secret.sign(message); });
    const auto name = ds::signature_name(good);
    const auto read = ds::parse_signature_name(name);
    REQUIRE(read);
    CHECK(read->text() == good.text());
    CHECK(read->covers("text"));
    CHECK_FALSE(read->covers("texts"));
    for (std::size_t at = 0; at < name.size(); ++at) { // another digit is another key or another signature
        auto spoilt = name;
        spoilt[at] = spoilt[at] == '0' ? '1' : '0';
        const auto other = ds::parse_signature_name(spoilt);
        CHECK_FALSE((other && other->covers("text")));
    }
    std::string upper = name;
    upper[name.find_first_of("abcdef")] -= 32;
    for (const auto& wrong : {upper, name + "0", name.substr(1), std::string(), std::string(193, '0')}) {
        CHECK_FALSE(ds::parse_signature_name(wrong));
    }
    auto of_git = good;
    of_git.purpose = "git";
    CHECK(outcome_of([&] { (void)ds::signature_name(of_git); }) == ds::ErrorKind::failure);
}

namespace {

/// A listing that is longer than anybody looks at; nothing else of a bucket.
class FloodedBucket final : public ds::DataBucket {
  public:
    std::set<std::string> names; ///< below "s/"
    std::size_t listed = 0;
    void list_versions(const std::string& prefix, const std::function<bool(const Version&)>& visit) override {
        for (auto at = names.lower_bound(prefix); at != names.end() && at->starts_with(prefix); ++at) {
            ++listed;
            if (!visit({*at, "1", 1, 0})) {
                return;
            }
        }
    }
    std::string put(const std::string&, const Body&, const std::optional<ds::Retention>&) override {
        return "";
    }
    std::string copy(const std::string&, const std::string&, const std::string&) override { return ""; }
    void get(const std::string&, const std::string&, std::uint64_t, std::uint64_t, ds::ByteString&) override {
    }
    std::optional<std::uint64_t> size(const std::string&, const std::string&) override { return {}; }
    std::vector<Version> versions(const std::string&) override { return {}; }
    void retain(const std::string&, const std::string&, const ds::Retention&) override {}
    ds::Retention retention(const std::string&, const std::string&) override { return {}; }
    void remove(const std::string&, const std::string&) override {}
    Locking locking() const override { return {}; }
};

} // namespace

TEST_CASE("signatures: where there is too much, those of allowed signers are looked for by name, and work is "
          "bounded") {
    FloodedBucket bucket;
    Quiet quiet;
    const std::string text = "a record";
    for (const std::size_t key : {0, 1}) {
        const auto secret = sample_private(key);
        bucket.names.insert("s/" + ds::signature_name(ds::SshSignature::make(
                                       sample_public(key), ds::publish_purpose, text,
                                       [&](ds::ByteView message) { return secret.sign(message); })));
    }
    for (std::size_t i = 0; i < 2 * ds::max_listed_signatures; ++i) {
        bucket.names.insert(fmt::format("s/!{}", i)); // before all keys
    }
    ds::NamedSignatures strange(text, {}, 10);
    strange.list(bucket, "s/", quiet.context, {});
    CHECK(strange.lines().empty());
    CHECK(strange.cut());
    CHECK(bucket.listed <= ds::max_listed_signatures + 1);
    ds::NamedSignatures known(text, {sample_public(0), sample_public(1)}, 10);
    known.list(bucket, "s/", quiet.context, {});
    CHECK(known.lines().size() == 2);
    CHECK_FALSE(known.cut());
    ds::NamedSignatures one(text, {sample_public(0), sample_public(1)}, 10);
    one.list(bucket, "s/", quiet.context, [&] { return !one.lines().empty(); });
    CHECK(one.lines().size() == 1);
    // Junk below a key of the policy hides at most that key's, and it is told that there is more.
    for (std::size_t i = 0; i < 2 * ds::max_listed_signatures; ++i) {
        bucket.names.insert("s/" + ds::signature_name_prefix(sample_public(0)) + fmt::format("!{}", i));
    }
    bucket.listed = 0;
    ds::NamedSignatures other(text, {sample_public(0), sample_public(1)}, 10);
    other.list(bucket, "s/", quiet.context, {});
    CHECK(other.has(sample_public(1)));
    CHECK(other.cut());
    CHECK(bucket.listed <= 3 * (ds::max_listed_signatures + 1));
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

// Renewing locks, and finding those that end too early.
#include "release/renew.hpp"
#include "codec/sshsig.hpp"
#include "release/signatures.hpp"
#include "request.hpp"
#include "unit/codec/ssh_samples.hpp"

#include <doctest/doctest.h>

using namespace ds_test;

namespace {

constexpr std::int64_t day = 86'400;

ds::RenewResult renew(ds::Registry& registry, std::int64_t now, bool dry_run = false) {
    Quiet quiet;
    return ds::renew_locks(registry, "demo", dry_run, now, quiet.context);
}

} // namespace

TEST_CASE("renew: locks of which little is left are extended, long ones are left alone") {
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    const auto built = builder.build(many_files(40));
    const auto stored = publish(*lab, "v1", built);
    const auto now = ds::unix_now();
    const auto fresh = renew(*lab, now);
    CHECK(fresh.records == 1);
    CHECK(fresh.packs == 3);
    CHECK(fresh.packs_renewed == 0);

    const auto later = now + 200 * day;
    CHECK(renew(*lab, later, true).packs_renewed == 3);
    CHECK(lab->pack_retention("demo", built.meta_pack).until < now + 366 * day);
    const auto result = renew(*lab, later);
    CHECK(result.packs_renewed == 3);
    CHECK(result.records_renewed == 0); // ten years
    CHECK(result.problem_count == 0);
    for (const auto& pack : {built.content_pack, built.meta_pack, built.history_pack}) {
        CHECK(lab->pack_retention("demo", pack).until == later + 365 * day);
    }
    CHECK(renew(*lab, later + day).packs_renewed == 0);
    CHECK(renew(*lab, now + 2800 * day).records_renewed == 1);
    CHECK(lab->data().retention(ds::record_key(cats, "v1"), stored.version_id).until == now + 6450 * day);
}

TEST_CASE("renew: an interrupted run is gone on with") {
    struct Killed {};
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    publish(*lab, "v1", builder.build(many_files(40)));
    const auto later = ds::unix_now() + 200 * day;
    Probe probe;
    const auto client = lab.connect(probe);
    probe.hook = [](Probe::Moment moment, const std::string& what, const std::string&) {
        if (what == "retain" && moment == Probe::Moment::after) {
            throw Killed();
        }
    };
    CHECK_THROWS_AS((void)renew(*client, later), Killed);
    const auto rest = renew(*lab, later).packs_renewed;
    CHECK(rest >= 1);
    CHECK(rest < 3);
}

/// A published version whose packs nobody has locked.
ds::StoredRecord claim_unlocked(const Lab& lab, const BuiltVersion& built) {
    ds::Record record;
    record.registry_id = lab->description().id;
    record.dataset = cats.str();
    record.version = "v1";
    record.sequence = 1;
    record.manifest = built.manifest;
    record.digest = built.manifest.digest();
    record.commit = commit_of(built);
    record.roots = built.roots;
    lab->create_dataset(cats, "", 1);
    return lab->claim_record(cats, "v1", record.text(), lab->record_lock(ds::unix_now()));
}

TEST_CASE("renew: a pack that is gone is a finding, the others are renewed") {
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    const auto built = builder.build(many_files(40));
    (void)claim_unlocked(lab, built);
    lab->data().remove(ds::pack_key("demo", built.content_pack.name), built.content_pack.version_id);
    const auto result = renew(*lab, ds::unix_now());
    CHECK(result.packs_renewed == 2);
    REQUIRE(result.problem_count == 1);
    CHECK(result.problems[0].find("is missing") != std::string::npos);
}

TEST_CASE("verify: locks that end soon are reported, and renewing helps") {
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    const auto built = builder.build(many_files(40));
    const auto stored = claim_unlocked(lab, built);
    const auto now = ds::unix_now();
    Quiet quiet;
    ds::RegistryVersion version(*lab, "demo", built.roots);
    CHECK(ds::verify_locks(version, cats, stored, {}, quiet.context).problem_count == 3);
    for (const auto& pack : {built.content_pack, built.meta_pack, built.history_pack}) {
        lab->retain_pack("demo", pack, {ds::RetentionMode::compliance, now + 10 * day});
    }
    const auto soon = ds::verify_locks(version, cats, stored, {}, quiet.context);
    REQUIRE(soon.problem_count == 3);
    CHECK(soon.problems[0].find("ends ") != std::string::npos);
    CHECK(renew(*lab, now).packs_renewed == 3);
    CHECK(ds::verify_locks(version, cats, stored, {}, quiet.context).problem_count == 0);
    CHECK(ds::renew_before(1000, 365) == 1000 + 30 * day);
    CHECK(ds::renew_before(1000, 4) == 1000 + day);
}

TEST_CASE("renew and verify: a signature over the record stays locked as it does, whatever lies beside it") {
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    const auto built = builder.build(many_files(3));
    const auto stored = publish(*lab, "v1", built);
    const auto secret = sample_private(0);
    const auto put = [&](const std::string& text) {
        return lab->data().put(ds::signatures_key(cats, "v1"), ds::MemoryBody(text), std::nullopt);
    };
    const auto sign = [&](ds::ByteView text) {
        return ds::SshSignature::make(sample_public(0), ds::publish_purpose, text,
                                      [&](ds::ByteView message) { return secret.sign(message); })
            .text();
    };
    const auto garbage = put("no signature");
    const auto over_other = put(sign("another text"));
    const auto signature = put(sign(stored.text));
    const auto locked_until = [&](const std::string& id) {
        return lab->data().retention(ds::signatures_key(cats, "v1"), id).until;
    };
    Quiet quiet;
    ds::RegistryVersion version(*lab, "demo", built.roots);
    const auto locks = [&] {
        const auto lines = ds::signatures_over(*lab, cats, "v1", stored.text, quiet.context);
        return ds::verify_locks(version, cats, stored, lines, quiet.context);
    };
    const auto before = locks();
    REQUIRE(before.problem_count == 1);
    CHECK(before.problems[0] == "the signature of " + sample_public(0).fingerprint() + " is not locked");
    const auto now = ds::unix_now();
    CHECK(renew(*lab, now, true).signatures_renewed == 1);
    CHECK(locked_until(signature) == 0);
    const auto result = renew(*lab, now);
    CHECK(result.signatures == 1);
    CHECK(result.signatures_renewed == 1);
    CHECK(result.records_renewed == 0);
    CHECK(locked_until(signature) == now + 3650 * day);
    CHECK(locked_until(garbage) == 0);
    CHECK(locked_until(over_other) == 0);
    CHECK(renew(*lab, now).signatures_renewed == 0);
    CHECK(locks().problem_count == 0);
}

// Renewing locks, and finding those that end too early.
#include "release/renew.hpp"
#include "request.hpp"

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
    CHECK(ds::verify_locks(version, cats, stored, quiet.context).problem_count == 3);
    for (const auto& pack : {built.content_pack, built.meta_pack, built.history_pack}) {
        lab->retain_pack("demo", pack, {ds::RetentionMode::compliance, now + 10 * day});
    }
    const auto soon = ds::verify_locks(version, cats, stored, quiet.context);
    REQUIRE(soon.problem_count == 3);
    CHECK(soon.problems[0].find("ends ") != std::string::npos);
    CHECK(renew(*lab, now).packs_renewed == 3);
    CHECK(ds::verify_locks(version, cats, stored, quiet.context).problem_count == 0);
    CHECK(ds::renew_before(1000, 365) == 1000 + 30 * day);
    CHECK(ds::renew_before(1000, 4) == 1000 + day);
}

// What a collection makes of samples.
#include "release/collect_samples.hpp"
#include "codec/hash.hpp"
#include "registry/samples.hpp"
#include "release/collect.hpp"
#include "request.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace ds_test;

namespace {

ds::Sample sample_of(const std::vector<ds::PackRef>& packs) {
    ds::Sample sample;
    for (const auto& pack : packs) {
        sample.add({pack, 1000, 3}, {ds::sha256(pack.version_id)});
    }
    return sample;
}

ds::Sha256 put(ds::Registry& registry, ds::Sample sample) {
    return ds::put_sample(registry, "demo", sample);
}

std::set<ds::PackRef> listed(ds::Registry& registry) {
    std::set<ds::PackRef> packs;
    for (const auto& stored : ds::list_samples(registry, "demo", 1000)) {
        for (const auto& pack : ds::read_sample(registry, "demo", stored).packs) {
            CHECK(packs.insert(pack.ref).second); // in one sample only
        }
    }
    return packs;
}

void collect(ds::Registry& registry, std::int64_t grace, bool dry_run = false) {
    Quiet quiet;
    (void)ds::collect(registry, {"demo", grace, dry_run}, ds::unix_now() + 10, quiet.context);
}

} // namespace

TEST_CASE("a collection drops rows of packs that are gone, merges, and removes what is replaced or damaged") {
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    const auto kept = builder.build(many_files(40));
    make_draft(*lab, "v1", kept);
    const auto gone = ds::PackRef{ds::sha256("gone"), "1-gone"};
    const auto one = put(*lab, sample_of({kept.content_pack, gone}));
    const auto two = put(*lab, sample_of({kept.meta_pack}));
    auto replacing = sample_of({kept.history_pack});
    replacing.replaces = {two};
    (void)put(*lab, replacing);
    const auto damaged = ds::sample_key("demo", ds::sha256("no sample"));
    (void)lab->data().put(damaged, ds::MemoryBody("damaged"), std::nullopt);
    const auto before = ds::list_samples(*lab, "demo", 1000).size();
    REQUIRE(before == 4);

    SUBCASE("not in a dry run") {
        collect(*lab, 0, true);
        CHECK(ds::list_samples(*lab, "demo", 1000).size() == before);
    }
    SUBCASE("not what is young: its packs are not reached yet") {
        collect(*lab, 86'400);
        CHECK(ds::list_samples(*lab, "demo", 1000).size() == before);
    }
    SUBCASE("what is old") {
        collect(*lab, 0);
        const auto after = ds::list_samples(*lab, "demo", 1000);
        REQUIRE(after.size() == 1);
        CHECK(after[0].name != one);
        const auto rows = listed(*lab);
        CHECK(rows.contains(kept.content_pack));
        CHECK(rows.contains(kept.history_pack));
        CHECK_FALSE(rows.contains(gone));
        collect(*lab, 0); // what came out stays as it is
        const auto again = ds::list_samples(*lab, "demo", 1000);
        REQUIRE(again.size() == 1);
        CHECK(again[0].name == after[0].name);
        CHECK(again[0].version_id == after[0].version_id);
    }
}

TEST_CASE("samples of nothing that is left go altogether") {
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    make_draft(*lab, "v1", builder.build({{"a", "first"}}));
    (void)put(*lab, sample_of({{ds::sha256("gone"), "1-gone"}}));
    collect(*lab, 0);
    CHECK(ds::list_samples(*lab, "demo", 10).empty());
}

TEST_CASE("what cannot be done about samples stops no collection") {
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    make_draft(*lab, "v1", builder.build({{"a", "first"}}));
    builder.forget();
    const auto garbage = builder.build({{"b", "second"}});
    auto sample = sample_of({{ds::sha256("gone"), "1-gone"}});
    const auto bytes = sample.serialise();
    (void)lab->data().put(ds::sample_key("demo", ds::sha256(bytes)), ds::MemoryBody(bytes),
                          ds::Retention{ds::RetentionMode::compliance, ds::unix_now() + 86'400});
    collect(*lab, 0);
    CHECK_FALSE(lab->pack_size("demo", garbage.content_pack).has_value());
    CHECK(ds::list_samples(*lab, "demo", 10).size() == 1);
}

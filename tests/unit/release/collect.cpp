// Collection, one actor at a time; tests/sim has them all at once.
#include "release/collect.hpp"
#include "registry/collection.hpp"
#include "registry/notes.hpp"
#include "release/fill_head.hpp"
#include "request.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace ds_test;

namespace {

constexpr std::int64_t day = 86'400;

ds::CollectResult collect(ds::Registry& registry, std::int64_t grace, std::int64_t now,
                          bool dry_run = false) {
    Quiet quiet;
    return ds::collect(registry, {"demo", grace, dry_run}, now, quiet.context);
}

std::set<std::string> objects(ds::Registry& registry, const std::string& prefix) {
    std::set<std::string> found;
    registry.data().list_versions(prefix, [&](const auto& version) {
        found.insert(version.key + "@" + version.version_id);
        return true;
    });
    return found;
}

bool is_there(ds::Registry& registry, const ds::PackRef& pack) {
    return registry.pack_size("demo", pack).has_value();
}

bool is_whole(ds::Registry& registry, const ds::VersionRoots& roots) {
    Quiet quiet;
    ds::RegistryVersion version(registry, "demo", roots);
    for (const auto& [pack, end] : ds::reach_of(version, nullptr, {})) {
        if (!is_there(registry, pack)) {
            return false;
        }
    }
    return true;
}

void drop(ds::Registry& registry, const std::string& version) {
    const auto update = registry.update_head(
        *registry.head(cats, version),
        [](ds::Head& head) {
            head.state = ds::HeadState::dropped;
            head.commit.clear();
            head.roots.reset();
        },
        ds::unix_now());
    REQUIRE(update.outcome == ds::HeadUpdate::Outcome::done);
}

} // namespace

TEST_CASE("promise 7: what drafts, pins and records reach stays, the rest goes after the grace period") {
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    const auto kept = builder.build(many_files(40));
    make_draft(*lab, "v1", kept);
    const auto gone = builder.build({{"a", "first"}, {"b", std::string(3000, 'b')}});
    make_draft(*lab, "v2", gone);
    const auto sealed = builder.build({{"c", "third"}});
    make_draft(*lab, "v3", sealed);
    publish(*lab, "v3", sealed);
    const auto now = ds::unix_now();

    CHECK(collect(*lab, day, now).condemned == 0); // nothing is garbage
    drop(*lab, "v2");
    const auto young = collect(*lab, day, now);
    CHECK(young.young == 3);
    CHECK(young.condemned == 0);
    const auto dry = collect(*lab, day, now + 2 * day, true);
    CHECK(dry.condemned == 3);
    CHECK(ds::read_collection(*lab, "demo").state.epoch == 0);

    const auto first = collect(*lab, day, now + 2 * day);
    CHECK(first.condemned == 3);
    CHECK(first.waiting == 3);
    CHECK(first.due == now + 3 * day);
    CHECK(first.epoch == 1);
    CHECK(lab->head(cats, "v1")->head.epoch == 1);
    CHECK(is_whole(*lab, gone.roots));
    CHECK(collect(*lab, day, now + 2 * day).removed == 0);

    const auto second = collect(*lab, day, now + 3 * day);
    CHECK(second.removed == 3);
    CHECK_FALSE(is_there(*lab, gone.content_pack));
    CHECK_FALSE(is_there(*lab, gone.meta_pack));
    CHECK(is_whole(*lab, kept.roots));
    CHECK(is_whole(*lab, sealed.roots));
    CHECK(lab->record(cats, "v3").has_value());

    // The lists that the collection itself made are garbage by now.
    const auto third = collect(*lab, 0, now + 30 * day);
    CHECK(third.removed > 0);
    (void)collect(*lab, 0, now + 31 * day);
    CHECK(collect(*lab, 0, now + 32 * day).garbage <= 2);
    CHECK(is_whole(*lab, kept.roots));
}

TEST_CASE("collection: versions that share most of their layout are read once, and nothing is lost") {
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    const auto first = builder.build(many_files(3000));
    make_draft(*lab, "v1", first);
    const auto second = builder.build(many_files(3000, "changed"));
    make_draft(*lab, "v2", second);
    Probe probe;
    const auto client = lab.connect(probe);
    CHECK(collect(*client, 0, ds::unix_now() + day).garbage == 0);
    const unsigned both = probe.requests;
    drop(*lab, "v2");
    probe.requests = 0;
    (void)collect(*client, 0, ds::unix_now() + day, true);
    CHECK(both < probe.requests + 12);
    (void)collect(*client, 0, ds::unix_now() + day);
    CHECK(is_whole(*lab, first.roots));
    CHECK_FALSE(is_there(*lab, second.meta_pack));
}

TEST_CASE("collection: a lost reply leaves a second version of a pack, and only that goes") {
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    const auto built = builder.build({{"a", "first"}});
    make_draft(*lab, "v1", built);
    ds::ByteString bytes;
    lab->read_pack("demo", built.content_pack, 0, *lab->pack_size("demo", built.content_pack), bytes);
    const auto twin = lab->put_pack("demo", built.content_pack.name, ds::MemoryBody(bytes));
    CHECK(collect(*lab, 0, ds::unix_now() + day).condemned == 1);
    CHECK_FALSE(is_there(*lab, twin));
    CHECK(is_whole(*lab, built.roots));
}

TEST_CASE("collection: what is locked stays, and stays condemned") {
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    const auto built = builder.build({{"a", "first"}});
    const auto now = ds::unix_now();
    lab->create_dataset(cats, "", now);
    lab->retain_pack("demo", built.meta_pack, lab->pack_lock(now));
    const auto result = collect(*lab, 0, now + day);
    CHECK(result.locked == 1);
    CHECK(result.removed == 2);
    CHECK(is_there(*lab, built.meta_pack));

    // A publisher that locks what is doomed already.
    const auto late = builder.build({{"b", "second"}});
    CHECK(collect(*lab, 2 * day, now + 3 * day).waiting >= 3);
    lab->retain_pack("demo", late.content_pack, lab->pack_lock(now));
    (void)collect(*lab, 2 * day, now + 6 * day);
    CHECK(is_there(*lab, late.content_pack));
    ds::CondemnedPacks condemned(*lab, "demo");
    CHECK(condemned.contains(late.content_pack));
    (void)collect(*lab, 0, now + 7 * day);
    CHECK(ds::CondemnedPacks(*lab, "demo").contains(late.content_pack));
}

TEST_CASE("collection: damage ends it, and nothing is removed") {
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    const auto built = builder.build(many_files(40));
    make_draft(*lab, "v1", built);
    (void)builder.build({{"x", "garbage"}});
    const auto before = objects(*lab, "demo/");
    const auto later = ds::unix_now() + day;
    SUBCASE("a head that does not parse") {
        auto head = lab->control().get(ds::head_key(cats, "v1")).value();
        REQUIRE(lab->control().put_if_match(ds::head_key(cats, "v1"), "{}", head.etag) ==
                ds::ControlBucket::Put::done);
    }
    SUBCASE("a head under a name that no version can have") {
        REQUIRE(lab->control().put_if_absent("demo/cats/heads/..", "{}") == ds::ControlBucket::Put::done);
    }
    SUBCASE("a layout that is gone") {
        lab->data().remove(ds::pack_key("demo", built.meta_pack.name), built.meta_pack.version_id);
    }
    SUBCASE("a record that is not locked") {
        (void)lab->data().put(ds::record_key(cats, "v9"), ds::MemoryBody("{}"), std::nullopt);
    }
    SUBCASE("a list of pending packs that is gone") {
        const auto note = ds::put_note(*lab, "demo", "no list");
        (void)lab->update_head(
            *lab->head(cats, "v1"),
            [&](ds::Head& head) {
                head.pending = {ds::PendingPacks{note, 1}};
            },
            1);
    }
    SUBCASE("a state of a newer format") {
        REQUIRE(lab->control().put_if_absent("demo/collection", R"({"schema":"dsctl.collection/2"})") ==
                ds::ControlBucket::Put::done);
    }
    const auto after = objects(*lab, "demo/packs/");
    CHECK(outcome_of([&] { (void)collect(*lab, 0, later); }) != ds::ErrorKind::differs);
    CHECK(objects(*lab, "demo/packs/") == after);
    CHECK(ds::read_collection(*lab, "other").state.epoch == 0);
    CHECK(before.size() >= after.size());
}

TEST_CASE("collection: a collector that is killed at any request is finished by the next one") {
    struct Killed {};
    for (unsigned at = 1;; ++at) {
        const Lab lab;
        VersionBuilder builder(*lab, "demo");
        const auto kept = builder.build({{"a", "first"}});
        make_draft(*lab, "v1", kept);
        const auto gone = builder.build({{"b", "second"}});
        Probe probe;
        const auto client = lab.connect(probe);
        unsigned count = 0;
        probe.hook = [&](Probe::Moment, const std::string&, const std::string&) {
            if (++count == at) {
                throw Killed();
            }
        };
        bool killed = false;
        try {
            (void)collect(*client, 0, ds::unix_now() + day);
        } catch (const Killed&) {
            killed = true;
        }
        (void)collect(*lab, 0, ds::unix_now() + 2 * day);
        CHECK(is_whole(*lab, kept.roots));
        CHECK_FALSE(is_there(*lab, gone.content_pack));
        CHECK(ds::read_collection(*lab, "demo").state.phase == ds::CollectionPhase::idle);
        if (!killed) {
            CHECK(at > 8);
            break;
        }
    }
}

TEST_CASE("promise 7: a push in between sends again what was condemned") {
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    const auto first = builder.build({{"a", "first"}});
    const auto now = ds::unix_now();
    lab->create_dataset(cats, "", now);
    const auto born = lab->ensure_head(cats, ds::VersionName("v1"));
    unsigned sends = 0;
    bool noted = false;
    SUBCASE("it noted nothing") {}
    SUBCASE("it noted what it had sent") {
        noted = true;
    }
    const auto send = [&](ds::PushGuard& guard) {
        ++sends;
        if (sends == 1) {
            CHECK_FALSE(guard.condemned().contains(first.content_pack));
            if (noted) {
                guard.sent(first.content_pack);
                guard.sent(first.meta_pack);
                guard.sent(first.history_pack);
            }
            (void)collect(*lab, 2 * day, now + 9 * day); // everything is old, says this clock
            return first.roots;
        }
        if (noted) {
            CHECK_FALSE(guard.condemned().contains(first.content_pack));
            return first.roots;
        }
        CHECK(guard.condemned().contains(first.content_pack));
        builder.forget();
        return builder.build({{"a", "first"}}).roots;
    };
    const auto change = [](ds::Head& head, const ds::VersionRoots& roots) {
        head.state = ds::HeadState::draft;
        head.commit = std::string(40, '1');
        head.roots = roots;
    };
    const auto update = ds::fill_head({*lab, cats, born, send, change, [&] { return now; }, 0});
    REQUIRE(update.outcome == ds::HeadUpdate::Outcome::done);
    CHECK(update.current.head.pending.empty());
    CHECK(sends == 2);
    (void)collect(*lab, 0, now + 20 * day);
    CHECK(is_whole(*lab, *lab->head(cats, "v1")->head.roots));
}

TEST_CASE("publish: what no draft reaches and is condemned is not published") {
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    const auto built = builder.build({{"a", "first"}});
    const auto now = ds::unix_now();
    lab->create_dataset(cats, "", now);
    CHECK(collect(*lab, 2 * day, now + 9 * day).waiting == 3);
    CHECK(outcome_of([&] { publish(*lab, "v1", built); }) == ds::ErrorKind::retry);
    CHECK_FALSE(lab->record(cats, "v1").has_value());
}

TEST_CASE("publish: the record names what the draft reaches, whoever sent it") {
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    const auto theirs = builder.build({{"a", "first"}});
    make_draft(*lab, "v1", theirs);
    builder.forget();
    const auto ours = builder.build({{"a", "first"}});
    REQUIRE(ours.meta_pack != theirs.meta_pack);
    CHECK(publish(*lab, "v1", ours).record.roots == theirs.roots);
}

TEST_CASE("publish: a message of 50 KiB is pinned and published") {
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    const auto built = builder.build({{"a", "first"}});
    make_draft(*lab, "v1", built);
    auto request = request_for(*lab, "v1", built);
    request.message = std::string(50 << 10, 'm');
    Quiet quiet;
    CHECK(ds::publish_version(request, quiet.context).record.message == request.message);
    CHECK(lab->head(cats, "v1")->head.state == ds::HeadState::published);
}

// Publishing: one name, one content, whoever comes when and stops where.
#include "codec/hash.hpp"
#include "request.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <set>
#include <thread>

using namespace ds_test;
using ds::ErrorKind;
using ds::HeadState;

namespace {

constexpr std::uintmax_t ds_footer_entry = ds::footer_entry_bytes;
constexpr std::uintmax_t ds_footer_tail = ds::footer_tail_bytes;

/// Leaves a head as a publisher leaves it that dies after pinning.
std::string pin(ds::Registry& registry, const std::string& version, const BuiltVersion& built,
                const std::string& author) {
    Probe probe;
    probe.hook = [&](Probe::Moment moment, const std::string& what, const std::string&) {
        if (moment == Probe::Moment::before && what == "retain") {
            throw ds::Interrupted();
        }
    };
    auto buckets = ds::open_buckets(registry.url());
    ds::Registry dying(registry.alias(), registry.url(),
                       {std::make_unique<WrappedControl>(std::move(buckets.control), probe),
                        std::make_unique<WrappedData>(std::move(buckets.data), probe)});
    Quiet quiet;
    auto request = request_for(dying, version, built);
    request.author = author;
    CHECK_THROWS_AS((void)ds::publish_version(request, quiet.context), ds::Interrupted);
    const auto head = registry.head(cats, version).value().head;
    CHECK(head.state == HeadState::publishing);
    return head.pinned_record.value();
}

} // namespace

TEST_CASE("publish: seals a draft; record, head, catalog and locks say so") {
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    const auto built = builder.build(many_files(40));
    make_draft(*lab, "v1", built);
    const auto stored = publish(*lab, "v1", built);
    CHECK(stored.record.digest == built.manifest.digest());
    CHECK(stored.record.sequence == 1);
    CHECK(stored.record.author == "ada");
    CHECK(stored.record.message == "sealed");
    CHECK(lab->record(cats, "v1")->text == stored.text);
    const auto head = lab->head(cats, "v1").value().head;
    CHECK(head.state == HeadState::published);
    CHECK_FALSE(head.pinned_record.has_value());
    const auto catalog = lab->catalog(cats).value();
    REQUIRE(catalog.versions.size() == 1);
    CHECK(catalog.versions[0].state == HeadState::published);
    CHECK(catalog.versions[0].digest == built.manifest.digest());
    const auto year = ds::unix_now() + 365 * 86400 - 60;
    for (const auto& pack : {built.content_pack, built.meta_pack, built.history_pack}) {
        CHECK(lab->pack_retention("demo", pack).mode == ds::RetentionMode::compliance);
        CHECK(lab->pack_retention("demo", pack).until > year);
    }
    CHECK(lab->data().retention(ds::record_key(cats, "v1"), stored.version_id).until > year + 3000LL * 86400);

    // Again: finds its own record, adds nothing.
    CHECK(publish(*lab, "v1", built).version_id == stored.version_id);
    CHECK(lab->data().versions(ds::record_key(cats, "v1")).size() == 1);
    CHECK(lab->head(cats, "v1")->etag == lab->head(cats, "v1")->etag);
}

TEST_CASE("publish: sequences rise, the newest is the last one published") {
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    for (const char* version : {"v2", "v1", "v3"}) {
        (void)publish(*lab, version, builder.build(many_files(3, version)));
    }
    const auto records = lab->records(cats);
    REQUIRE(records.size() == 3);
    CHECK(records[0].record.version == "v2");
    CHECK(records[2].record.sequence == 3);
    CHECK_FALSE(records[0].record.previous.has_value());
    CHECK((records[1].record.previous == ds::sha256(records[0].text)));
    CHECK((records[2].record.previous == ds::sha256(records[1].text)));
    CHECK(lab->newest_record(cats)->record.version == "v3");
}

TEST_CASE("promise 6: of racing publishers of different content exactly one gets the name") {
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    std::vector<BuiltVersion> built;
    for (int i = 0; i < 8; ++i) {
        built.push_back(builder.build(many_files(5, std::to_string(i))));
    }
    std::atomic<int> winners = 0;
    std::atomic<int> conflicts = 0;
    std::atomic<int> winner = -1;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&, i] {
            Probe probe;
            const auto client = lab.connect(probe);
            const auto outcome =
                outcome_of([&] { (void)publish(*client, "v1", built[static_cast<std::size_t>(i)]); });
            winners += outcome == ErrorKind::differs ? 1 : 0;
            conflicts += outcome == ErrorKind::conflict ? 1 : 0;
            if (outcome == ErrorKind::differs) {
                winner = i;
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    CHECK(winners == 1);
    CHECK(conflicts == 7);
    REQUIRE(winner >= 0);
    const auto& won = built[static_cast<std::size_t>(winner.load())];
    CHECK(lab->record(cats, "v1")->record.digest == won.manifest.digest());
    CHECK(lab->head(cats, "v1")->head.state == HeadState::published);
    CHECK(lab->head(cats, "v1")->head.commit == commit_of(won));
}

TEST_CASE("publish: racing publishers of the same content all succeed") {
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    std::vector<BuiltVersion> built;
    for (int i = 0; i < 8; ++i) {
        builder.forget(); // each has uploaded it itself: other packs, the same content
        built.push_back(builder.build(many_files(5)));
    }
    std::vector<std::string> ids(8);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < 8; ++i) {
        threads.emplace_back([&, i] {
            Probe probe;
            ids[i] = publish(*lab.connect(probe), "v1", built[i]).version_id;
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    CHECK(std::set<std::string>(ids.begin(), ids.end()).size() == 1);
    CHECK(ids[0] == lab->record(cats, "v1")->version_id);
}

TEST_CASE("publish: a dead publisher's pin of the same content is finished as it is") {
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    const auto built = builder.build(many_files(5));
    const auto pinned = pin(*lab, "v1", built, "bo");
    builder.forget();
    const auto again = builder.build(many_files(5));
    const auto stored = publish(*lab, "v1", again);
    CHECK(stored.text == pinned);
    CHECK(stored.record.author == "bo");
    // The packs that count are those that the record names.
    CHECK(lab->pack_retention("demo", built.meta_pack).mode == ds::RetentionMode::compliance);
    CHECK(lab->pack_retention("demo", again.meta_pack).mode == ds::RetentionMode::none);
}

TEST_CASE("publish: a dead publisher's pin of other content is a conflict until a push undoes it") {
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    const auto theirs = builder.build(many_files(5, "theirs"));
    const auto ours = builder.build(many_files(5, "ours"));
    (void)pin(*lab, "v1", theirs, "bo");
    std::string message;
    CHECK(outcome_of([&] { (void)publish(*lab, "v1", ours); }, &message) == ErrorKind::conflict);
    CHECK(message.find("by bo (") != std::string::npos);
    CHECK_FALSE(lab->record(cats, "v1").has_value());
    make_draft(*lab, "v1", ours);
    CHECK(publish(*lab, "v1", ours).record.digest == ours.manifest.digest());
}

TEST_CASE("publish: a publisher that died after its claim has published") {
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    const auto theirs = builder.build(many_files(5, "theirs"));
    const auto ours = builder.build(many_files(5, "ours"));
    const auto pinned = pin(*lab, "v1", theirs, "bo");
    (void)lab->claim_record(cats, "v1", pinned, lab->record_lock(ds::unix_now()));
    SUBCASE("the same content finds the record") {
        CHECK(publish(*lab, "v1", theirs).text == pinned);
    }
    SUBCASE("other content is a conflict") {
        CHECK(outcome_of([&] { (void)publish(*lab, "v1", ours); }) == ErrorKind::conflict);
    }
    SUBCASE("also when the head was moved on meanwhile") {
        make_draft(*lab, "v1", ours);
        CHECK(outcome_of([&] { (void)publish(*lab, "v1", ours); }) == ErrorKind::conflict);
    }
    // Whoever came by has put the head in order.
    CHECK(lab->head(cats, "v1")->head.state == HeadState::published);
    CHECK(lab->head(cats, "v1")->head.commit == commit_of(theirs));
}

TEST_CASE("promise 2: stopped at any request, publishing again ends well") {
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    for (const auto moment : {Probe::Moment::before, Probe::Moment::after}) {
        bool reached_end = false;
        for (int stop = 0; !reached_end; ++stop) {
            const auto version = (moment == Probe::Moment::before ? "b" : "a") + std::to_string(stop);
            CAPTURE(version);
            const auto built = builder.build(many_files(5, version));
            Probe probe;
            int left = stop;
            bool stopped = false;
            probe.hook = [&](Probe::Moment now, const std::string&, const std::string&) {
                if (now == moment && left-- == 0) {
                    stopped = true;
                    throw ds::Interrupted();
                }
            };
            const auto client = lab.connect(probe);
            Quiet quiet;
            quiet.context.jobs = 1;
            const auto first = outcome_of(
                [&] { (void)ds::publish_version(request_for(*client, version, built), quiet.context); });
            CHECK((first == ErrorKind::interrupted) == stopped);
            reached_end = !stopped;
            // Whatever was left: the old state or the new, and the next run completes it.
            const auto between = lab->record(cats, version);
            CHECK((!between || between->record.digest == built.manifest.digest()));
            const auto stored = publish(*lab, version, built);
            CHECK(stored.record.digest == built.manifest.digest());
            CHECK(lab->head(cats, version)->head.state == HeadState::published);
            CHECK(lab->data().versions(ds::record_key(cats, version)).size() == 1);
            REQUIRE(stop < 40);
        }
    }
}

TEST_CASE("promise 4: nothing is published of which a pack is missing or cut") {
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    auto files = many_files(5);
    for (int i = 0; i < 40; ++i) { // more chunks than stand in a node: a segment
        files["large"] += std::string(64, static_cast<char>('A' + i));
    }
    const auto built = builder.build(files);
    const auto file_of = [&](const ds::PackRef& pack) {
        return lab.url() + "/data/demo/packs/" + pack.name.hex() + "=/" + pack.version_id;
    };
    SUBCASE("content is missing") {
        lab->data().remove(ds::pack_key("demo", built.content_pack.name), built.content_pack.version_id);
    }
    SUBCASE("tree and layout are missing") {
        lab->data().remove(ds::pack_key("demo", built.meta_pack.name), built.meta_pack.version_id);
    }
    SUBCASE("history is missing") {
        lab->data().remove(ds::pack_key("demo", built.history_pack.name), built.history_pack.version_id);
    }
    SUBCASE("content is cut") {
        // Into the last frame, which only the segment names; the footer is behind it.
        const auto footer = 45 * ds_footer_entry + ds_footer_tail;
        const auto path = file_of(built.content_pack);
        std::filesystem::resize_file(path, std::filesystem::file_size(path) - footer - 1);
    }
    std::string message;
    CHECK(outcome_of([&] { (void)publish(*lab, "v1", built); }, &message) == ErrorKind::corrupt);
    CHECK(message.find("cannot publish demo/cats:v1") == 0);
    CHECK_FALSE(lab->record(cats, "v1").has_value());
}

TEST_CASE("publish: refuses what cannot be meant") {
    const Lab lab;
    VersionBuilder builder(*lab, "demo");
    const auto built = builder.build(many_files(5));
    Quiet quiet;
    auto request = request_for(*lab, "v1", built);
    SUBCASE("a draft that moved on") {
        make_draft(*lab, "v1", builder.build(many_files(6)), "bo");
        std::string message;
        CHECK(outcome_of([&] { (void)ds::publish_version(request, quiet.context); }, &message) ==
              ErrorKind::conflict);
        CHECK(message.find("by bo") != std::string::npos);
    }
    SUBCASE("a dropped draft") {
        (void)lab->update_head(
            lab->ensure_head(cats, ds::VersionName("v1")),
            [](ds::Head& head) { head.state = HeadState::dropped; }, 1);
        CHECK(outcome_of([&] { (void)ds::publish_version(request, quiet.context); }) == ErrorKind::conflict);
    }
    SUBCASE("a manifest of other files") {
        request.manifest = builder.build(many_files(6)).manifest;
        CHECK(outcome_of([&] { (void)ds::publish_version(request, quiet.context); }) == ErrorKind::failure);
    }
    SUBCASE("a message that no record holds") {
        request.message = std::string(ds::max_document_bytes, 'm');
        CHECK(outcome_of([&] { (void)ds::publish_version(request, quiet.context); }) == ErrorKind::usage);
    }
    SUBCASE("a head that says published, without a record") {
        make_draft(*lab, "v1", built);
        (void)lab->update_head(
            *lab->head(cats, "v1"), [](ds::Head& head) { head.state = HeadState::published; }, 1);
        CHECK(outcome_of([&] { (void)ds::publish_version(request, quiet.context); }) == ErrorKind::corrupt);
    }
    SUBCASE("a pin that is no record") {
        make_draft(*lab, "v1", built);
        (void)lab->update_head(
            *lab->head(cats, "v1"),
            [](ds::Head& head) {
                head.state = HeadState::publishing;
                head.pinned_record = "{}";
            },
            1);
        CHECK(outcome_of([&] { (void)ds::publish_version(request, quiet.context); }) == ErrorKind::corrupt);
    }
    CHECK_FALSE(lab->record(cats, "v1").has_value());
}

TEST_CASE("publish: a registry without retention refuses and says the way out") {
    const Lab lab("none");
    VersionBuilder builder(*lab, "demo");
    const auto built = builder.build(many_files(1));
    Quiet quiet;
    try {
        (void)ds::publish_version(request_for(*lab, "v1", built), quiet.context);
        FAIL("published");
    } catch (const ds::Error& e) {
        CHECK(e.kind() == ErrorKind::failure);
        CHECK_FALSE(e.hint().empty());
    }
    CHECK_FALSE(lab->head(cats, "v1").has_value());
}

// Records: the oldest decides for ever, and nothing about it is taken on trust.
#include "fakes.hpp"

#include "os/file.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

using namespace ds_test;

namespace {

const ds::DatasetName cats("demo", "cats");

/// The oldest version file below <registry>/data whose path has `part` in it.
std::string version_file(const TestRegistry& lab, const std::string& part) {
    std::string oldest;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(lab.url() + "/data")) {
        const auto path = entry.path().string();
        if (entry.is_regular_file() && path.find(part) != std::string::npos && !path.ends_with(".lock") &&
            (oldest.empty() || path < oldest)) {
            oldest = path;
        }
    }
    return oldest;
}

void overwrite(const std::string& path, const std::string& text) {
    ds::set_immutable(path, false);
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

} // namespace

TEST_CASE("record: claimed once, locked, read by everybody") {
    const TestRegistry lab;
    const auto record = make_record(*lab, cats, "v1", 1);
    const auto lock = lab->record_lock(ds::unix_now());
    const auto won = lab->claim_record(cats, "v1", record.text(), lock);
    CHECK(won.text == record.text());
    const auto seen = lab.connect()->record(cats, "v1").value();
    CHECK(seen.text == record.text());
    CHECK(seen.version_id == won.version_id);
    CHECK(lab->data().retention(ds::record_key(cats, "v1"), won.version_id).until == lock.until);
    CHECK_THROWS_AS(lab->data().remove(ds::record_key(cats, "v1"), won.version_id), ds::Error);
    CHECK_FALSE(lab->record(cats, "v2").has_value());
}

TEST_CASE("promise 6: a later record never changes what a name means") {
    const TestRegistry lab;
    const auto first = make_record(*lab, cats, "v1", 1);
    const auto second = make_record(*lab, cats, "v1", 2);
    const auto lock = lab->record_lock(ds::unix_now());
    const auto won = lab->claim_record(cats, "v1", first.text(), lock);
    const auto lost = lab.connect()->claim_record(cats, "v1", second.text(), lock);
    CHECK(lost.text == first.text());
    CHECK(lost.version_id == won.version_id);
    CHECK(lab->record(cats, "v1")->record.digest == first.digest);
}

TEST_CASE("promise 6: of racing claims all see the same winner") {
    const TestRegistry lab;
    const auto lock = lab->record_lock(ds::unix_now());
    std::vector<std::string> seen(8);
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < seen.size(); ++i) {
        threads.emplace_back([&, i] {
            const auto client = lab.connect();
            seen[i] =
                client->claim_record(cats, "v1", make_record(*client, cats, "v1", i + 1).text(), lock).text;
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    CHECK(std::set<std::string>(seen.begin(), seen.end()).size() == 1);
    CHECK(lab->record(cats, "v1")->text == seen[0]);
}

TEST_CASE("promise 6: a damaged or forged oldest record is an error, never skipped") {
    const TestRegistry lab;
    const auto lock = lab->record_lock(ds::unix_now());
    const auto good = make_record(*lab, cats, "v1", 1);
    (void)lab->claim_record(cats, "v1", good.text(), lock);
    (void)lab->data().put(ds::record_key(cats, "v1"), ds::MemoryBody(good.text()),
                          lock); // a sound younger one
    const auto path = version_file(lab, "/records/v1=/");
    REQUIRE_FALSE(path.empty());

    SUBCASE("another content, consistent in itself") {
        overwrite(path, make_record(*lab, cats, "v1", 2).text());
    }
    SUBCASE("cut") {
        overwrite(path, good.text().substr(0, 100));
    }
    SUBCASE("emptied") {
        overwrite(path, "");
    }
    SUBCASE("too large") {
        overwrite(path, good.text() + std::string(70'000, ' '));
    }
    SUBCASE("without its lock") {
        std::filesystem::remove(path + ".lock");
    }
    SUBCASE("with a lock of nonsense") {
        std::ofstream(path + ".lock", std::ios::trunc) << "{}";
    }
    SUBCASE("a link") {
        ds::set_immutable(path, false);
        std::filesystem::rename(path, path + ".away");
        std::filesystem::create_symlink(path + ".away", path);
    }
    const auto other = lab.connect(); // whoever has read it knows it already
    CHECK_THROWS_AS((void)other->record(cats, "v1"), ds::CorruptObject);
    CHECK_THROWS_AS((void)other->records(cats), ds::CorruptObject);
    CHECK_THROWS_AS((void)other->claim_record(cats, "v1", good.text(), lock), ds::CorruptObject);
}

TEST_CASE("record: one put by hand is refused if it is unlocked or names something else") {
    const TestRegistry lab;
    const auto lock = lab->record_lock(ds::unix_now());
    const auto record = make_record(*lab, cats, "v1", 1);
    const auto plant = [&](const std::string& version, const std::string& text, bool locked) {
        (void)lab->data().put(ds::record_key(cats, version), ds::MemoryBody(text),
                              locked ? std::optional(lock) : std::nullopt);
        CHECK_THROWS_AS((void)lab->record(cats, version), ds::CorruptObject);
    };
    plant("v1", record.text(), false);
    plant("v2", record.text(), true); // names v1
    plant("v3", make_record(*lab, ds::DatasetName("demo", "dogs"), "v3", 1).text(), true);
    auto foreign = make_record(*lab, cats, "v4", 1);
    foreign.registry_id = std::string(32, '0');
    plant("v4", foreign.text(), true);
}

TEST_CASE("record: texts above 64 KiB are refused before anything is written") {
    const TestRegistry lab;
    CHECK_THROWS_AS((void)lab->claim_record(cats, "v1", std::string(ds::max_document_bytes + 1, 'x'),
                                            lab->record_lock(ds::unix_now())),
                    ds::Error);
    CHECK(lab->data().versions(ds::record_key(cats, "v1")).empty());
}

TEST_CASE("record: the newest has the highest sequence, whatever the catalog says") {
    const TestRegistry lab;
    const auto lock = lab->record_lock(ds::unix_now());
    CHECK_FALSE(lab->newest_record(cats).has_value());
    const std::vector<std::string> names{"v9", "v1", "v5", "v3"};
    for (unsigned i = 0; i < names.size(); ++i) {
        (void)lab->claim_record(cats, names[i], make_record(*lab, cats, names[i], i + 1, i + 1).text(), lock);
    }
    CHECK(lab->newest_record(cats)->record.version == "v3"); // no catalog at all
    const auto all = lab->records(cats);
    REQUIRE(all.size() == 4);
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(all[i].record.version == names[i]);
    }
    SUBCASE("a catalog that knows all") {
        (void)lab->rebuild_catalog(cats);
    }
    SUBCASE("a catalog that does not know the newest") {
        (void)lab->rebuild_catalog(cats);
        CHECK(lab->update_catalog(cats, [](ds::Catalog& catalog) {
            std::erase_if(catalog.versions, [](const auto& row) { return row.version == "v3"; });
        }));
    }
    SUBCASE("a catalog that exaggerates an old one") {
        (void)lab->rebuild_catalog(cats);
        CHECK(lab->update_catalog(cats, [](ds::Catalog& catalog) {
            for (auto& row : catalog.versions) {
                row.sequence = row.version == "v9" ? 99 : row.sequence;
            }
        }));
    }
    SUBCASE("a catalog that understates the newest") {
        (void)lab->rebuild_catalog(cats);
        CHECK(lab->update_catalog(cats, [](ds::Catalog& catalog) {
            for (auto& row : catalog.versions) {
                row.sequence = row.version == "v3" ? 1 : row.sequence;
            }
        }));
    }
    SUBCASE("a catalog that names what is not published") {
        CHECK(lab->update_catalog(cats, [](ds::Catalog& catalog) {
            ds::CatalogEntry row;
            row.version = "v77";
            row.state = ds::HeadState::published;
            row.sequence = 77;
            catalog.versions.push_back(row);
        }));
    }
    SUBCASE("a damaged catalog") {
        CHECK(lab->control().put_if_absent(ds::catalog_key(cats), "{") == ds::ControlBucket::Put::done);
    }
    CHECK(lab->newest_record(cats)->record.version == "v3");
    // Nor where the storage does not say when it got what, so that the catalog is asked.
    struct Undated final : ds::DataBucket {
        explicit Undated(std::unique_ptr<ds::DataBucket> in) : inner(std::move(in)) {}
        std::unique_ptr<ds::DataBucket> inner;
        int reads = 0;
        std::string put(const std::string& key, const Body& body,
                        const std::optional<ds::Retention>& lock) override {
            return inner->put(key, body, lock);
        }
        std::string copy(const std::string& from, const std::string& id, const std::string& to) override {
            return inner->copy(from, id, to);
        }
        void get(const std::string& key, const std::string& id, std::uint64_t offset, std::uint64_t length,
                 ds::ByteString& out) override {
            ++reads;
            inner->get(key, id, offset, length, out);
        }
        std::optional<std::uint64_t> size(const std::string& key, const std::string& id) override {
            return inner->size(key, id);
        }
        std::vector<Version> versions(const std::string& key) override { return inner->versions(key); }
        void list_versions(const std::string& prefix,
                           const std::function<bool(const Version&)>& visit) override {
            inner->list_versions(prefix, [&](Version version) {
                version.modified = 0;
                return visit(version);
            });
        }
        void retain(const std::string& key, const std::string& id, const ds::Retention& lock) override {
            inner->retain(key, id, lock);
        }
        ds::Retention retention(const std::string& key, const std::string& id) override {
            return inner->retention(key, id);
        }
        void remove(const std::string& key, const std::string& id) override { inner->remove(key, id); }
        [[nodiscard]] Locking locking() const override { return inner->locking(); }
    };
    auto buckets = ds::open_buckets(lab.url());
    auto undated = std::make_unique<Undated>(std::move(buckets.data));
    auto& counter = *undated;
    buckets.data = std::move(undated);
    ds::Registry blind("lab", lab.url(), std::move(buckets));
    CHECK(blind.newest_record(cats)->record.version == "v3");
    CHECK(counter.reads <= 5); // a damaged catalog is made anew from all of them
    (void)lab->rebuild_catalog(cats);
    counter.reads = 0;
    CHECK(blind.newest_record(cats)->record.version == "v3");
    CHECK(counter.reads <= 1); // a record that was read is not read again
    CHECK(blind.latest(cats).next_sequence() == 5);
}

TEST_CASE("record: equal sequences are told apart by time, then by name") {
    const TestRegistry lab;
    const auto lock = lab->record_lock(ds::unix_now());
    for (const auto& [name, time] : std::vector<std::pair<std::string, int>>{{"b", 5}, {"a", 7}, {"c", 7}}) {
        auto record = make_record(*lab, cats, name, 1, 1);
        record.time = time;
        (void)lab->claim_record(cats, name, record.text(), lock);
    }
    CHECK(lab->newest_record(cats)->record.version == "c");
}

TEST_CASE("pack: its lock is set, read back, and not touched when it is long enough") {
    const TestRegistry lab;
    const auto now = ds::unix_now();
    const auto pack = lab->put_pack("demo", ds::Sha256{}, ds::MemoryBody("bytes of a pack"));
    CHECK(lab->pack_size("demo", pack) == 15U);
    CHECK(lab->pack_retention("demo", pack).mode == ds::RetentionMode::none);
    lab->retain_pack("demo", pack, {ds::RetentionMode::compliance, now + 1000});
    lab->retain_pack("demo", pack, {ds::RetentionMode::compliance, now + 10}); // shorter: nothing to do
    CHECK(lab->pack_retention("demo", pack).until == now + 1000);
    ds::ByteString out;
    lab->read_pack("demo", pack, 9, 2, out);
    CHECK(out == "a ");
    CHECK_FALSE(lab->pack_size("other", pack).has_value());
    CHECK_THROWS_AS(
        lab->retain_pack("demo", {ds::Sha256{}, "nonsense"}, {ds::RetentionMode::compliance, now + 10}),
        ds::Error);
}

// The stat index against a map: random updates, damage, and when a record may be trusted.
#include "unit/worktree/fixture.hpp"

#include "codec/hash.hpp"
#include "worktree/stat_index.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <map>

using namespace ds;

namespace {

StatRecord record_of(ds_test::Random& random) {
    StatRecord out;
    out.stat.kind = random() % 8 == 0 ? FileStat::Kind::symlink : FileStat::Kind::regular;
    out.stat.executable = random() % 4 == 0;
    out.stat.size = random();
    out.stat.mtime_ns = static_cast<std::int64_t>(random()) * 1'000'003 - 5'000'000'000;
    out.stat.ctime_ns = out.stat.mtime_ns + static_cast<std::int64_t>(random() % 7) - 3;
    out.stat.inode = random();
    out.recorded_ns = out.stat.ctime_ns + 1 + random() % 100;
    out.hash = sha256(std::to_string(random()));
    return out;
}

bool same(const StatRecord& a, const StatRecord& b) {
    return a.stat == b.stat && a.hash == b.hash && a.recorded_ns == b.recorded_ns;
}

void check_equal(const std::string& dir, const std::map<std::string, StatRecord>& model,
                 ds_test::Random& random) {
    const auto index = StatIndex::open(dir);
    CHECK_FALSE(index.damaged());
    StatIndexCursor cursor(index);
    for (const auto& [path, record] : model) {
        REQUIRE(cursor.valid());
        REQUIRE(cursor.path() == path);
        REQUIRE(same(cursor.record(), record));
        cursor.next();
    }
    REQUIRE_FALSE(cursor.valid());
    for (int i = 0; i < 20 && !model.empty(); ++i) {
        auto at = model.begin();
        std::advance(at, static_cast<long>(random() % model.size()));
        REQUIRE(index.find(at->first));
        REQUIRE(same(*index.find(at->first), at->second));
        REQUIRE_FALSE(index.find(at->first + "~"));
        cursor.seek(at->first);
        REQUIRE(cursor.path() == at->first);
    }
}

} // namespace

TEST_CASE("random updates leave what a map would hold") {
    ds_test::TempDir dir;
    ds_test::Random random(5);
    std::map<std::string, StatRecord> model;
    const std::string index_dir = dir / "index";
    for (int round = 0; round < 30; ++round) {
        std::map<std::string, std::optional<StatRecord>> changes;
        const unsigned n = round % 7 == 3 ? 9000 : random() % 60;
        for (unsigned i = 0; i < n; ++i) {
            const std::string path =
                "d" + std::to_string(random() % 9) + "/f" + std::to_string(random() % 5000);
            changes[path] = random() % 4 == 0 ? std::nullopt : std::optional(record_of(random));
        }
        {
            StatIndexUpdate update(StatIndex::open(index_dir), index_dir);
            for (const auto& [path, record] : changes) {
                if (record) {
                    update.put(path, *record);
                    model[path] = *record;
                } else {
                    update.remove(path);
                    model.erase(path);
                }
            }
            update.commit();
        }
        check_equal(index_dir, model, random);
    }
    CHECK(std::filesystem::exists(index_dir + "/base"));
}

TEST_CASE("a record is trusted only if the file is older than it") {
    StatRecord record;
    record.stat.kind = FileStat::Kind::regular;
    record.stat.mtime_ns = record.stat.ctime_ns = 100;
    record.recorded_ns = 101;
    CHECK(stat_matches(record, record.stat));
    record.recorded_ns = 100;
    CHECK_FALSE(stat_matches(record, record.stat));
    record.recorded_ns = 200;
    FileStat now = record.stat;
    now.ctime_ns = 101;
    CHECK_FALSE(stat_matches(record, now));
    now = record.stat;
    now.inode = 7;
    CHECK_FALSE(stat_matches(record, now));
    now = record.stat;
    now.executable = true;
    CHECK_FALSE(stat_matches(record, now));
}

TEST_CASE("records of a checkout count from the moment of commit") {
    ds_test::TempDir dir;
    std::ofstream(dir / "file") << "x";
    const auto stat = lstat_path(dir / "file");
    StatIndexUpdate update(StatIndex::open(dir / "index"), dir / "index");
    update.put("file", {stat, sha256("x"), recorded_at_commit});
    update.commit();
    const auto found = StatIndex::open(dir / "index").find("file");
    REQUIRE(found);
    CHECK(found->recorded_ns >= stat.ctime_ns);
    CHECK(found->recorded_ns < stat.ctime_ns + 10'000'000'000);
}

TEST_CASE("no damage goes unnoticed, none is fatal") {
    ds_test::TempDir dir;
    ds_test::Random random(9);
    const std::string index_dir = dir / "index";
    std::map<std::string, StatRecord> model;
    {
        StatIndexUpdate update(StatIndex::open(index_dir), index_dir);
        for (int i = 0; i < 300; ++i) {
            char name[16];
            std::snprintf(name, sizeof name, "f%05d", i);
            model[name] = record_of(random);
            update.put(name, model[name]);
        }
        update.commit();
    }
    std::ifstream in(index_dir + "/delta", std::ios::binary);
    const std::string good((std::istreambuf_iterator<char>(in)), {});
    REQUIRE(good.size() > 1000);
    for (int i = 0; i < 400; ++i) {
        std::string bad = good;
        if (i % 4 == 0) {
            bad.resize(random() % good.size());
        } else {
            bad[random() % bad.size()] ^= static_cast<char>(1 << random() % 8);
        }
        std::ofstream(index_dir + "/delta", std::ios::binary) << bad;
        const auto index = StatIndex::open(index_dir);
        std::size_t seen = 0;
        for (StatIndexCursor cursor(index); cursor.valid(); cursor.next(), ++seen) {
            const auto known = model.find(std::string(cursor.path()));
            REQUIRE(known != model.end());
            REQUIRE(same(cursor.record(), known->second));
        }
        CHECK(index.damaged());
        CHECK(seen < model.size());
        (void)index.find("f00100");
    }
}

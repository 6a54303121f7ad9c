// Index segments and the set of claimed keys.
#include "base/error.hpp"
#include "store/index_segment.hpp"
#include "store/key_set.hpp"
#include "store_support.hpp"

#include <doctest/doctest.h>
#include <set>

using namespace ds;
using namespace ds_test;

namespace {

Sha256 hash_of(std::uint64_t i) {
    return sha256(std::to_string(i));
}

std::vector<IndexRecord> some_records(std::uint64_t n, std::uint64_t seed, std::uint32_t packs) {
    std::vector<IndexRecord> out;
    for (std::uint64_t i = 0; i < n; ++i) {
        const std::uint64_t prefix = hash_of(seed + i).prefix64();
        out.push_back({prefix, static_cast<std::uint32_t>(prefix % packs), static_cast<std::uint32_t>(i)});
    }
    return out;
}

} // namespace

TEST_CASE("a segment finds every record and nothing else") {
    const TempDir dir;
    for (const std::uint64_t n : {1u, 7u, 8u, 9u, 1000u, 50'000u}) {
        const std::string path = dir / std::to_string(n);
        auto records = some_records(n, 0, 3);
        write_index_segment(path, {hash_of(3), hash_of(1), hash_of(2)}, records);
        const auto segment = IndexSegment::open(path);
        CHECK(segment->records() == n);
        segment->check_records();
        for (std::uint64_t i = 0; i < n; ++i) {
            const auto [first, last] = segment->find(hash_of(i).prefix64());
            REQUIRE(last == first + 1);
            CHECK(segment->record(first).entry == i);
        }
        for (std::uint64_t i = n; i < n + 1000; ++i) {
            const auto [first, last] = segment->find(hash_of(i).prefix64());
            CHECK(first == last);
        }
        for (const std::uint64_t edge : {std::uint64_t{0}, ~std::uint64_t{0}}) {
            const auto [first, last] = segment->find(edge);
            CHECK(first == last);
        }
    }
}

TEST_CASE("crafted and equal prefixes are found too") {
    const TempDir dir;
    std::vector<IndexRecord> records;
    for (std::uint32_t i = 0; i < 20'000; ++i) {
        records.push_back({i < 10'000 ? std::uint64_t{i / 3} : ~std::uint64_t{0} - i / 3, 0, i});
    }
    write_index_segment(dir / "s", {hash_of(1)}, records);
    const auto segment = IndexSegment::open(dir / "s");
    for (const IndexRecord& r : records) {
        const auto [first, last] = segment->find(r.prefix);
        bool found = false;
        for (std::uint64_t i = first; i < last; ++i) {
            found = found || segment->record(i).entry == r.entry;
        }
        REQUIRE(found);
        REQUIRE(last - first <= 3);
    }
}

TEST_CASE("merging keeps each record once and renumbers packs") {
    const TempDir dir;
    auto a = some_records(3000, 0, 2);
    auto b = some_records(3000, 2000, 3);
    write_index_segment(dir / "a", {hash_of(10), hash_of(11)}, a);
    write_index_segment(dir / "b", {hash_of(12), hash_of(10), hash_of(13)}, b);
    const auto sa = IndexSegment::open(dir / "a");
    const auto sb = IndexSegment::open(dir / "b");
    CHECK(merge_index_segments(dir / "all", {sa, sb, sa}, [](const Sha256&) { return true; }) == 6000);
    const auto all = IndexSegment::open(dir / "all");
    all->check_records();
    CHECK(all->packs() == 4);
    for (const auto& [segment, records] : {std::pair{sa, a}, std::pair{sb, b}}) {
        for (const IndexRecord& r : records) {
            const auto [first, last] = all->find(r.prefix);
            bool found = false;
            for (std::uint64_t i = first; i < last; ++i) {
                const IndexRecord m = all->record(i);
                found = found || (m.entry == r.entry && all->pack(m.pack) == segment->pack(r.pack));
            }
            REQUIRE(found);
        }
    }
    const auto without = [&](const Sha256& pack) { return pack != hash_of(10); };
    const auto n = merge_index_segments(dir / "less", {all}, without);
    CHECK(n < 6000);
    CHECK(IndexSegment::open(dir / "less")->packs() == 3);
    CHECK(merge_index_segments(dir / "none", {all}, [](const Sha256&) { return false; }) == 0);
    CHECK_FALSE(std::filesystem::exists(dir / "none"));
}

TEST_CASE("a damaged segment is noticed") {
    const TempDir dir;
    auto records = some_records(100, 0, 2);
    write_index_segment(dir / "s", {hash_of(1), hash_of(2)}, records);
    const std::string good = read_text(dir / "s");
    for (std::size_t i = 0; i < good.size(); ++i) {
        std::string bad = good;
        bad[i] = static_cast<char>(bad[i] ^ 1);
        write_text(dir / "b", bad);
        CHECK_THROWS_AS(IndexSegment::open(dir / "b")->check_records(), CorruptObject);
        if (i < 96 && (i < 12 || i > 15)) {
            CHECK_THROWS_AS(static_cast<void>(IndexSegment::open(dir / "b")), CorruptObject);
        }
    }
    for (std::size_t n = 0; n < good.size(); n += 13) {
        write_text(dir / "b", good.substr(0, n));
        CHECK_THROWS_AS(static_cast<void>(IndexSegment::open(dir / "b")), CorruptObject);
    }
}

TEST_CASE("the key set stays exact when it spills") {
    const TempDir dir;
    KeySet keys(dir.path(), 1600); // a hundred for each shard
    for (std::uint64_t i = 0; i < 20'000; ++i) {
        REQUIRE(keys.insert(ObjectKind::chunk, hash_of(i)));
        REQUIRE_FALSE(keys.insert(ObjectKind::chunk, hash_of(i / 2)));
    }
    for (std::uint64_t i = 0; i < 20'000; ++i) {
        REQUIRE(keys.contains(ObjectKind::chunk, hash_of(i)));
        REQUIRE_FALSE(keys.contains(ObjectKind::tree, hash_of(i)));
        REQUIRE_FALSE(keys.contains(ObjectKind::chunk, hash_of(i + 20'000)));
    }
    CHECK(files_below(dir.path()).empty()); // runs have no name
}

// The shared cache: several at once, bounded, and never in the way.
#include "transfer/block_cache.hpp"

#include "codec/hash.hpp"
#include "unit/transfer/fixture.hpp"

#include <doctest/doctest.h>

#include <sys/mount.h>
#include <thread>
#include <unistd.h>

using namespace ds;
using namespace ds_test;

namespace {

BlockKey key_of(unsigned n, std::size_t length) {
    return {sha256(std::to_string(n)), n * 7, static_cast<std::uint32_t>(length)};
}

std::string block(unsigned n, std::size_t length = 5000) {
    return noise(length, n);
}

unsigned found(BlockCache& cache, unsigned count, std::size_t length = 5000) {
    unsigned right = 0;
    for (unsigned i = 0; i < count; ++i) {
        const auto bytes = cache.get(key_of(i, length));
        if (bytes) {
            CHECK((*bytes == block(i, length)));
            ++right;
        }
    }
    return right;
}

std::size_t files_in(const std::string& folder) {
    const std::filesystem::directory_iterator begin(folder);
    return static_cast<std::size_t>(std::distance(begin, {}));
}

} // namespace

TEST_CASE("what was put is found, by others and later, in few files") {
    const TempDir dir;
    BlockCache one(dir / "cache", 64u << 20);
    BlockCache two(dir / "cache", 64u << 20);
    for (unsigned i = 0; i < 500; ++i) {
        (i % 2 == 0 ? one : two).put(key_of(i, 5000), block(i));
        (i % 2 == 0 ? one : two).put(key_of(i, 5000), block(i)); // once is enough
    }
    CHECK(found(one, 500) >= 250);
    BlockCache three(dir / "cache", 64u << 20);
    CHECK(found(three, 500) == 500);
    CHECK_FALSE(three.get(key_of(1, 4999)));
    CHECK_FALSE(three.get(key_of(501, 5000)));
    CHECK(files_in(dir / "cache") <= 10);
    const auto usage = BlockCache::usage(dir / "cache");
    CHECK(usage.blocks == 500);
    CHECK(usage.bytes == 500 * (5000 + 52));
    // What a process leaves unfinished, the next one continues.
    const auto before = files_in(dir / "cache");
    for (unsigned i = 600; i < 620; ++i) {
        BlockCache brief(dir / "cache", 64u << 20);
        brief.put(key_of(i, 5000), block(i));
    }
    CHECK(files_in(dir / "cache") <= before + 2);
}

TEST_CASE("a process learns of another's blocks while it runs") {
    const TempDir dir;
    BlockCache reader(dir / "cache", 64u << 20);
    BlockCache writer(dir / "cache", 64u << 20);
    CHECK(found(reader, 5) == 0);
    for (unsigned i = 0; i < 5; ++i) {
        writer.put(key_of(i, 5000), block(i));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2100));
    CHECK(found(reader, 5) == 5);
}

TEST_CASE("it stays within its bound, and lets go of what was not used for longest") {
    const TempDir dir;
    BlockCache cache(dir / "cache", 8u << 20);
    for (unsigned i = 0; i < 6000; ++i) {
        cache.put(key_of(i, 5000), block(i));
    }
    const auto usage = BlockCache::usage(dir / "cache");
    CHECK(usage.bytes <= (8u << 20) + (1u << 20));
    CHECK(usage.bytes >= 5u << 20);
    CHECK(cache.get(key_of(5999, 5000)));
    CHECK_FALSE(cache.get(key_of(0, 5000)));
    BlockCache large(dir / "cache", 8u << 20);
    large.put(key_of(7000, 2u << 20), block(7000, 2u << 20)); // more than a segment takes
    CHECK_FALSE(large.get(key_of(7000, 2u << 20)));
}

TEST_CASE("pruning under a process that reads and writes is misses, no more") {
    const TempDir dir;
    BlockCache cache(dir / "cache", 64u << 20);
    for (unsigned i = 0; i < 200; ++i) {
        cache.put(key_of(i, 5000), block(i));
    }
    CHECK(BlockCache::prune(dir / "cache", 0).bytes == 0);
    CHECK(files_in(dir / "cache") == 0);
    CHECK(found(cache, 200) == 0);
    for (unsigned i = 0; i < 200; ++i) {
        cache.put(key_of(i, 5000), block(i));
    }
    CHECK(found(cache, 200) == 200);
    BlockCache other(dir / "cache", 64u << 20);
    CHECK(found(other, 200) == 200);
}

TEST_CASE("dropped is dropped for all; damaged indexes are passed over") {
    const TempDir dir;
    {
        BlockCache cache(dir / "cache", 64u << 20);
        for (unsigned i = 0; i < 100; ++i) {
            cache.put(key_of(i, 5000), block(i));
        }
        cache.drop(key_of(7, 5000));
        CHECK_FALSE(cache.get(key_of(7, 5000)));
    }
    CHECK_FALSE(BlockCache(dir / "cache", 64u << 20).get(key_of(7, 5000)));
    for (const auto& entry : std::filesystem::directory_iterator(dir / "cache")) {
        if (entry.path().extension() == ".index") {
            std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
            file.seekp(52 * 10 + 3);
            file.put('!'); // one entry
            file.seekp(0, std::ios::end);
            file << "torn"; // by a crash
        }
    }
    BlockCache cache(dir / "cache", 64u << 20);
    CHECK(found(cache, 100) == 98);
    cache.put(key_of(7, 5000), block(7));
    cache.put(key_of(10, 5000), block(10));
    CHECK(found(cache, 100) == 100);
    CHECK(found(*std::make_unique<BlockCache>(dir / "cache", 64u << 20), 100) == 100);
}

TEST_CASE("many threads of several caches in one folder") {
    const TempDir dir;
    BlockCache one(dir / "cache", 16u << 20);
    BlockCache two(dir / "cache", 16u << 20);
    // A segment may be emptied, and filled anew, while somebody reads or writes it: callers check what they get
    // and drop what is not theirs, and that is the end of it.
    std::atomic<unsigned> right{0};
    const auto look = [&](BlockCache& cache, unsigned n) {
        const auto length = 100 + n;
        const auto bytes = cache.get(key_of(n, length));
        if (bytes && *bytes == block(n, length)) {
            ++right;
        } else if (bytes) {
            cache.drop(key_of(n, length));
        }
        return bytes.has_value();
    };
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < 6; ++t) {
        threads.emplace_back([&, t] {
            auto& cache = t % 2 == 0 ? one : two;
            std::mt19937_64 random(t);
            for (unsigned i = 0; i < 1500; ++i) {
                const auto n = static_cast<unsigned>(random() % 5000);
                if (!look(cache, n)) {
                    cache.put(key_of(n, 100 + n), block(n, 100 + n));
                }
                if (i % 500 == 499) {
                    BlockCache::prune(dir / "cache", 1u << 20);
                }
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    CHECK(right > 0);
    for (BlockCache* cache : {&one, &two}) {
        for (unsigned n = 0; n < 5000; ++n) {
            (void)look(*cache, n);
            const auto bytes = cache->get(key_of(n, 100 + n));
            CHECK((!bytes || *bytes == block(n, 100 + n)));
        }
    }
}

TEST_CASE("no disk, no cache, no error") {
    BlockCache nowhere("/proc/no-such-folder/cache", 1u << 20);
    nowhere.put(key_of(1, 5000), block(1));
    CHECK_FALSE(nowhere.get(key_of(1, 5000)));
    if (::geteuid() != 0) {
        return; // a full disk needs a mount
    }
    const TempDir dir;
    std::filesystem::create_directory(dir / "small");
    REQUIRE(::mount("tmpfs", (dir / "small").c_str(), "tmpfs", 0, "size=8m") == 0);
    {
        BlockCache cache(dir / "small/cache", 64u << 20);
        for (unsigned i = 0; i < 4000; ++i) {
            cache.put(key_of(i, 5000), block(i));
        }
        CHECK(found(cache, 4000) > 50);
    }
    ::umount2((dir / "small").c_str(), MNT_DETACH);
}

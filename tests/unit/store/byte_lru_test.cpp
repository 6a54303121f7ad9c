// The cache of byte strings: what goes first, and what stays because somebody has it.
#include "store/byte_lru.hpp"

#include <doctest/doctest.h>
#include <vector>

using namespace ds;

namespace {

std::shared_ptr<const ByteString> value(char c) {
    return std::make_shared<const ByteString>(100, c);
}

} // namespace

TEST_CASE("the least recently used goes first") {
    ByteLru<int> cache(300);
    for (int i = 0; i < 3; ++i) {
        cache.put(i, value('a'), 100);
    }
    CHECK(cache.get(0) != nullptr);
    cache.put(3, value('b'), 100);
    CHECK(cache.get(0) != nullptr);
    CHECK(cache.get(1) == nullptr);
    CHECK(cache.get(2) != nullptr);
    CHECK(cache.get(3) != nullptr);
}

TEST_CASE("what is larger than the cache is not kept") {
    ByteLru<int> cache(300);
    cache.put(0, value('a'), 301);
    CHECK(cache.get(0) == nullptr);
}

TEST_CASE("what a reader has is let go, or kept until he lets go of it") {
    ByteLru<int> letting_go(200);
    ByteLru<int> keeping(200, InUse::keep);
    for (auto* cache : {&letting_go, &keeping}) {
        cache->put(0, value('a'), 100);
        auto held = cache->get(0);
        for (int i = 1; i < 100; ++i) {
            cache->put(i, value('b'), 100);
        }
        CHECK((cache->get(0) != nullptr) == (cache == &keeping));
        CHECK((cache->get(98) == nullptr) ==
              (cache == &keeping)); // beside what is held there is room for one
        CHECK(cache->get(99) != nullptr);
        held.reset();
        cache->put(100, value('c'), 100);
        cache->put(101, value('c'), 100);
        CHECK(cache->get(0) == nullptr);
        CHECK(cache->get(101) != nullptr);
    }
}

TEST_CASE("a cache whose values are all in use takes more, and shrinks when they are free") {
    ByteLru<int> cache(1000, InUse::keep);
    std::vector<std::shared_ptr<const ByteString>> held;
    for (int i = 0; i < 50; ++i) {
        held.push_back(value('a'));
        cache.put(i, held.back(), 100);
    }
    for (int i = 0; i < 50; ++i) {
        CHECK(cache.get(i) != nullptr);
    }
    held.clear();
    cache.put(50, value('b'), 100);
    int left = 0;
    for (int i = 0; i <= 50; ++i) {
        left += cache.get(i) != nullptr ? 1 : 0;
    }
    CHECK(left == 10);
}

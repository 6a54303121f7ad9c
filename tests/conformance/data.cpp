// What every DataBucket promises.
#include "base/error.hpp"
#include "kinds.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

using namespace ds_test;
using ds::ErrorKind;
using ds::MemoryBody;
using ds::Retention;
using ds::RetentionMode;

namespace {

constexpr std::int64_t day = 86400;

std::string put(ds::DataBucket& data, const std::string& key, const std::string& body) {
    return data.put(key, MemoryBody(body), std::nullopt);
}

std::string read(ds::DataBucket& data, const std::string& key, const std::string& id) {
    std::string out;
    data.get(key, id, 0, data.size(key, id).value(), out);
    return out;
}

std::vector<std::string> ids(ds::DataBucket& data, const std::string& key) {
    std::vector<std::string> result;
    for (const auto& version : data.versions(key)) {
        CHECK(version.key == key);
        result.push_back(version.version_id);
    }
    return result;
}

template <class Call>
bool fails(ErrorKind kind, Call call) {
    try {
        call();
    } catch (const ds::Error& e) {
        INFO(e.message());
        CHECK(e.kind() == kind);
        return e.kind() == kind;
    }
    return false;
}

} // namespace

TEST_CASE("data: a put adds a version, the oldest comes first") {
    FOR_EACH_KIND(world) {
        CAPTURE(kind_name_);
        auto data = world->connect().data;
        CHECK(data->versions("k").empty());
        std::vector<std::string> put_ids;
        for (int i = 0; i < 12; ++i) {
            put_ids.push_back(put(*world->connect().data, "k", "body " + std::to_string(i)));
        }
        CHECK(ids(*data, "k") == put_ids);
        for (int i = 0; i < 12; ++i) {
            const auto id = put_ids[static_cast<std::size_t>(i)];
            CHECK(id.size() <= 256);
            CHECK(read(*data, "k", id) == "body " + std::to_string(i));
        }
    }
}

TEST_CASE("data: bodies and ranges") {
    FOR_EACH_KIND(world) {
        CAPTURE(kind_name_);
        auto data = world->connect().data;
        std::string big(3'000'000, '\0');
        for (std::size_t i = 0; i < big.size(); ++i) {
            big[i] = static_cast<char>(i * 2654435761U >> 13);
        }
        const auto id = put(*data, "big", big);
        CHECK(read(*data, "big", id) == big);
        for (const auto& [offset, length] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
                 {0, 0}, {0, 1}, {1'234'567, 1'000'000}, {2'999'999, 1}, {3'000'000, 0}}) {
            std::string out = "kept:";
            data->get("big", id, offset, length, out);
            CHECK(out == "kept:" + big.substr(offset, length));
        }
        std::string out;
        CHECK(fails(ErrorKind::corrupt, [&] { data->get("big", id, 2'999'999, 2, out); }));
        CHECK(fails(ErrorKind::corrupt, [&] { data->get("big", id, UINT64_MAX, 2, out); }));
        CHECK(fails(ErrorKind::corrupt, [&] { data->get("big", id, 1, UINT64_MAX, out); }));
        const auto empty = put(*data, "empty", "");
        CHECK(data->size("empty", empty) == 0U);
        CHECK(read(*data, "empty", empty).empty());
    }
}

TEST_CASE("data: what is absent is not found, also under ids of other make") {
    FOR_EACH_KIND(world) {
        CAPTURE(kind_name_);
        auto data = world->connect().data;
        const auto id = put(*data, "k", "x");
        std::string out;
        for (const auto& other : {std::string("nonsense"), std::string(), std::string("../k"),
                                  std::string("../../k=/") + id, id + "0", std::string(5000, 'v')}) {
            CAPTURE(other);
            CHECK_FALSE(data->size("k", other).has_value());
            CHECK(fails(ErrorKind::not_found, [&] { data->get("k", other, 0, 1, out); }));
            CHECK(fails(ErrorKind::not_found, [&] { (void)data->retention("k", other); }));
        }
        CHECK(fails(ErrorKind::not_found, [&] { data->get("other", id, 0, 1, out); }));
        CHECK_FALSE(data->size("other", id).has_value());
    }
}

TEST_CASE("data: awkward keys stay apart and are listed in byte order") {
    FOR_EACH_KIND(world) {
        CAPTURE(kind_name_);
        auto data = world->connect().data;
        const auto keys = awkward_keys(kind_.max_key);
        std::map<std::string, std::vector<std::string>> expected;
        for (auto it = keys.rbegin(); it != keys.rend(); ++it) {
            expected[*it].push_back(put(*data, *it, *it));
        }
        expected["a"].push_back(put(*data, "a", "again"));
        for (const auto& prefix :
             {std::string(), std::string("a"), std::string("a/"), std::string(64, 'p')}) {
            CAPTURE(prefix);
            std::vector<std::pair<std::string, std::string>> listed;
            std::vector<std::pair<std::string, std::string>> wanted;
            data->list_versions(prefix, [&](const ds::DataBucket::Version& version) {
                listed.emplace_back(version.key, version.version_id);
                CHECK(version.size == data->size(version.key, version.version_id));
                return true;
            });
            for (const auto& [key, versions] : expected) {
                for (const auto& id : versions) {
                    if (key.starts_with(prefix)) {
                        wanted.emplace_back(key, id);
                    }
                }
            }
            CHECK(listed == wanted);
        }
        int seen = 0;
        data->list_versions("", [&](const auto&) { return ++seen < 2; });
        CHECK(seen == 2);
    }
}

TEST_CASE("data: a version that is not locked can be removed, and only that one goes") {
    FOR_EACH_KIND(world) {
        CAPTURE(kind_name_);
        auto data = world->connect().data;
        const auto first = put(*data, "k", "first");
        const auto second = put(*data, "k", "second");
        CHECK(data->retention("k", first).mode == RetentionMode::none);
        data->remove("k", first);
        CHECK(ids(*data, "k") == std::vector<std::string>{second});
        CHECK(read(*data, "k", second) == "second");
        data->remove("k", first); // gone already: fine
        const auto third = put(*data, "k", "third");
        CHECK(ids(*data, "k") == std::vector<std::string>{second, third});
        data->remove("k", second);
        data->remove("k", third);
        CHECK(data->versions("k").empty());
        CHECK(read(*data, "k", put(*data, "k", "fourth")) == "fourth");
    }
}

TEST_CASE("data: a locked version cannot be removed before its time, and its lock only grows") {
    FOR_EACH_KIND(world) {
        CAPTURE(kind_name_);
        auto data = world->connect().data;
        if (data->locking() == ds::DataBucket::Locking::none) {
            continue;
        }
        const auto now = world->now();
        const auto put_locked =
            data->put("a", MemoryBody("a"), Retention{RetentionMode::compliance, now + day});
        const auto later = put(*data, "b", "b");
        data->retain("b", later, {RetentionMode::compliance, now + day});
        for (const auto& [key, id] : {std::pair<std::string, std::string>{"a", put_locked}, {"b", later}}) {
            CAPTURE(key);
            auto other = world->connect().data;
            CHECK(other->retention(key, id).mode == RetentionMode::compliance);
            CHECK(other->retention(key, id).until == now + day);
            CHECK(fails(ErrorKind::immutable, [&] { other->remove(key, id); }));
            CHECK(fails(ErrorKind::immutable, [&] {
                other->retain(key, id, {RetentionMode::compliance, now + day - 1});
            }));
            CHECK(fails(ErrorKind::immutable, [&] {
                other->retain(key, id, {RetentionMode::governance, now + 2 * day});
            }));
            CHECK(fails(ErrorKind::immutable, [&] { other->retain(key, id, {RetentionMode::none, 0}); }));
            other->retain(key, id, {RetentionMode::compliance, now + day}); // the same again is fine
            other->retain(key, id, {RetentionMode::compliance, now + 2 * day});
            CHECK(data->retention(key, id).until == now + 2 * day);
            const auto status = data->status(key, id);
            REQUIRE(status.has_value());
            CHECK(status->size == 1);
            CHECK(status->retention.until == now + 2 * day);
            CHECK_FALSE(data->status(key, "nonsense").has_value());
            CHECK(read(*data, key, id) == key);
            // A put beside it adds, and does not move the oldest.
            const auto second = put(*other, key, "later");
            CHECK(ids(*data, key) == std::vector<std::string>{id, second});
        }
        if (world->advance(2 * day + 1)) {
            data->remove("a", put_locked);
            data->remove("b", later);
            CHECK_FALSE(data->size("a", put_locked).has_value());
        }
    }
}

TEST_CASE("data: a lock that is over before it begins is refused") {
    FOR_EACH_KIND(world) {
        CAPTURE(kind_name_);
        auto data = world->connect().data;
        if (data->locking() == ds::DataBucket::Locking::none) {
            continue;
        }
        const Retention past{RetentionMode::governance, world->now() - day};
        CHECK(fails(ErrorKind::failure, [&] { (void)data->put("k", MemoryBody("x"), past); }));
        CHECK(data->versions("k").empty());
        const auto id = put(*data, "k", "x");
        CHECK(fails(ErrorKind::failure, [&] { data->retain("k", id, past); }));
        CHECK(data->retention("k", id).mode == RetentionMode::none);
        CHECK(fails(ErrorKind::not_found, [&] {
            data->retain("absent", id, {RetentionMode::governance, world->now() + day});
        }));
    }
}

TEST_CASE("data: racing puts only ever add at the end, so the oldest stays the oldest") {
    FOR_EACH_KIND(world) {
        CAPTURE(kind_name_);
        std::mutex mutex;
        std::vector<std::vector<std::string>> seen;
        std::vector<std::thread> threads;
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([&, data = std::shared_ptr(world->connect().data)] {
                for (int n = 0; n < 12; ++n) {
                    const auto id = put(*data, "race", "body");
                    std::vector<std::string> now;
                    for (const auto& version : data->versions("race")) {
                        now.push_back(version.version_id);
                    }
                    const std::lock_guard guard(mutex);
                    CHECK(std::count(now.begin(), now.end(), id) == 1);
                    seen.push_back(std::move(now));
                }
            });
        }
        for (auto& thread : threads) {
            thread.join();
        }
        const auto last = ids(*world->connect().data, "race");
        CHECK(last.size() == 96);
        for (const auto& list : seen) {
            REQUIRE(list.size() <= last.size());
            CHECK(std::equal(list.begin(), list.end(), last.begin()));
        }
    }
}

TEST_CASE("data: a copy is a version of its own, without the lock of what it came from") {
    FOR_EACH_KIND(world) {
        CAPTURE(kind_name_);
        auto data = world->connect().data;
        const auto first = put(*data, "ns/a", "first");
        const auto locked =
            data->put("ns/a", MemoryBody("second"), Retention{RetentionMode::governance, world->now() + day});
        const auto copied_first = data->copy("ns/a", first, "other/b");
        const auto copied_locked = data->copy("ns/a", locked, "other/b");
        CHECK(read(*data, "other/b", copied_first) == "first");
        CHECK(read(*data, "other/b", copied_locked) == "second");
        CHECK(ids(*data, "other/b") == std::vector{copied_first, copied_locked});
        CHECK(ids(*data, "ns/a") == std::vector{first, locked});
        CHECK(data->retention("other/b", copied_locked).mode == RetentionMode::none);
        CHECK(fails(ErrorKind::not_found, [&] { (void)data->copy("ns/absent", first, "other/c"); }));
        CHECK(fails(ErrorKind::not_found, [&] { (void)data->copy("ns/a", copied_first + "0", "other/c"); }));
        CHECK(ids(*data, "other/c").empty());
    }
}

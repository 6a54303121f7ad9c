// What every ControlBucket promises.
#include "base/error.hpp"
#include "kinds.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace ds_test;
using Put = ds::ControlBucket::Put;

namespace {

std::vector<std::string> list(ds::ControlBucket& bucket, const std::string& prefix) {
    std::vector<std::string> keys;
    bucket.list(prefix, [&](const std::string& key) {
        keys.push_back(key);
        return true;
    });
    return keys;
}

std::vector<std::string> starting_with(const std::vector<std::string>& keys, const std::string& prefix) {
    std::vector<std::string> result;
    for (const auto& key : keys) {
        if (key.starts_with(prefix)) {
            result.push_back(key);
        }
    }
    return result;
}

} // namespace

TEST_CASE("control: an object is created once and read by everybody") {
    FOR_EACH_KIND(world) {
        CAPTURE(kind_name_);
        auto a = world->connect().control;
        auto b = world->connect().control;
        CHECK_FALSE(a->get("x/y").has_value());
        CHECK(a->put_if_absent("x/y", "one") == Put::done);
        CHECK(b->put_if_absent("x/y", "two") == Put::refused);
        const auto seen = b->get("x/y");
        REQUIRE(seen.has_value());
        CHECK(seen->body == "one");
        CHECK_FALSE(seen->etag.empty());
        CHECK(a->get("x/y")->etag == seen->etag);
    }
}

TEST_CASE("control: bodies are bytes of any kind and length") {
    FOR_EACH_KIND(world) {
        CAPTURE(kind_name_);
        auto control = world->connect().control;
        std::string all;
        for (int i = 0; i < 256; ++i) {
            all += static_cast<char>(i);
        }
        for (const auto& body : {std::string(), all, std::string(300'000, 'x')}) {
            const auto key = "body/" + std::to_string(body.size());
            CHECK(control->put_if_absent(key, body) == Put::done);
            CHECK(control->get(key)->body == body);
        }
    }
}

TEST_CASE("control: a change needs the etag of what is there now") {
    FOR_EACH_KIND(world) {
        CAPTURE(kind_name_);
        auto control = world->connect().control;
        REQUIRE(control->put_if_absent("k", "one") == Put::done);
        const auto one = control->get("k")->etag;
        CHECK(control->put_if_match("k", "bad", "") == Put::refused);
        CHECK(control->put_if_match("k", "bad", one + "0") == Put::refused);
        CHECK(control->put_if_match("k", "two", one) == Put::done);
        CHECK(control->put_if_match("k", "bad", one) == Put::refused);
        const auto two = control->get("k");
        CHECK(two->body == "two");
        CHECK(two->etag != one);
        CHECK(control->put_if_match("absent", "bad", one) == Put::refused);
        CHECK_FALSE(control->get("absent").has_value());
        // The same bytes have the same etag.
        CHECK(control->put_if_match("k", "one", two->etag) == Put::done);
        CHECK(control->get("k")->etag == one);
    }
}

TEST_CASE("control: awkward keys stay apart and are listed in byte order") {
    FOR_EACH_KIND(world) {
        CAPTURE(kind_name_);
        auto control = world->connect().control;
        const auto keys = awkward_keys(kind_.max_key);
        for (auto it = keys.rbegin(); it != keys.rend(); ++it) {
            CAPTURE(*it);
            CHECK(control->put_if_absent(*it, *it) == Put::done);
        }
        for (const auto& key : keys) {
            CAPTURE(key);
            const auto object = control->get(key);
            REQUIRE(object.has_value());
            CHECK(object->body == key);
        }
        CHECK(list(*control, "") == keys);
        for (const auto& prefix :
             {std::string("a"), std::string("a/"), std::string("a/b"), std::string("p"), std::string(64, 'p'),
              std::string(65, 'p'), std::string(64, 'p') + "/", std::string(128, 'p') + "/", std::string("/"),
              std::string("\xc3"), std::string(1024, 'r'), std::string("nothing"), std::string("..")}) {
            CAPTURE(prefix);
            CHECK(list(*control, prefix) == starting_with(keys, prefix));
        }
        std::size_t seen = 0;
        for (const auto& after : keys) {
            std::vector<std::string> rest;
            control->list_after("", after, [&](const std::string& key) {
                rest.push_back(key);
                return true;
            });
            CHECK(rest ==
                  std::vector<std::string>(std::upper_bound(keys.begin(), keys.end(), after), keys.end()));
        }
        control->list("", [&](const std::string&) { return ++seen < 3; });
        CHECK(seen == 3);
    }
}

TEST_CASE("control: keys that no bucket takes are refused") {
    FOR_EACH_KIND(world) {
        CAPTURE(kind_name_);
        auto control = world->connect().control;
        for (const auto& key : {std::string(), std::string(1025, 'a'), std::string("a\0b", 3),
                                std::string("\xff"), std::string("\xc0\xaf")}) {
            CHECK_THROWS_AS((void)control->get(key), ds::Error);
            CHECK_THROWS_AS((void)control->put_if_absent(key, "x"), ds::Error);
        }
        CHECK(list(*control, "").empty());
    }
}

TEST_CASE("control: of racing creators one wins") {
    FOR_EACH_KIND(world) {
        CAPTURE(kind_name_);
        for (int round = 0; round < 5; ++round) {
            const auto key = "race/" + std::to_string(round);
            std::atomic<int> winners = 0;
            std::atomic<int> winner = -1;
            std::vector<std::thread> threads;
            for (int i = 0; i < 8; ++i) {
                threads.emplace_back([&, i, control = std::shared_ptr(world->connect().control)] {
                    if (control->put_if_absent(key, std::to_string(i)) == Put::done) {
                        ++winners;
                        winner = i;
                    }
                });
            }
            for (auto& thread : threads) {
                thread.join();
            }
            CHECK(winners == 1);
            CHECK(world->connect().control->get(key)->body == std::to_string(winner));
        }
    }
}

TEST_CASE("control: racing changes lose no step") {
    FOR_EACH_KIND(world) {
        CAPTURE(kind_name_);
        constexpr int threads_count = 8;
        constexpr int steps = 10;
        REQUIRE(world->connect().control->put_if_absent("n", "0") == Put::done);
        std::vector<std::thread> threads;
        for (int i = 0; i < threads_count; ++i) {
            threads.emplace_back([&, control = std::shared_ptr(world->connect().control)] {
                for (int done = 0; done < steps;) {
                    const auto now = control->get("n");
                    const auto next = std::to_string(std::stoi(now->body) + 1);
                    done += control->put_if_match("n", next, now->etag) == Put::done ? 1 : 0;
                }
            });
        }
        for (auto& thread : threads) {
            thread.join();
        }
        CHECK(world->connect().control->get("n")->body == std::to_string(threads_count * steps));
    }
}

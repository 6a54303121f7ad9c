// Queues, thread groups and ordered maps: order, bounds, and errors that reach the owner.
#include "task/ordered.hpp"
#include "task/pool.hpp"
#include "task/queue.hpp"

#include <atomic>
#include <doctest/doctest.h>
#include <memory>
#include <numeric>
#include <stdexcept>

using namespace ds;

TEST_CASE("a queue hands on everything once, and its weight stays bounded") {
    BoundedQueue<int> queue(10);
    std::atomic<int> sum = 0;
    ThreadGroup group;
    group.on_failure([&] { queue.abort(); });
    for (int t = 0; t < 2; ++t) {
        group.spawn([&](const std::stop_token&) {
            while (const auto item = queue.pop()) {
                sum += *item;
            }
        });
    }
    int expected = 0;
    for (int i = 1; i <= 1000; ++i) {
        CHECK(queue.push(i, static_cast<std::size_t>(i % 15))); // some are heavier than the bound
        expected += i;
    }
    queue.close();
    group.join();
    CHECK(sum == expected);
    CHECK_FALSE(queue.push(1, 1));
}

TEST_CASE("closing drains, aborting drops") {
    BoundedQueue<int> queue(100);
    CHECK(queue.push(1, 1));
    CHECK(queue.push(2, 1));
    queue.close();
    CHECK(queue.pop() == 1);
    CHECK(queue.pop() == 2);
    CHECK(queue.pop() == std::nullopt);
    BoundedQueue<std::unique_ptr<int>> other(100);
    CHECK(other.push(std::make_unique<int>(1), 1));
    other.abort();
    CHECK_FALSE(other.pop().has_value());
}

TEST_CASE("the first exception wakes everybody and comes out of join") {
    BoundedQueue<int> never_filled(1);
    ThreadGroup group;
    group.on_failure([&] { never_filled.abort(); });
    group.spawn([&](const std::stop_token&) { CHECK_FALSE(never_filled.pop().has_value()); });
    group.spawn([](const std::stop_token&) { throw std::runtime_error("stage failed"); });
    CHECK_THROWS_WITH_AS(group.join(), "stage failed", std::runtime_error);
    CHECK(group.failed());
}

TEST_CASE("a failure of the owner's own stage stops the group") {
    ThreadGroup group;
    group.spawn([](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            std::this_thread::yield();
        }
    });
    group.fail(std::make_exception_ptr(std::runtime_error("first")));
    group.fail(std::make_exception_ptr(std::runtime_error("second")));
    CHECK_THROWS_WITH(group.join(), "first");
}

TEST_CASE("a group that is left without join stops and joins") {
    BoundedQueue<int> queue(1);
    std::atomic<bool> left = false;
    {
        ThreadGroup group;
        group.on_failure([&] { queue.abort(); });
        group.spawn([&](const std::stop_token&) {
            (void)queue.pop();
            left = true;
        });
    }
    CHECK(left);
}

TEST_CASE("parallel_for does each index once") {
    for (const unsigned jobs : {0u, 1u, 2u, 7u}) {
        std::vector<std::atomic<int>> seen(100);
        parallel_for(seen.size(), jobs, [&](std::size_t i) { ++seen[i]; });
        for (const auto& n : seen) {
            CHECK(n == 1);
        }
    }
    parallel_for(0, 4, [](std::size_t) { FAIL("no index"); });
}

TEST_CASE("parallel_for stops at an exception") {
    std::atomic<int> begun = 0;
    CHECK_THROWS_WITH(parallel_for(1'000'000, 2,
                                   [&](std::size_t) {
                                       ++begun;
                                       throw std::runtime_error("body failed");
                                   }),
                      "body failed");
    CHECK(begun <= 2);
}

TEST_CASE("an ordered map keeps order, window and errors") {
    OrderedMap<int, int> map(3, 4, [](int v) {
        if (v == 50) {
            throw std::runtime_error("item 50");
        }
        for (int i = 0; i < (v % 3) * 1000; ++i) { // uneven work
            std::atomic_signal_fence(std::memory_order_seq_cst);
        }
        return v * 2;
    });
    int next = 0;
    const auto take = [&] {
        if (next == 50) {
            CHECK_THROWS_WITH(map.take(), "item 50");
        } else {
            CHECK(map.take() == next * 2);
        }
        ++next;
    };
    for (int i = 0; i < 100; ++i) {
        if (map.full()) {
            take();
        }
        map.submit(i);
    }
    while (!map.empty()) {
        take();
    }
    CHECK(next == 100);
}

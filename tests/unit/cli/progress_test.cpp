// What progress looks like.
#include "codec/json.hpp"
#include "term/progress_view.hpp"
#include "term/table.hpp"

#include <doctest/doctest.h>
#include <stdexcept>
#include <string>
#include <unistd.h>

using namespace ds::cli;

namespace {

constexpr std::uint64_t mib = 1024 * 1024;

ProgressState half_done() {
    return {"adding", 1204, 2408, 100 * mib, 200 * mib, 10, 10.0 * mib};
}

} // namespace

TEST_CASE("progress: everything is known") {
    CHECK(progress_line(half_done(), 200) == "adding  [==========>         ]   50%  100 MiB/200 MiB"
                                             "  1,204/2,408 items  10.0 MiB/s  0:10 left");
}

TEST_CASE("progress: a narrow terminal loses parts from the right, never overflows") {
    for (std::size_t width = 10; width < 120; ++width) {
        CHECK(display_width(progress_line(half_done(), width)) <= std::max<std::size_t>(width, 6));
    }
    CHECK(progress_line(half_done(), 40) == "adding  [==========>         ]   50%");
}

TEST_CASE("progress: no totals, no bar") {
    const ProgressState state{"scanning", 12, 0, 0, 0, 65, 0};
    CHECK(progress_line(state, 100) == "scanning  12 items  1:05");
    CHECK(state.eta() < 0);
}

TEST_CASE("progress: more than the total is 100 %") {
    const ProgressState state{"adding", 5, 4, 0, 0, 1, 0};
    CHECK(progress_line(state, 100).find("100%") != std::string::npos);
}

TEST_CASE("progress: clock") {
    CHECK(clock_text(0) == "0:00");
    CHECK(clock_text(67.9) == "1:07");
    CHECK(clock_text(3723) == "1:02:03");
    CHECK(clock_text(-1) == "0:00");
    CHECK(clock_text(1e300).size() < 10);
}

TEST_CASE("progress: NDJSON has the same members always") {
    const auto json = ds::Json::parse(progress_json(half_done(), "progress"), "progress");
    CHECK(json.at("event").str() == "progress");
    CHECK(json.at("task").str() == "adding");
    CHECK(json.at("bytes").u64() == 100 * mib);
    CHECK(json.at("total_items").u64() == 2408);
    CHECK(json.at("elapsed_ms").u64() == 10000);
    CHECK(json.at("seconds_left").u64() == 10);
    const auto unknown = ds::Json::parse(progress_json({"x", 0, 0, 0, 0, 0, 0}, "start"), "progress");
    CHECK(unknown.at("total_items").is_null());
    CHECK(unknown.at("seconds_left").is_null());
}

TEST_CASE("progress: JSON mode writes start and finish to its descriptor") {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    {
        StatusLine line(ends[1]);
        ProgressView view(ProgressMode::json, line, ends[1]);
        view.start("adding", 2, 10);
        view.advance(2, 10);
        view.finish();
        view.finish(); // twice is fine
    }
    close(ends[1]);
    std::string text(4096, '\0');
    const auto n = read(ends[0], text.data(), text.size());
    close(ends[0]);
    REQUIRE(n > 0);
    text.resize(static_cast<std::size_t>(n));
    const auto newline = text.find('\n');
    CHECK(ds::Json::parse(text.substr(0, newline), "first").at("event").str() == "start");
    const auto last = ds::Json::parse(text.substr(newline + 1, text.size() - newline - 2), "second");
    CHECK(last.at("event").str() == "finish");
    CHECK(last.at("bytes").u64() == 10);
}

TEST_CASE("progress: a task that ends by an exception is stopped, not finished") {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    {
        StatusLine line(ends[1]);
        ProgressView view(ProgressMode::json, line, ends[1]);
        try {
            const ds::ProgressScope outer(view, "pushing", 1, 10);
            throw std::runtime_error("no space");
        } catch (const std::runtime_error&) {
            const ds::ProgressScope inner(view, "cleaning up"); // within a handler: nothing is thrown now
        }
    }
    close(ends[1]);
    std::string text(4096, '\0');
    const auto n = read(ends[0], text.data(), text.size());
    close(ends[0]);
    REQUIRE(n > 0);
    text.resize(static_cast<std::size_t>(n));
    std::string events;
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
        const auto line = text.substr(at, text.find('\n', at) - at);
        events += ds::Json::parse(line, "a line").at("event").str() + " ";
    }
    CHECK(events == "start stop start finish ");
}

TEST_CASE("progress: the status line is taken away before anything else is printed") {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    StatusLine line(ends[1]);
    line.show("abc");
    line.show("d");
    line.print("text\n");
    line.clear();
    close(ends[1]);
    std::string text(100, '\0');
    const auto n = read(ends[0], text.data(), text.size());
    close(ends[0]);
    CHECK(text.substr(0, static_cast<std::size_t>(n)) == "\rabc\rd  \r \rtext\n");
}

// Numbers and times as people read them.
#include "base/units.hpp"

#include <doctest/doctest.h>
#include <vector>

using namespace ds;

TEST_CASE("byte counts have three digits at most") {
    CHECK(human_bytes(0) == "0 B");
    CHECK(human_bytes(999) == "999 B");
    CHECK(human_bytes(1000) == "1.0 KiB");
    CHECK(human_bytes(1229) == "1.2 KiB");
    CHECK(human_bytes(102348) == "99.9 KiB");
    CHECK(human_bytes(102399) == "100 KiB");
    CHECK(human_bytes(1023 * 1024) == "1.0 MiB");
    CHECK(human_bytes(512ull << 20) == "512 MiB");
    CHECK(human_bytes(44238176256) == "41.2 GiB");
    CHECK(human_bytes(~0ull) == "16.0 EiB");
}

TEST_CASE("counts") {
    CHECK(grouped(0) == "0");
    CHECK(grouped(999) == "999");
    CHECK(grouped(1204000) == "1,204,000");
    CHECK(plural(1, "file") == "1 file");
    CHECK(plural(0, "file") == "0 files");
    CHECK(plural(1204, "file") == "1,204 files");
    CHECK(plural(2, "entry", "entries") == "2 entries");
}

TEST_CASE("byte counts are read") {
    CHECK(parse_bytes("4096") == 4096);
    CHECK(parse_bytes("64MiB") == 64u << 20);
    CHECK(parse_bytes("1 GB") == 1000000000);
    CHECK(parse_bytes("16k") == 16384);
    CHECK(parse_bytes("2T") == 2ull << 40);
    CHECK(parse_bytes("7b") == 7);
    CHECK(parse_bytes("3kb") == 3000);
    for (const char* bad : {"", "x", "-1", "+1", "1.5", "1x", "1 ", "1  k", "1kib2", "1ki",
                            "20000000000000000000", "18446744073709551615k", " 1"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_bytes(bad));
    }
}

TEST_CASE("RFC 3339 both ways") {
    for (const std::int64_t t : {std::int64_t{0}, std::int64_t{1795435200}, std::int64_t{951782400},
                                 std::int64_t{-1}, std::int64_t{253402300799}, std::int64_t{-62167219200}}) {
        CAPTURE(t);
        CHECK(parse_rfc3339(rfc3339(t)) == t);
    }
    CHECK(rfc3339(0) == "1970-01-01T00:00:00Z");
    CHECK(rfc3339(951782400) == "2000-02-29T00:00:00Z");
    CHECK(rfc3339(INT64_MAX) == "9999-12-31T23:59:59Z");
    CHECK(rfc3339(INT64_MIN) == "0000-01-01T00:00:00Z");
    for (const char* bad :
         {"", "2026-11-23", "2026-11-23T12:00:00", "2026-11-23T12:00:00+00:00", "2026-02-30T00:00:00Z",
          "2026-13-01T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23t12:00:00Z", "2026-11-23T12:60:00Z",
          "2026-11-23T12:00:60Z", " 026-11-23T12:00:00Z"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_rfc3339(bad));
    }
}

TEST_CASE("relative times") {
    CHECK(relative_time(100, 100) == "just now");
    CHECK(relative_time(100, 105) == "5 s ago");
    CHECK(relative_time(0, 180) == "3 min ago");
    CHECK(relative_time(300, 0) == "in 5 min");
    CHECK(relative_time(0, 3600) == "1 hour ago");
    CHECK(relative_time(0, 2 * 86400) == "2 days ago");
    CHECK(relative_time(0, 90 * 86400) == "3 months ago");
    CHECK(relative_time(0, 3 * 365 * 86400) == "3 years ago");
    CHECK(relative_time(INT64_MIN, INT64_MAX).ends_with("years ago"));
}

TEST_CASE("typos find their word") {
    CHECK(edit_distance("", "") == 0);
    CHECK(edit_distance("abc", "") == 3);
    CHECK(edit_distance("push", "pusg") == 1);
    CHECK(edit_distance("comit", "commit") == 1);
    CHECK(edit_distance("pusH", "push") == 1);
    CHECK(edit_distance("upsh", "push") == 1); // neighbours swapped
    CHECK(edit_distance("kitten", "sitting") == 3);
    const std::vector<std::string> commands = {"push", "pull", "publish", "status"};
    CHECK(closest("pusg", commands) == "push");
    CHECK(closest("satus", commands) == "status");
    CHECK(closest("frobnicate", commands) == "");
}

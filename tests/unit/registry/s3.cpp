// What of the S3 kind can be said without a server: URLs, dates of locks, policies.
#include "registry/buckets/s3.hpp"
#include "base/error.hpp"
#include "registry/buckets/s3_kind.hpp"
#include "registry/buckets/s3_locks.hpp"
#include "registry/buckets/s3_multipart.hpp"
#include "registry/policy.hpp"

#include <doctest/doctest.h>

using namespace ds;

TEST_CASE("a URL names an endpoint, a bucket and a prefix") {
    const auto place = s3::find_place("https://RGW.lab:8443/data/a/b/", {});
    CHECK(place.endpoint.url() == "https://rgw.lab:8443");
    CHECK(place.data_bucket == "data");
    CHECK(place.control_bucket == "data-ctl");
    CHECK(place.prefix == "a/b/");
    BucketSettings settings;
    settings.control_bucket = "other";
    settings.endpoint = "https://rgw.lab";
    const auto short_form = s3::find_place("s3://data", settings);
    CHECK(short_form.endpoint.url() == "https://rgw.lab");
    CHECK(short_form.control_bucket == "other");
    CHECK(short_form.prefix.empty());
    CHECK(s3::find_place("http://127.0.0.1:80/data", {}).endpoint.scheme == Endpoint::Scheme::http);
}

TEST_CASE("URLs that could mean something else are refused") {
    for (const std::string url :
         {"https://rgw.lab", "https://rgw.lab/", "https://rgw.lab/ab", "https://rgw.lab/Data",
          "https://rgw.lab/../x", "https://rgw.lab/data//x", "https://rgw.lab/data/../x",
          "https://rgw.lab/data/.x", "https://rgw.lab/data/a%2fb", "https://rgw.lab/data?x=y",
          "https://rgw.lab/data#x", "https://user@rgw.lab/data", "http://rgw.lab/data",
          "https://rgw.lab:0/data", "https:///data", "s3://", "s3://ab"}) {
        CAPTURE(url);
        CHECK_THROWS_AS((void)canonical_url(url), Error);
        CHECK_THROWS_AS((void)open_buckets(url), Error);
    }
    BucketSettings same;
    same.control_bucket = "data";
    CHECK_THROWS_AS((void)s3::find_place("https://rgw.lab/data", same), Error);
}

TEST_CASE("dates of locks come with and without fractions") {
    CHECK(s3::parse_lock_date("2026-11-26T19:03:00Z") == 1795719780);
    CHECK(s3::parse_lock_date("2026-11-26T19:03:00.000000000Z") == 1795719780);
    for (const auto* text :
         {"", "2026-11-26", "2026-11-26T19:03:00", "2026-11-26T19:03:00.Z", "2026-11-26T19:03:00.1",
          "2026-11-26T19:03:00.xZ", "2026-11-26T19:03:00+01:00"}) {
        CAPTURE(text);
        CHECK_FALSE(s3::parse_lock_date(text).has_value());
    }
}

TEST_CASE("policies grant by prefix and to whom is named, and refuse what would widen them") {
    const auto policies =
        bucket_policies("https://rgw.lab/data/team", {}, "demo", {{"bob"}, {"lab$ann"}, {}, {}});
    CHECK(policies.data_bucket == "data");
    CHECK(policies.control_bucket == "data-ctl");
    const auto text = policies.data.dump() + policies.control.dump();
    CHECK(text.find("arn:aws:iam:::user/bob") != std::string::npos);
    CHECK(text.find("arn:aws:iam:lab:user/ann") == std::string::npos);
    CHECK(text.find("arn:aws:iam::lab:user/ann") != std::string::npos);
    CHECK(text.find("Delete") == std::string::npos);
    for (const auto& policy : {policies.data, policies.control}) {
        for (const auto& statement : policy.at("Statement").items()) {
            for (const auto& resource : statement.at("Resource").items()) {
                const auto& name = resource.str();
                CHECK((name == "arn:aws:s3:::data" || name == "arn:aws:s3:::data-ctl" ||
                       name.starts_with("arn:aws:s3:::data/team/demo/") ||
                       name == "arn:aws:s3:::data/team/datasets/demo/*" ||
                       name.starts_with("arn:aws:s3:::data-ctl/team/")));
            }
        }
    }
    for (const auto* user : {"", "*", "bob/../ann", "bob*", "a b", "arn:aws:iam:::root"}) {
        CAPTURE(user);
        CHECK_THROWS_AS((void)bucket_policies("https://rgw.lab/data", {}, "demo", {{user}, {}, {}, {}}),
                        Error);
    }
    CHECK_THROWS_AS((void)bucket_policies("https://rgw.lab/data", {}, "demo", {}), Error);
    CHECK_THROWS_AS((void)bucket_policies("https://rgw.lab/data", {}, "*", {{"bob"}, {}, {}, {}}), Error);
    CHECK_THROWS_AS((void)bucket_policies("/srv/folder", {}, "demo", {{"bob"}, {}, {}, {}}), Error);
}

TEST_CASE("parts are neither too many nor larger than a request may be") {
    constexpr std::uint64_t mib = 1u << 20;
    constexpr std::uint64_t s3_most = 10'000;
    for (const std::uint64_t object :
         {mib, 5120 * mib, 100'000 * mib, std::uint64_t{1} << 40, std::uint64_t{5} << 40}) {
        for (const std::uint64_t most : {std::uint64_t{0}, 5120 * mib, 600 * mib}) {
            CAPTURE(object);
            CAPTURE(most);
            const auto size = s3::part_size(object, most, "cannot write");
            CHECK(size >= 5 * mib);
            CHECK((most == 0 || size <= most));
            CHECK((object + size - 1) / size <= s3_most);
        }
    }
    CHECK(s3::part_size(100 * mib, 8 * mib, "cannot write") == 8 * mib);
    CHECK_THROWS_AS((void)s3::part_size(std::uint64_t{1} << 40, 8 * mib, "cannot write"), Error);
}

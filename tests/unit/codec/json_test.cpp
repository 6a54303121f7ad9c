// JSON: strict in, stable out.
#include "base/error.hpp"
#include "codec/json.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <string>

using namespace ds;

namespace {
Json parse(ByteView text) {
    return Json::parse(text, "test");
}
} // namespace

TEST_CASE("values round-trip in their order") {
    const std::string text = R"({"b":1,"a":[true,false,null,-5,18446744073709551615,1.5,"x"],"o":{},"e":[]})";
    const Json json = parse(text);
    CHECK(json.dump() == text);
    CHECK(json.at("b").u64() == 1);
    CHECK(json.at("b").i64() == 1);
    CHECK(json.at("a").items().size() == 7);
    CHECK(json.at("a").items()[3].i64() == -5);
    CHECK(json.at("a").items()[4].u64() == ~0ull);
    CHECK(json.at("a").items()[0].boolean());
    CHECK(json.at("a").items()[6].str() == "x");
    CHECK(json.at("o").members().empty());
    CHECK(json.find("none") == nullptr);
    CHECK(json.at("b").find("x") == nullptr);
    CHECK(parse(" \n[1]\t").items().size() == 1);
    CHECK(parse("\"\\u00e9\\ud83d\\ude00\\u0000\"").str() == std::string("\xc3\xa9\xf0\x9f\x98\x80\0", 7));
}

TEST_CASE("wrong types are errors that say so") {
    const Json json = parse(R"({"s":"x","n":-1,"big":18446744073709551615,"f":1.0})");
    CHECK_THROWS_WITH_AS((void)json.at("gone"), "JSON: member 'gone' is missing", CorruptObject);
    CHECK_THROWS_WITH_AS((void)json.at("n").str(), "JSON: expected a string, found a number", CorruptObject);
    CHECK_THROWS_AS((void)json.at("n").u64(), CorruptObject);
    CHECK_THROWS_AS((void)json.at("big").i64(), CorruptObject);
    CHECK_THROWS_AS((void)json.at("f").u64(), CorruptObject);
    CHECK_THROWS_AS((void)json.at("s").boolean(), CorruptObject);
    CHECK_THROWS_AS((void)json.at("s").items(), CorruptObject);
    CHECK_THROWS_AS((void)json.at("s").at("x"), CorruptObject);
}

TEST_CASE("what is no JSON is refused") {
    using namespace std::string_literals;
    const std::string bad[] = {"",
                               " ",
                               "{",
                               "}",
                               "[1,]",
                               "{\"a\":1,}",
                               "{a:1}",
                               "{'a':1}",
                               "01",
                               "+1",
                               "1.",
                               ".5",
                               "NaN",
                               "Infinity",
                               "// x\n1",
                               "/* */1",
                               "1 2",
                               "{}{}",
                               "{}\0garbage"s,
                               "[1]\0"s,
                               "\xef\xbb\xbf{}",
                               "\"\x01\"",
                               "\"\xff\"",
                               "\"\xc0\xaf\"",
                               "\"\xed\xa0\x80\"",
                               "\"\\ud800\"",
                               "\"\\x\"",
                               "\"open",
                               "tru",
                               "18446744073709551616",
                               "-9223372036854775809",
                               "1e999",
                               R"({"a":1,"b":2,"a":3})",
                               R"({"x":{"a":1,"a":1}})"};
    for (const auto& text : bad) {
        CAPTURE(text);
        CHECK_THROWS_AS(parse(text), CorruptObject);
    }
    CHECK_THROWS_WITH(parse(R"({"a":1,"a":3})"), "test is damaged: member 'a' stands twice");
}

TEST_CASE("depth is bounded") {
    CHECK_NOTHROW(parse(std::string(32, '[') + std::string(32, ']')));
    CHECK_THROWS_AS(parse(std::string(33, '[') + std::string(33, ']')), CorruptObject);
    CHECK_THROWS_AS(parse(std::string(1'000'000, '[')), CorruptObject);
    CHECK_THROWS_AS(Json::parse("[[[]]]", "test", 2), CorruptObject);
    CHECK_NOTHROW(Json::parse("[{\"a\":1},{\"a\":1}]", "test", 2));
}

TEST_CASE("writing escapes what must be and what a terminal would obey") {
    Json json = Json::object();
    json.set("q\"\\", "a\nb\tc\r")
        .set("e", "\x1b\x07\xc2\x9b\xe2\x80\xae\x7f")
        .set("u", "\xe7\x8c\xab")
        .set("bad", "a\xff\xfe"
                    "b");
    CHECK(json.dump() == "{\"q\\\"\\\\\":\"a\\nb\\tc\\r\",\"e\":\"\\u001b\\u0007\\u009b\\u202e\\u007f\","
                         "\"u\":\"\xe7\x8c\xab\","
                         "\"bad\":\"a\xef\xbf\xbd\xef\xbf\xbd"
                         "b\"}");
    CHECK(parse(json.dump()).at("e").str() == "\x1b\x07\xc2\x9b\xe2\x80\xae\x7f");
}

TEST_CASE("indented form and numbers") {
    Json json = Json::object();
    json.set("list", Json::array().push(1).push("two")).set("none", Json::array()).set("n", nullptr);
    CHECK(json.dump(true) ==
          "{\n  \"list\": [\n    1,\n    \"two\"\n  ],\n  \"none\": [],\n  \"n\": null\n}");
    CHECK(Json(2.0).dump() == "2.0");
    CHECK(Json(0.1).dump() == "0.1");
    CHECK(Json(1e300).dump() == "1e+300");
    CHECK(Json(std::nan("")).dump() == "null");
    CHECK(Json(std::int64_t{-7}).dump() == "-7");
    CHECK_THROWS(Json(1).set("a", 2));
    CHECK_THROWS(Json::object().push(2));
}

// Front matter as YAML: bounds, lines of errors, and text that reads back.
#include "card/yaml.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

using namespace ds;

namespace {

unsigned line_of_error(const std::string& text) {
    try {
        (void)parse_yaml(text, 2);
    } catch (const YamlError& error) {
        return error.line();
    }
    return 0;
}

std::string repeated(const std::string& text, std::size_t n) {
    std::string out;
    for (std::size_t i = 0; i < n; ++i) {
        out += text;
    }
    return out;
}

} // namespace

TEST_CASE("yaml: values, lines and kinds") {
    const auto node = parse_yaml("a: 1\nb: [x, '2', ~]\nc:\n  d: |\n    two\n    lines\n");
    REQUIRE(node.kind == YamlNode::Kind::map);
    CHECK(node.find("a")->number() == 1);
    CHECK(node.find("b")->items[1].text == "2");
    CHECK_FALSE(node.find("b")->items[1].number());
    CHECK(node.find("b")->items[2].kind == YamlNode::Kind::null);
    CHECK(node.members[2].line == 3);
    CHECK(node.find("c")->find("d")->text == "two\nlines\n");
    CHECK(node.json().dump() == R"({"a":1,"b":["x","2",null],"c":{"d":"two\nlines\n"}})");
    CHECK(parse_yaml("").kind == YamlNode::Kind::null);
}

TEST_CASE("yaml: aliases repeat what was said, within the budget") {
    const auto node = parse_yaml("a: &x [1, 2]\nb: *x\n");
    CHECK(node.find("b")->items.size() == 2);
    std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 9; ++i) {
        bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" +
                repeated("*a" + std::to_string(i - 1) + ", ", 10) + "]\n";
    }
    CHECK_THROWS_AS((void)parse_yaml(bomb), YamlError);
    // Few values, but long ones.
    CHECK_THROWS_AS(
        (void)parse_yaml("a: &a " + std::string(500'000, 'x') + "\nb: [" + repeated("*a, ", 9) + "]"),
        YamlError);
    CHECK_THROWS_AS((void)parse_yaml("a: &a [*a]"), YamlError); // itself
}

TEST_CASE("yaml: what is refused, and where") {
    CHECK(line_of_error("a: 1\na: 2") == 3);
    CHECK(line_of_error("a: 1\nb: [1") >= 3);
    CHECK(line_of_error("a: !!python/object:os.system x") == 2);
    CHECK(line_of_error("? [a, b]\n: c") == 2);
    CHECK(line_of_error("a: 1\n--- \nb: 2") == 3);
    CHECK(line_of_error("a: *nobody") == 2);
    CHECK(line_of_error("a: \xff") >= 2);
    CHECK(line_of_error(repeated("[", 40) + repeated("]", 40)) == 2);
    CHECK(line_of_error("a: 1\nb: 2") == 0);
    std::string many;
    for (int i = 0; i < 1001; ++i) {
        many += "k" + std::to_string(i) + ": 1\n";
    }
    CHECK(line_of_error(many) == 1002);
    CHECK_THROWS_AS((void)parse_yaml(std::string(max_yaml_bytes + 1, ' ')), YamlError);
}

TEST_CASE("yaml: what is written reads back") {
    const char* const texts[] = {"plain",    "1",   "1.5",    "true",         "null",       "~",
                                 "",         "- x", "a: b",   "# no comment", "two\nlines", "trailing \n",
                                 "'quoted'", "\"",  "ümlaut", "\t",           "x\x01y",     "@at",
                                 "%",        "|",   "yes",    "0x10"};
    auto map = YamlNode::map();
    auto list = YamlNode::list();
    for (const auto* text : texts) {
        map.set(std::string("key ") + text, YamlNode::scalar(text));
        list.items.push_back(YamlNode::scalar(text));
    }
    map.set("list", list).set("n", YamlNode::number(7)).set("none", {}).set("empty", YamlNode::list());
    CHECK(parse_yaml(write_yaml(map)).json().dump() == map.json().dump());
    CHECK(parse_yaml(write_yaml(map)).find("n")->number() == 7);
}

TEST_CASE("yaml: mutations end in a value or an error") {
    const std::string good = "a: &x [1, {b: 'c'}]\nd: *x\ne: |\n  text\n  more\n\"f\": >-\n  folded\n";
    std::mt19937_64 random(1);
    for (int i = 0; i < 20'000; ++i) {
        auto bytes = good;
        for (auto n = 1 + random() % 4; n > 0; --n) {
            const auto at = random() % bytes.size();
            bytes[at] = "\x00\xff&*[]{}:-|>'\"\n\t !#%@x"[random() % 22];
        }
        try {
            const auto node = parse_yaml(bytes);
            CHECK(parse_yaml(write_yaml(node)).json().dump() == node.json().dump());
        } catch (const YamlError& error) {
            REQUIRE(error.line() >= 1);
        }
    }
}

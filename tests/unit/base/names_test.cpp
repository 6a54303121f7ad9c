// The reference grammar, rule by rule: a public contract.
#include "base/error.hpp"
#include "base/names.hpp"

#include <doctest/doctest.h>

using namespace ds;

namespace {
const std::string digest_text = "sha256:" + std::string(62, '0') + "ab";

Error refusal(std::string_view ref) {
    try {
        (void)DatasetRef::parse(ref);
    } catch (const Error& e) {
        return e;
    }
    return {ErrorKind::failure, "accepted"};
}
} // namespace

TEST_CASE("components") {
    for (const char* good : {"a", "0", "cats", "a.b", "a_b", "a__b", "a-b", "a---b", "a.b_c__d--e", "2026"}) {
        CAPTURE(good);
        CHECK(is_component(good));
    }
    for (const char* bad : {"", "A", "a.", ".a", "-a", "a-", "_a", "a..b", "a___b", "a._b", "a-_b", "a.-b",
                            "a b", "a/b", "a:b", "a@b", "caf\xc3\xa9", "a\n"}) {
        CAPTURE(bad);
        CHECK_FALSE(is_component(bad));
        CHECK_THROWS_AS(check_component(bad, "namespace"), Error);
    }
    CHECK(is_component(std::string(128, 'a')));
    CHECK_FALSE(is_component(std::string(129, 'a')));
}

TEST_CASE("version names") {
    for (const char* good :
         {"v1", "1", "V1.0.2-beta_3", "2026-11-23", "a.lock.b", "head", "lock", "deadbeef"}) {
        CAPTURE(good);
        CHECK(VersionName::valid(good));
    }
    const std::string bad[] = {"",
                               ".a",
                               "a.",
                               "-a",
                               "a-",
                               "_a",
                               "a..b",
                               "v1.lock",
                               "HEAD",
                               std::string(40, 'a'),
                               std::string(40, 'F'),
                               std::string(64, '0'),
                               "a/b",
                               "a b",
                               "a:b",
                               "caf\xc3\xa9",
                               std::string(64, 'v'),
                               "refs/../x"};
    for (const auto& text : bad) {
        CAPTURE(text);
        CHECK_FALSE(VersionName::valid(text));
        CHECK_THROWS_AS(VersionName{text}, Error);
    }
    CHECK(VersionName::valid(std::string(63, 'v')));
    CHECK(VersionName::valid(std::string(40, 'g')));
    CHECK(VersionName::valid(std::string(39, 'a')));
    CHECK(VersionName("V1-Beta").folded() == "v1-beta");
}

TEST_CASE("references are parsed and printed") {
    for (const std::string& text :
         {std::string("cats"), std::string("demo/cats"), std::string("lab/demo/cats"), std::string("cats:v1"),
          std::string("lab/demo/cats:v1"), "cats@" + digest_text, "lab/demo/cats:v1@" + digest_text}) {
        CAPTURE(text);
        CHECK(DatasetRef::parse(text).str() == text);
    }
    const DatasetRef ref = DatasetRef::parse("lab/demo/cats:v1@" + digest_text);
    CHECK(ref.registry == "lab");
    CHECK(ref.ns == "demo");
    CHECK(ref.name == "cats");
    CHECK(ref.version->str() == "v1");
    CHECK(digest_str(*ref.digest) == digest_text);
    CHECK_FALSE(DatasetRef::parse("demo/cats").registry);
    CHECK_FALSE(DatasetRef::parse("cats").ns);
}

TEST_CASE("a refused reference names the part and the rule") {
    CHECK(refusal("Demo/cats").message() == "'Demo' cannot be a namespace: it has a capital letter");
    CHECK(refusal("Demo/cats").hint() == "did you mean 'demo'?");
    CHECK(refusal("demo/").message() == "'' cannot be a dataset name: it is empty");
    CHECK(refusal("-x/demo/cats").message() ==
          "'-x' cannot be a registry name: it must begin and end with a letter or digit");
    CHECK(refusal("cats:HEAD").message() == "'HEAD' cannot be a version name: HEAD has a meaning of its own");
    CHECK(refusal("cats:").message() == "'' cannot be a version name: it is empty");
    for (const char* bad :
         {"", "/", "a/b/c/d", "a@", "a@sha256:12", "a@md5:x", "a:v1:v2", ":v1", "@x", "a//b", "a/b:v\x1b"}) {
        CAPTURE(bad);
        CHECK(refusal(bad).kind() == ErrorKind::usage);
        CHECK(refusal(bad).message().find('\x1b') == std::string::npos);
    }
    CHECK_FALSE(parse_digest("sha256:" + std::string(64, 'A')));
    CHECK_FALSE(parse_digest(std::string(64, 'a')));
}

TEST_CASE("dataset names") {
    CHECK(DatasetName::parse("demo/cats").str() == "demo/cats");
    for (const char* bad : {"cats", "a/b/c", "/cats", "demo/", "Demo/cats", ""}) {
        CAPTURE(bad);
        CHECK_THROWS_AS(DatasetName::parse(bad), Error);
    }
}

// What words on the command line name.
#include "words.hpp"

#include <doctest/doctest.h>

using namespace ds::cli;

TEST_CASE("words: inside of a checkout") {
    for (const auto* word : {"v1", "HEAD", "HEAD~2", "v1..v2", "v1.0", "v2@{1}", "4c1d2e3f", "cats"}) {
        CHECK_MESSAGE(classify(word, true) == WordKind::revision, word);
    }
    for (const auto* word : {":v1", ":v1.0"}) {
        CHECK_MESSAGE(classify(word, true) == WordKind::version, word);
    }
    for (const auto* word : {"demo/cats", "cats:v1", "lab/demo/cats:v1", "cats@sha256:00"}) {
        CHECK_MESSAGE(classify(word, true) == WordKind::reference, word);
    }
}

TEST_CASE("words: outside of a checkout everything is a reference") {
    for (const auto* word : {"v1", "cats", ":v1", "demo/cats:v1"}) {
        CHECK_MESSAGE(classify(word, false) == WordKind::reference, word);
    }
}

TEST_CASE("words: the colon of :v1") {
    CHECK(version_word(":v1") == "v1");
    CHECK(version_word("v1") == "v1");
}

TEST_CASE("words: ranges") {
    CHECK_FALSE(split_range("v1").has_value());
    CHECK(split_range("v1..v2") == std::pair<std::string, std::string>("v1", "v2"));
    CHECK(split_range("..v2") == std::pair<std::string, std::string>("HEAD", "v2"));
    CHECK(split_range("v1..") == std::pair<std::string, std::string>("v1", "HEAD"));
}

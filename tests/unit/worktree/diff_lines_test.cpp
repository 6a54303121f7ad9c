// Line differences, held against patch(1): what is printed turns the one text into the other.
#include "unit/support.hpp"

#include "worktree/compare.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>

using namespace ds;

namespace {

std::string read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

std::string random_text(std::mt19937& random, unsigned lines, unsigned vocabulary) {
    std::string text;
    for (unsigned i = 0; i < lines; ++i) {
        text += "line " + std::to_string(random() % vocabulary) + "\n";
    }
    if (!text.empty() && random() % 4 == 0) {
        text.pop_back();
    }
    return text;
}

std::string edited(std::mt19937& random, const std::string& text) {
    std::istringstream in(text);
    std::string line;
    std::string result;
    while (std::getline(in, line)) {
        switch (random() % 12) {
        case 0:
            break;
        case 1:
            result += "new " + std::to_string(random() % 9) + "\n";
            [[fallthrough]];
        default:
            result += line + "\n";
        }
    }
    return result;
}

} // namespace

TEST_CASE("what diff_lines prints, patch applies") {
    ds_test::TempDir dir;
    std::mt19937 random(7);
    for (int round = 0; round < 60; ++round) {
        const auto before = random_text(random, static_cast<unsigned>(random() % 60),
                                        1 + static_cast<unsigned>(random() % 40));
        const auto after = round % 3 == 0 ? random_text(random, static_cast<unsigned>(random() % 60), 20)
                                          : edited(random, before);
        std::string out;
        const auto counts = diff_lines(before, after, 3, &out);
        if (before == after) {
            CHECK(out.empty());
            CHECK(counts.added + counts.removed == 0);
            continue;
        }
        std::ofstream(dir / "file", std::ios::binary) << before;
        std::ofstream(dir / "patch", std::ios::binary) << "--- file\n+++ file\n" << out;
        const auto command = "cd " + dir.path() + " && patch -s file patch >/dev/null && rm -f file.orig";
        REQUIRE(std::system(command.c_str()) == 0);
        CHECK(read(dir / "file") == after);
    }
}

TEST_CASE("a difference is as short as it can be, and bounded effort stays right") {
    std::string before;
    std::string after;
    for (int i = 0; i < 200; ++i) {
        before += std::to_string(i) + "\n";
        after += std::to_string(i == 100 ? -1 : i) + "\n";
    }
    CHECK(diff_lines(before, after, 3, nullptr).added == 1);
    CHECK(diff_lines(before, after, 3, nullptr).removed == 1);
    std::mt19937 random(3);
    const auto a = random_text(random, 20'000, 20'000);
    const auto b = random_text(random, 20'000, 20'000);
    const auto counts = diff_lines(a, b, 3, nullptr); // quadratic effort would take minutes here
    CHECK(counts.added > 5'000);
    CHECK(looks_binary(std::string_view("a\0b", 3)));
    CHECK_FALSE(looks_binary("text"));
}

// Which paths may stand in a dataset, and how names are shown.
#include "base/error.hpp"
#include "base/path.hpp"

#include <doctest/doctest.h>

using namespace ds;

TEST_CASE("names are bytes: what a file system allows is allowed") {
    const std::string good[] = {
        "a",           "a/b",          "-x",
        "new\nline",   "tab\t",        "\x1b[31m",
        "\xff\xfe",    "\xc0\xaf",     "...",
        ". .",         "..a",          "a..",
        " ",           "CON",          "NUL.txt",
        "a:b",         ".gitignore",   ".github/x",
        ".gi",         "git",          "dsctl",
        "x.git",       ".dsctlignore", "gitlab",
        "git~2",       "data",         "a\\b",
        "caf\xc3\xa9", "cafe\xcc\x81", std::string(255, 'x'),
        ".git.x",      ".git-a",       std::string(".git") + std::string(30, '.') + "x"};
    for (const auto& path : good) {
        CAPTURE(path);
        CHECK(path_problem(path) == "");
    }
    std::string longest(4096, 'x');
    for (std::size_t i = 200; i < longest.size(); i += 200) {
        longest[i] = '/';
    }
    CHECK(path_problem(longest) == "");
    CHECK(path_problem(longest + "x") == "is longer than 4096 bytes");
}

TEST_CASE("paths that could leave the root or reach metadata are refused") {
    using namespace std::string_literals;
    const std::string bad[] = {"",
                               "/",
                               "/x",
                               "a//b",
                               "a/",
                               "//",
                               ".",
                               "..",
                               "a/../b",
                               "a/..",
                               "./a",
                               "a/.",
                               "a\0b"s,
                               std::string(256, 'x'),
                               "a/" + std::string(256, 'x') + "/b",
                               ".git",
                               "a/.git",
                               ".git/config",
                               ".GIT",
                               ".Git/x",
                               ".git.",
                               ".git ",
                               ".git. . ",
                               ".git::$DATA",
                               ".git:x",
                               ".git ::$INDEX",
                               ".g\xe2\x80\x8dit",
                               "\xe2\x80\x8b.git",
                               ".git\xef\xbb\xbf",
                               ".dsctl",
                               ".DsCtl",
                               ".dsctl. ",
                               ".dsctl::$DATA",
                               ".d\xc5\xbf"
                               "ctl",
                               ".d\xe2\x80\x8csctl/x",
                               "GIT~1",
                               "git~1",
                               "dsctl~1",
                               ".git" + std::string(30, '.'),
                               ".git" + std::string(40, ' ')};
    for (const auto& path : bad) {
        CAPTURE(printable(path));
        CHECK(path_problem(path) != "");
        CHECK_THROWS_AS(check_stored_path(path, "test"), CorruptObject);
    }
}

TEST_CASE("paths are joined and normalised lexically") {
    CHECK(normalise_path("", "a") == "a");
    CHECK(normalise_path("a/b", "../c") == "a/c");
    CHECK(normalise_path("a/b", "../../c/./d//e/") == "c/d/e");
    CHECK(normalise_path("a", ".") == "a");
    CHECK(normalise_path("a", "..") == "");
    CHECK(normalise_path("", "") == "");
    CHECK(normalise_path("", "a/x/../b") == "a/b");
    for (const char* path : {"..", "../a", "a/../../b", "/etc/passwd", ".git/config", "a/.DSCTL"}) {
        CAPTURE(path);
        try {
            (void)normalise_path("", path);
            FAIL("accepted");
        } catch (const Error& e) {
            CHECK(e.kind() == ErrorKind::usage);
        }
    }
}

TEST_CASE("parts of paths") {
    CHECK(parent_path("a/b/c") == "a/b");
    CHECK(parent_path("a") == "");
    CHECK(base_name("a/b/c") == "c");
    CHECK(base_name("a") == "a");
    CHECK(is_within("a/b", "a"));
    CHECK(is_within("a", "a"));
    CHECK(is_within("a", ""));
    CHECK_FALSE(is_within("ab", "a"));
    CHECK_FALSE(is_within("a", "a/b"));
}

TEST_CASE("names cannot drive a terminal") {
    CHECK(printable("plain caf\xc3\xa9 \xe7\x8c\xab \\n") == "plain caf\xc3\xa9 \xe7\x8c\xab \\n");
    CHECK(printable("a\nb\tc") == "a\\nb\\tc");
    CHECK(printable("\x1b]52;c;x\x07") == "\\x1b]52;c;x\\x07");
    CHECK(printable("\x7f") == "\\x7f");
    CHECK(printable("\xc2\x9b") == "\\xc2\\x9b");          // C1 CSI
    CHECK(printable("\x9b") == "\\x9b");                   // the same as a raw byte
    CHECK(printable("\xe2\x80\xae") == "\\xe2\\x80\\xae"); // U+202E
    CHECK(printable("\xe2\x81\xa6") == "\\xe2\\x81\\xa6"); // U+2066
    CHECK(printable("\xff") == "\\xff");
    CHECK(printable("\xc0\xaf") == "\\xc0\\xaf");          // overlong
    CHECK(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80"); // surrogate
    CHECK(printable("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");
    CHECK(printable("\xe2\x82") == "\\xe2\\x82"); // cut
    CHECK(printable(std::string_view("a\0b", 3)) == "a\\x00b");
}

// Ignore rules against git itself: a table of patterns x paths, generated from a seed, judged by `git
// check-ignore`.
#include "unit/worktree/fixture.hpp"

#include "base/path.hpp"
#include "worktree/ignore.hpp"
#include "worktree/wildmatch.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

using namespace ds;

namespace {

using Target = IgnoreFile::Target;

std::string run(const std::string& command) {
    std::string out;
    FILE* pipe = popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    char buffer[4096];
    for (std::size_t n = 0; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
        out.append(buffer, n);
    }
    pclose(pipe);
    return out;
}

void write(const std::string& path, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << text;
}

std::string random_pattern(ds_test::Random& random) {
    static const char* pieces[] = {"a",   "b",    "ab",    "foo",   "bar",  "*",           "**", "?",
                                   "/",   "/",    "[ab]",  "[!a]",  ".",    "\\",          "x",  "*.x",
                                   "**/", "/**/", "[a-c]", "[^b-]", "[]a]", "[[:alpha:]]", " ",  "\\*"};
    std::string out;
    if (random() % 6 == 0) {
        out += '!';
    }
    if (random() % 5 == 0) {
        out += '/';
    }
    for (unsigned i = 0, n = 1 + random() % 4; i < n; ++i) {
        out += pieces[random() % std::size(pieces)];
    }
    if (random() % 5 == 0) {
        out += '/';
    }
    return out;
}

} // namespace

TEST_CASE("rules decide as git's do") {
    ds_test::TempDir dir;
    ds_test::Random random(11);
    const std::string names[] = {"a",   "b",     "ab", "foo", "bar",  "x",
                                 "a.x", "foo.x", "*",  ".a",  "foo ", "ba]r"};
    std::set<std::string> files;
    std::set<std::string> folders;
    for (int i = 0; i < 120; ++i) {
        std::string path;
        for (unsigned d = 0, n = 1 + random() % 4; d < n; ++d) {
            path += (path.empty() ? "" : "/") + names[random() % std::size(names)];
        }
        bool clash = folders.contains(path);
        for (auto above = parent_path(path); !above.empty(); above = parent_path(above)) {
            clash = clash || files.contains(std::string(above));
        }
        if (clash) {
            continue;
        }
        files.insert(path);
        for (auto above = parent_path(path); !above.empty(); above = parent_path(above)) {
            folders.emplace(above);
        }
        write(dir / path, "");
    }
    run("git init -q " + dir.path() + " && git -C " + dir.path() + " config core.excludesFile /dev/null");
    int compared = 0;
    for (int round = 0; round < 60; ++round) {
        std::vector<std::string> where{""};
        auto some = folders.begin();
        std::advance(some, static_cast<long>(random() % folders.size()));
        where.push_back(*some + "/");
        for (const auto& folder : where) {
            std::string text;
            for (unsigned i = 0, n = 1 + random() % 4; i < n; ++i) {
                text += random_pattern(random) + (random() % 8 == 0 ? "\r\n" : "\n");
            }
            write(dir / (folder + ".gitignore"), text);
            write(dir / (folder + ".dsctlignore"), text);
        }
        std::string asked;
        for (const auto* set : {&files, &folders}) {
            for (const auto& path : *set) {
                asked += path + '\0';
            }
        }
        write(dir / ".git/asked", asked);
        // <source> NUL <line> NUL <pattern> NUL <path> NUL
        std::stringstream answers(run("git -C " + dir.path() + " check-ignore --no-index -z -v -n --stdin <" +
                                      dir.path() + "/.git/asked"));
        IgnoreRules rules(dir.path(), dir / "none");
        std::string source, line, pattern, path;
        while (std::getline(answers, source, '\0') && std::getline(answers, line, '\0') &&
               std::getline(answers, pattern, '\0') && std::getline(answers, path, '\0')) {
            const auto match = rules.explain(path, folders.contains(path) ? Target::folder : Target::file);
            CAPTURE(path);
            CAPTURE(source);
            CAPTURE(pattern);
            if (match) {
                CAPTURE(match->source);
                CAPTURE(match->pattern);
                std::string expected = match->source;
                const auto at = expected.find(".dsctlignore");
                expected.replace(at, 12, ".gitignore");
                CHECK(expected == source);
                CHECK(std::to_string(match->line) == line);
                CHECK(match->pattern == pattern);
            } else {
                CHECK(source.empty());
            }
            ++compared;
        }
        for (const auto& folder : where) {
            std::filesystem::remove(dir / (folder + ".gitignore"));
            std::filesystem::remove(dir / (folder + ".dsctlignore"));
        }
    }
    CHECK(compared > 3000);
}

TEST_CASE("rules of folders, exclude file and the names that are always ignored") {
    ds_test::TempDir dir;
    write(dir / ".dsctlignore", "*.log\n!keep/**/*.log\n/d.txt\nbuild/\n");
    write(dir / "keep/deep/.dsctlignore", "c.log\n");
    write(dir / "exclude", "secret\n");
    IgnoreRules rules(dir.path(), dir / "exclude");
    const auto ignored = [&](const char* path, Target target = Target::file) {
        const auto match = rules.explain(path, target);
        return match && !match->negated;
    };
    CHECK(ignored("logs/a.log"));
    CHECK_FALSE(ignored("keep/b.log"));
    CHECK(ignored("keep/deep/c.log"));
    CHECK(rules.explain("keep/deep/c.log", Target::file)->source == "keep/deep/.dsctlignore");
    CHECK(rules.explain("logs/a.log", Target::file)->line == 1);
    CHECK(ignored("d.txt"));
    CHECK_FALSE(ignored("sub/d.txt"));
    CHECK(ignored("build/x"));
    CHECK_FALSE(ignored("build"));
    CHECK(ignored("build", Target::folder));
    CHECK(ignored("any/secret"));
    CHECK(ignored("x/.git/config"));
    CHECK(ignored(".dsctl", Target::folder));
    CHECK(rules.ignored_here("q.log", Target::file));
    CHECK_FALSE(rules.ignored_here("q.txt", Target::file));
}

TEST_CASE("globs of filters") {
    CHECK(glob_match("images/**", "images/cats/1.txt"));
    CHECK(glob_match("*2.txt", "images/cats/2.txt"));
    CHECK(glob_match("images", "images/cats/2.txt"));
    CHECK(glob_match("images/", "images/cats/2.txt"));
    CHECK(glob_match("/a/*.csv", "a/x.csv"));
    CHECK_FALSE(glob_match("/a/*.csv", "a/b/x.csv"));
    CHECK_FALSE(glob_match("images/**", "imagesx/1"));
    CHECK(glob_match("**/x", "x"));
    CHECK(glob_match("**/x", "a/b/x"));
    CHECK_FALSE(glob_match("**/x", "a/bx"));
}

TEST_CASE("no pattern takes exponential time") {
    std::string pattern;
    for (int i = 0; i < 40; ++i) {
        pattern += "**/a*";
    }
    pattern += "b";
    const std::string text = [] {
        std::string out;
        for (int i = 0; i < 800; ++i) {
            out += "aaaa/";
        }
        return out + "c";
    }();
    const auto begin = std::chrono::steady_clock::now();
    CHECK_FALSE(Wildmatch(pattern).match(text));
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(1));
}

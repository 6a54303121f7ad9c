// The walk: byte order of full paths, empty folders in their place, ignored and unreadable things.
#include "unit/worktree/fixture.hpp"

#include "worktree/scan.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <set>

using namespace ds;

namespace {

struct Quiet {
    NoLog log;
    NoProgress progress;
    Context context{log, progress, {}, 3};
};

void touch(const std::string& path) {
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path) << "x";
}

std::vector<std::string> scanned(const std::string& root, const ScanOptions& options) {
    Quiet quiet;
    std::vector<std::string> out;
    scan(root, options, quiet.context, [&](const ScanEntry& entry) {
        out.push_back(std::string(entry.path) +
                      (entry.stat.kind == FileStat::Kind::directory ? " (empty)" : ""));
    });
    return out;
}

} // namespace

TEST_CASE("random trees come out in byte order, whole") {
    ds_test::Random random(3);
    for (int round = 0; round < 25; ++round) {
        ds_test::TempDir dir;
        const char* names[] = {"a", "a-", "a.b", "a0", "b", "a-/", "d", "d.txt", "d-x"};
        std::set<std::string> expected;
        for (unsigned i = 0, n = random() % 60; i < n; ++i) {
            std::string path;
            for (unsigned d = 0, depth = 1 + random() % 4; d < depth; ++d) {
                std::string name = names[random() % std::size(names)];
                name.erase(std::remove(name.begin(), name.end(), '/'), name.end());
                path += (path.empty() ? "" : "/") + name;
            }
            std::error_code error;
            std::filesystem::create_directories(std::filesystem::path(dir / path).parent_path(), error);
            if (error || std::filesystem::exists(dir / path)) {
                continue;
            }
            if (random() % 3 == 0) {
                std::filesystem::create_directory(dir / path, error);
            } else {
                touch(dir / path);
            }
        }
        for (const auto& entry : std::filesystem::recursive_directory_iterator(dir.path())) {
            const auto path = entry.path().string().substr(dir.path().size() + 1);
            if (!entry.is_directory() || std::filesystem::is_empty(entry.path())) {
                expected.insert(path);
            }
        }
        Quiet quiet;
        std::vector<std::string> found;
        ScanOptions options;
        scan(dir.path(), options, quiet.context,
             [&](const ScanEntry& entry) { found.emplace_back(entry.path); });
        CHECK(found == std::vector<std::string>(expected.begin(), expected.end()));
        // The same through several roots.
        options.roots.clear();
        for (const auto& entry : std::filesystem::directory_iterator(dir.path())) {
            options.roots.push_back(entry.path().filename().string());
        }
        std::sort(options.roots.begin(), options.roots.end());
        found.clear();
        scan(dir.path(), options, quiet.context,
             [&](const ScanEntry& entry) { found.emplace_back(entry.path); });
        CHECK(found == std::vector<std::string>(expected.begin(), expected.end()));
    }
}

TEST_CASE("large folders are split and skipped folders left") {
    ds_test::TempDir dir;
    for (int i = 0; i < 3000; ++i) {
        touch(dir / ("big/f" + std::to_string(i)));
    }
    for (int i = 0; i < 700; ++i) {
        touch(dir / ("big/sub" + std::to_string(i) + "/x"));
    }
    touch(dir / "z");
    CHECK(scanned(dir.path(), {}).size() == 3701);
    Quiet quiet;
    std::vector<std::string> seen;
    scan(dir.path(), {}, quiet.context, [&](const ScanEntry& entry) {
        seen.emplace_back(entry.path);
        entry.skip_folder = entry.path.starts_with("big/") ? 3 : 0;
    });
    CHECK(seen == std::vector<std::string>{"big/f0", "z"});
}

TEST_CASE("ignored names are left out unless tracked, and a folder of ignored names is empty") {
    ds_test::TempDir dir;
    for (const auto* path : {".git/config", "sub/.dsctl/x", "logs/a.log", "out/deep/x", "keep", "sub/y"}) {
        touch(dir / path);
    }
    std::ofstream(dir / ".dsctlignore") << "*.log\nout/\n";
    IgnoreRules rules(dir.path(), dir / "none");
    ScanOptions options;
    options.ignore = &rules;
    CHECK(scanned(dir.path(), options) ==
          std::vector<std::string>{".dsctlignore", "keep", "logs (empty)", "sub/y"});
    options.tracked = [](std::string_view path, bool folder) {
        return path == "logs/a.log" || path == "out/deep/x" ||
               (folder && (path == "logs" || path == "out" || path == "out/deep"));
    };
    CHECK(scanned(dir.path(), options) ==
          std::vector<std::string>{".dsctlignore", "keep", "logs/a.log", "out/deep/x", "sub/y"});
}

TEST_CASE("links are not followed, and very deep folders are named instead of walked") {
    ds_test::TempDir dir;
    touch(dir / "real/x");
    std::filesystem::create_directory_symlink("real", dir / "link");
    std::filesystem::create_symlink("/", dir / "root");
    CHECK(scanned(dir.path(), {}) == std::vector<std::string>{"link", "real/x", "root"});
    ScanOptions options;
    options.roots = {"link/x", "missing"};
    CHECK(scanned(dir.path(), options).empty());

    const auto here = std::filesystem::current_path();
    std::filesystem::current_path(dir.path());
    for (int i = 0; i < 45; ++i) { // longer than any path may be
        std::filesystem::create_directory(std::string(100, 'd'));
        std::filesystem::current_path(std::string(100, 'd'));
    }
    std::filesystem::current_path(here);
    Quiet quiet;
    int named = 0;
    scan(
        dir.path(), {}, quiet.context, [](const ScanEntry&) {},
        [&](std::string_view, const Error&) { ++named; });
    CHECK(named == 1);
    CHECK(std::system(("rm -rf " + dir.path() + "/ddd*").c_str()) == 0);
}

// Nothing is written outside of the root, whatever links stand in the way; by openat2 and without it.
#include "os/beneath.hpp"
#include "os/file.hpp"
#include "unit/support.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace ds;
using ds_test::TempDir;
using Kind = FileStat::Kind;

namespace {

void put(BeneathDir& root, std::string_view path, ByteView data, bool executable = false) {
    std::string temp;
    Fd fd = root.create_temp(path, temp, executable);
    write_full(fd.get(), data, path);
    fd.close_checked(path);
    root.install(path, temp);
}

std::string get(BeneathDir& root, std::string_view path) {
    const Fd fd = root.open_read(path);
    char buffer[64];
    return {buffer, read_full(fd.get(), buffer, sizeof buffer, path)};
}

constexpr BeneathDir::Resolution both[] = {BeneathDir::Resolution::kernel,
                                           BeneathDir::Resolution::components};

} // namespace

TEST_CASE("files, folders and links are made below the root") {
    for (const auto resolution : both) {
        const TempDir dir;
        BeneathDir root(dir.path(), resolution);
        root.make_parents("a/b/c/file");
        put(root, "a/b/c/file", "one");
        put(root, "a/b/c/program", "two", true);
        put(root, "top", "three");
        put(root, "top", "four");
        CHECK(get(root, "a/b/c/file") == "one");
        CHECK(get(root, "top") == "four");
        CHECK(root.lstat("a/b/c/program").executable);
        CHECK_FALSE(root.lstat("a/b/c/file").executable);
        root.set_executable("a/b/c/file", true);
        root.set_executable("a/b/c/program", false);
        CHECK(root.lstat("a/b/c/file").executable);
        CHECK_FALSE(root.lstat("a/b/c/program").executable);
        root.make_symlink("a/link", "../../../etc");
        root.make_symlink("a/link", "elsewhere");
        CHECK(root.read_link("a/link") == "elsewhere");
        CHECK(root.lstat("a/link").kind == Kind::symlink);
        const std::string long_target(3000, 't');
        root.make_symlink("long", long_target);
        CHECK(root.read_link("long") == long_target);
        root.make_dir("a/empty");
        root.make_dir("a/empty");
        CHECK(root.lstat("a/empty").kind == Kind::directory);
        CHECK(root.lstat("").kind == Kind::directory);
        CHECK(root.lstat("no/such").kind == Kind::missing);
        CHECK_THROWS_AS(root.make_dir("top"), Error);
        std::string temp;
        { const Fd fd = root.create_temp("a/x", temp, false); }
        root.discard("a/x", temp);
        CHECK(list_dir(dir / "a") == std::vector<std::string>{"b", "empty", "link"});
    }
}

TEST_CASE("links in the way are never followed") {
    for (const auto resolution : both) {
        const TempDir dir;
        const TempDir outside;
        write_file_atomic(outside / "precious", "safe", Durability::volatile_);
        make_dirs(dir / "real");
        REQUIRE(::symlink(outside.path().c_str(), (dir / "out").c_str()) == 0);
        REQUIRE(::symlink("real", (dir / "inside").c_str()) == 0);
        REQUIRE(::symlink((outside / "precious").c_str(), (dir / "file").c_str()) == 0);
        BeneathDir root(dir.path(), resolution);
        for (const char* path :
             {"out/precious", "inside/precious", "../precious", "out/new/deep", "real/../x", ".."}) {
            CAPTURE(path);
            std::string temp;
            CHECK_THROWS_AS((void)root.create_temp(path, temp, false), Error);
            CHECK_THROWS_AS(root.make_parents(path), Error);
            CHECK_THROWS_AS((void)root.open_read(path), Error);
            CHECK_THROWS_AS((void)root.read_link(path), Error);
            CHECK_THROWS_AS(root.make_symlink(path, "x"), Error);
            CHECK_THROWS_AS(root.set_executable(path, true), Error);
        }
        CHECK_FALSE(root.remove("out/precious"));
        CHECK_FALSE(root.remove_empty_dir("out/precious"));
        CHECK(root.lstat("out/precious").kind == Kind::missing);
        CHECK_THROWS_AS((void)root.open_read("file"), Error);
        CHECK_THROWS_AS(root.set_executable("file", true), Error);
        put(root, "file", "mine"); // replaces the link, not its target
        CHECK(get(root, "file") == "mine");
        CHECK(list_dir(outside.path()) == std::vector<std::string>{"precious"});
        CHECK(read_file(outside / "precious") == "safe");

        // With leave, the link gives way to a folder; what it pointed to stays.
        root.make_parents("out/new/deep", BeneathDir::Obstacles::replace);
        put(root, "out/new/deep", "x");
        CHECK(S_ISDIR(try_lstat(dir / "out")->st_mode));
        CHECK(list_dir(outside.path()) == std::vector<std::string>{"precious"});
        root.make_parents("file/below/x", BeneathDir::Obstacles::replace);
        put(root, "file/below/x", "y");
        CHECK(get(root, "file/below/x") == "y");
    }
}

TEST_CASE("a folder in the way of a file: empty goes, full is an error that says so") {
    const TempDir dir;
    BeneathDir root(dir.path());
    make_dirs(dir / "empty");
    make_dirs(dir / "full/sub");
    put(root, "empty", "file now");
    CHECK(get(root, "empty") == "file now");
    try {
        put(root, "full", "x");
        FAIL("replaced");
    } catch (const Error& e) {
        CHECK(e.message() == "cannot replace '" + dir.path() + "/full': it is a folder that is not empty");
    }
    CHECK_THROWS_AS(root.make_symlink("full", "x"), Error);
    CHECK(list_dir(dir.path()) == std::vector<std::string>{"empty", "full"}); // no temporaries left
}

TEST_CASE("removing") {
    const TempDir dir;
    BeneathDir root(dir.path());
    make_dirs(dir / "a/b");
    write_file_atomic(dir / "a/f", "", Durability::volatile_);
    REQUIRE(::symlink("b", (dir / "a/l").c_str()) == 0);
    CHECK_FALSE(root.remove_empty_dir("a"));
    CHECK(root.remove("a/f"));
    CHECK_FALSE(root.remove("a/f"));
    CHECK_FALSE(root.remove("a/f/below"));
    CHECK_FALSE(root.remove_empty_dir("a/l"));
    CHECK(root.remove("a/l"));
    CHECK_THROWS_AS(root.remove("a/b"), Error);
    CHECK(root.remove_empty_dir("a/b"));
    CHECK(root.remove_empty_dir("a"));
    CHECK_FALSE(root.remove_empty_dir("a"));
    CHECK_FALSE(root.remove_empty_dir(""));
}

TEST_CASE("a folder that was removed behind the kept descriptor is found again") {
    const TempDir dir;
    BeneathDir root(dir.path());
    BeneathDir other(dir.path());
    root.make_parents("a/b/f");
    put(root, "a/b/f", "1");
    CHECK(other.remove("a/b/f"));
    CHECK(other.remove_empty_dir("a/b"));
    root.make_parents("a/b/f");
    put(root, "a/b/f", "2");
    CHECK(get(other, "a/b/f") == "2");
    CHECK(other.remove("a/b/f"));
    CHECK(other.remove_empty_dir("a/b"));
    make_dirs(dir / "a/b");
    put(root, "a/b/f", "3"); // without make_parents
    CHECK(get(root, "a/b/f") == "3");
    // Its own removal is noticed too.
    CHECK(root.remove("a/b/f"));
    CHECK(root.remove_empty_dir("a/b"));
    CHECK(root.remove_empty_dir("a"));
    put(root, "a", "file");
    CHECK(root.lstat("a/b/f").kind == Kind::missing);
    root.make_parents("a/b/f", BeneathDir::Obstacles::replace);
    put(root, "a/b/f", "4");
    CHECK(get(root, "a/b/f") == "4");
}

TEST_CASE("only regular files are opened, and a fifo does not hang") {
    const TempDir dir;
    BeneathDir root(dir.path());
    REQUIRE(::mkfifo((dir / "fifo").c_str(), 0600) == 0);
    make_dirs(dir / "folder");
    CHECK_THROWS_AS((void)root.open_read("fifo"), Error);
    CHECK_THROWS_AS((void)root.open_read("folder"), Error);
    CHECK_THROWS_AS((void)root.open_read("none"), Error);
    CHECK_THROWS_AS(BeneathDir(dir / "fifo"), Error);
    CHECK_THROWS_AS(BeneathDir(dir / "none"), Error);
}

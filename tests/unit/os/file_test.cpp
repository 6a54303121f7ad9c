// Descriptors, atomic files, locks, mappings, folders.
#include "os/file.hpp"
#include "unit/support.hpp"

#include <cerrno>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace ds;
using ds_test::TempDir;

TEST_CASE("errors carry the reason, the name and the kind") {
    const Error missing = os_error("cannot open", "a\nb", ENOENT);
    CHECK(missing.message() == "cannot open 'a\\nb': no such file or directory");
    CHECK(missing.kind() == ErrorKind::not_found);
    CHECK(os_error("cannot write", "x", ENOSPC).kind() == ErrorKind::failure);
    CHECK_FALSE(os_error("cannot write", "x", ENOSPC).hint().empty());
    CHECK(os_error("cannot open", "x", EACCES).message() == "cannot open 'x': permission denied");
    CHECK(os_error("cannot open", "x", EPERM).message() == "cannot open 'x': permission denied");
}

TEST_CASE("whole files") {
    const TempDir dir;
    const std::string path = dir / "f";
    CHECK_FALSE(try_read_file(path));
    CHECK_FALSE(try_stat(path));
    CHECK_THROWS_AS((void)read_file(path), Error);
    write_file_atomic(path, "");
    CHECK(read_file(path).empty());
    const std::string data(100'000, 'd');
    write_file_atomic(path, data, Durability::volatile_);
    CHECK(read_file(path) == data);
    CHECK(read_file(path, data.size()) == data);
    CHECK_THROWS_AS((void)read_file(path, data.size() - 1), CorruptObject);
    CHECK_FALSE(try_read_file(path + "/below"));
    CHECK_THROWS_AS((void)read_file(dir.path()), Error);
    CHECK(read_file("/proc/self/status").find("Name:") == 0); // a file whose size reads 0
    CHECK((try_stat(path)->st_mode & 0777) == 0600);
}

TEST_CASE("positioned reads and writes") {
    const TempDir dir;
    const Fd fd = open_file(dir / "f", O_RDWR | O_CREAT);
    write_full(fd.get(), "0123456789", "f");
    pwrite_full(fd.get(), "XY", 3, "f");
    char buffer[8];
    CHECK(pread_full(fd.get(), buffer, 8, 2, "f") == 8);
    CHECK(std::string(buffer, 8) == "2XY56789");
    CHECK(pread_full(fd.get(), buffer, 8, 7, "f") == 3);
    CHECK(pread_full(fd.get(), buffer, 8, 100, "f") == 0);
    Fd closed(::dup(fd.get()));
    closed.close_checked("f");
    CHECK_FALSE(closed.valid());
    const Fd read_only = open_read(dir / "f");
    CHECK_THROWS_AS(write_full(read_only.get(), "x", "f"), Error);
}

TEST_CASE("a full disk is an error with a way out") {
    const Fd full = open_file("/dev/full", O_WRONLY);
    try {
        write_full(full.get(), "x", "/dev/full");
        FAIL("written");
    } catch (const Error& e) {
        CHECK(e.message() == "cannot write '/dev/full': no space left on device");
        CHECK(e.hint().find("space") != std::string::npos);
    }
}

TEST_CASE("an atomic file appears whole or not at all") {
    const TempDir dir;
    const std::string path = dir / "target";
    write_file_atomic(path, "old");
    {
        AtomicFile file(path);
        file.write("new");
        CHECK(read_file(path) == "old");
        CHECK(list_dir(dir.path()).size() == 2);
    }
    CHECK(read_file(path) == "old");
    CHECK(list_dir(dir.path()) == std::vector<std::string>{"target"});
    AtomicFile file(path, 0640);
    file.write("ne");
    file.write("w");
    file.commit();
    CHECK(read_file(path) == "new");
    CHECK(list_dir(dir.path()) == std::vector<std::string>{"target"});
    CHECK_THROWS_AS(AtomicFile(dir / "no/such/folder"), Error);
    // A target that cannot be replaced leaves nothing behind.
    make_dirs(dir / "folder/sub");
    CHECK_THROWS_AS(write_file_atomic(dir / "folder", "x"), Error);
    CHECK(list_dir(dir.path()) == std::vector<std::string>{"folder", "target"});
}

TEST_CASE("locks exclude each other and end with their holder") {
    const TempDir dir;
    const std::string path = dir / "lock";
    using Mode = LockFile::Mode;
    {
        const auto a = LockFile::acquire(path, Mode::shared, 0);
        const auto b = LockFile::acquire(path, Mode::shared, 0);
        CHECK(a);
        CHECK(b);
        CHECK_FALSE(LockFile::acquire(path, Mode::exclusive, 3));
    }
    {
        const auto a = LockFile::acquire(path, Mode::exclusive, 0);
        CHECK(a);
        CHECK_FALSE(LockFile::acquire(path, Mode::shared, 0));
        CHECK_FALSE(LockFile::acquire(path, Mode::exclusive, 0));
    }
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const auto held = LockFile::acquire(path, Mode::exclusive, 0);
        const char byte = held ? 'y' : 'n';
        (void)!::write(ready[1], &byte, 1);
        ::pause();
        ::_exit(0);
    }
    char byte = 0;
    REQUIRE(::read(ready[0], &byte, 1) == 1);
    CHECK(byte == 'y');
    CHECK_FALSE(LockFile::acquire(path, Mode::exclusive, 0));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    CHECK(LockFile::acquire(path, Mode::exclusive, 0));
    ::close(ready[0]);
    ::close(ready[1]);
    CHECK_THROWS_AS(LockFile::acquire(dir / "no/lock", Mode::exclusive, 0), Error);
}

TEST_CASE("mappings") {
    const TempDir dir;
    write_file_atomic(dir / "empty", "");
    write_file_atomic(dir / "full", "content");
    CHECK(MappedFile::open(dir / "empty").view().empty());
    MappedFile a = MappedFile::open(dir / "full");
    a.advise(MappedFile::Access::random);
    CHECK(a.view() == "content");
    const MappedFile b = std::move(a);
    CHECK(b.view() == "content");
    CHECK_THROWS_AS(MappedFile::open(dir.path()), Error);
    REQUIRE(::mkfifo((dir / "fifo").c_str(), 0600) == 0);
    CHECK_THROWS_AS(MappedFile::open(dir / "fifo"), Error); // and does not hang
}

TEST_CASE("folders are made and removed, and links in them are not followed") {
    const TempDir dir;
    make_dirs(dir / "a/b/c/");
    make_dirs(dir / "a/b/c");
    write_file_atomic(dir / "a/b/file", "x");
    write_file_atomic(dir / "keep", "x");
    make_dirs(dir / "outside");
    write_file_atomic(dir / "outside/precious", "x");
    REQUIRE(::symlink("../outside", (dir / "a/link").c_str()) == 0);
    CHECK(read_link(dir / "a/link") == "../outside");
    CHECK_THROWS_AS(make_dirs(dir / "keep/below"), Error);
    CHECK_THROWS_AS(make_dirs(dir / "keep"), Error);
    remove_tree(dir / "a");
    CHECK_FALSE(path_exists(dir / "a"));
    CHECK(path_exists(dir / "outside/precious"));
    REQUIRE(::symlink("outside", (dir / "link").c_str()) == 0);
    remove_tree(dir / "link");
    CHECK(path_exists(dir / "outside/precious"));
    remove_tree(dir / "never-was");
    remove_file(dir / "never-was");
    remove_file(dir / "keep");
    CHECK(list_dir(dir.path()) == std::vector<std::string>{"outside"});
    rename_file(dir / "outside", dir / "renamed", Durability::synced);
    CHECK(path_exists(dir / "renamed/precious"));
    CHECK_THROWS_AS(rename_file(dir / "gone", dir / "x", Durability::volatile_), Error);
}

TEST_CASE("a very deep tree is removed with few descriptors") {
    const TempDir dir;
    const std::string top = dir / "deep";
    make_dirs(top);
    Fd at = open_file(top, O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < 3000; ++i) { // deeper than a path can say
        REQUIRE(::mkdirat(at.get(), "d", 0700) == 0);
        at = Fd(::openat(at.get(), "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        REQUIRE(at.valid());
    }
    at.reset();
    remove_tree(top);
    CHECK_FALSE(path_exists(top));
}

TEST_CASE("the immutable attribute, where it can be had") {
    const TempDir dir;
    const std::string path = dir / "f";
    write_file_atomic(path, "x");
    if (set_immutable(path, true)) {
        CHECK_THROWS_AS(write_file_atomic(path, "y"), Error);
        CHECK_THROWS_AS(remove_file(path), Error);
        CHECK(set_immutable(path, false));
    }
    CHECK_FALSE(set_immutable(dir / "gone", true));
    write_file_atomic(path, "y");
    CHECK(read_file(path) == "y");
}

TEST_CASE("surroundings") {
    CHECK(random_hex(8).size() == 16);
    CHECK(random_hex(8) != random_hex(8));
    CHECK(random_u64() != random_u64());
    CHECK(unix_now() > 1'600'000'000);
    CHECK(absolute_path("/a/./b//../c/") == "/a/c");
    CHECK(absolute_path("/../..") == "/");
    CHECK(absolute_path("x") == current_dir() + "/x");
    CHECK_THROWS_AS((void)real_path("/no/such/path"), Error);
    ::setenv("DSCTL_UNIT_EMPTY", "", 1);
    CHECK_FALSE(env("DSCTL_UNIT_EMPTY"));
    CHECK_FALSE(env("DSCTL_UNIT_UNSET"));
}

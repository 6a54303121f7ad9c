// A depth-first walk must yield full paths in byte order.
#include "os/file.hpp"
#include "os/walk.hpp"
#include "unit/support.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace ds;
using ds_test::TempDir;

namespace {

void walk(int dir_fd, const std::string& prefix, std::vector<std::string>& out) {
    for (const DirEntry& entry : read_dir_ordered(dir_fd, prefix)) {
        out.push_back(prefix + entry.name);
        if (entry.kind == FileStat::Kind::directory) {
            const Fd sub = open_dir_at(dir_fd, entry.name, prefix + entry.name);
            walk(sub.get(), prefix + entry.name + "/", out);
        }
    }
}

} // namespace

TEST_CASE("walk order is path order, whatever the names") {
    const TempDir dir;
    for (const char* folder :
         {"a", "a/a", "a!", "a0", "common-prefix-1", "common-prefix-11", "x\xff", "\x01"}) {
        make_dirs(dir / folder);
    }
    for (const char* file :
         {"a.txt", "a-b", "a/z", "a/a/f", "a!/f", "a0/f", "b", "common-prefix-1/f", "common-prefix-1.5",
          "common-prefix-11/f", "common-prefix-1-long-tail-that-goes-on-1",
          "common-prefix-1-long-tail-that-goes-on-2", "x\xff/f", "\x01/f", "\x01-"}) {
        write_file_atomic(dir / file, "", Durability::volatile_);
    }
    const Fd root = open_file(dir.path(), O_RDONLY | O_DIRECTORY);
    std::vector<std::string> files;
    walk(root.get(), "", files);
    // Folders themselves are no paths; their files are.
    std::erase_if(files, [&](const std::string& p) { return S_ISDIR(try_lstat(dir / p)->st_mode); });
    CHECK(files.size() == 15);
    CHECK(std::is_sorted(files.begin(), files.end()));
    // The descriptor can be read again.
    CHECK(read_dir_ordered(root.get(), "").size() == 14);
}

TEST_CASE("many names, more than one buffer of them") {
    const TempDir dir;
    const Fd root = open_file(dir.path(), O_RDONLY | O_DIRECTORY);
    std::vector<std::string> names;
    for (int i = 0; i < 5000; ++i) {
        names.push_back("file-" + std::to_string(i * 7919 % 10007) + "-" + std::to_string(i));
        REQUIRE(::mknodat(root.get(), names.back().c_str(), S_IFREG | 0600, 0) == 0);
    }
    std::sort(names.begin(), names.end());
    std::vector<std::string> read;
    for (const DirEntry& entry : read_dir_ordered(root.get(), dir.path())) {
        CHECK(entry.kind == FileStat::Kind::regular);
        read.push_back(entry.name);
    }
    CHECK(read == names);
    CHECK(list_dir(dir.path()) == names);
}

TEST_CASE("kinds, and links are not followed") {
    const TempDir dir;
    make_dirs(dir / "folder");
    write_file_atomic(dir / "plain", "12345", Durability::volatile_, 0644);
    write_file_atomic(dir / "program", "x", Durability::volatile_, 0755);
    REQUIRE(::symlink("folder", (dir / "link").c_str()) == 0);
    REQUIRE(::symlink("nowhere", (dir / "dangling").c_str()) == 0);
    REQUIRE(::mkfifo((dir / "fifo").c_str(), 0600) == 0);
    const Fd root = open_file(dir.path(), O_RDONLY | O_DIRECTORY);
    using Kind = FileStat::Kind;
    const std::pair<std::string, Kind> expected[] = {{"dangling", Kind::symlink}, {"fifo", Kind::other},
                                                     {"folder", Kind::directory}, {"link", Kind::symlink},
                                                     {"plain", Kind::regular},    {"program", Kind::regular}};
    std::size_t i = 0;
    for (const DirEntry& entry : read_dir_ordered(root.get(), dir.path())) {
        REQUIRE(i < std::size(expected));
        CHECK(entry.name == expected[i].first);
        CHECK(entry.kind == expected[i].second);
        CHECK(lstat_at(root.get(), entry.name, entry.name).kind == entry.kind);
        ++i;
    }
    CHECK(i == std::size(expected));
    CHECK_THROWS_AS((void)open_dir_at(root.get(), "link", "link"), Error);
    CHECK_THROWS_AS((void)open_dir_at(root.get(), "plain", "plain"), Error);
    const FileStat plain = lstat_path(dir / "plain");
    CHECK(plain.size == 5);
    CHECK_FALSE(plain.executable);
    CHECK(plain.inode != 0);
    CHECK(plain.mtime_ns > 1'600'000'000'000'000'000);
    CHECK(lstat_path(dir / "program").executable);
    CHECK(lstat_path(dir / "none").kind == Kind::missing);
    CHECK(lstat_path(dir / "plain/below").kind == Kind::missing);
}

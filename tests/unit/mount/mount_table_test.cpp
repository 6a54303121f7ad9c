#include "mount/mount_table.hpp"

#include "unit/support.hpp"

#include <doctest/doctest.h>

using namespace ds;

TEST_CASE("the mount table: escapes, optional fields, lines of another form") {
    const auto table = parse_mount_table(
        "36 35 98:0 / /mnt\\040a\\134b rw,noatime master:1 shared:2 - ext4 /dev/root rw\n"
        "junk\n"
        "40 36 0:39 / /home/x/datasets/cats ro - fuse.dsctl local/demo/cats:v1@sha256:ab ro\n"
        "41 36 0:40 / /cut - fuse.dsctl");
    REQUIRE(table.size() == 2);
    CHECK(table[0].target == "/mnt a\\b");
    CHECK(table[0].kind == "ext4");
    CHECK(table[1].kind == mount_kind);
    CHECK(table[1].source == "local/demo/cats:v1@sha256:ab");
    CHECK(parse_mount_table("").empty());
    CHECK(mounted_at("/proc")->kind == "proc");
    CHECK_FALSE(mounted_at("/no/such/place"));
}

TEST_CASE("a mount's path has no links above it, nor is one itself") {
    const ds_test::TempDir dir;
    std::filesystem::create_directories(dir / "real/sub");
    std::filesystem::create_directory_symlink(dir / "real", dir / "link");
    const auto real = std::filesystem::canonical(dir / "real").string();
    CHECK(mount_path(dir / "link/sub/") == real + "/sub");
    CHECK(mount_path(dir / "link") == real);
    CHECK(mount_path(dir / "link/new") == real + "/new");
    CHECK(mount_path("/") == "/");
    CHECK_FALSE(is_dead_mount(dir / "real"));
    CHECK_FALSE(is_dead_mount(dir / "none"));
}

// Who comes with the same purpose finds what a killed command left; nobody else does, and nobody shares.
#include "dataset/scratch_slot.hpp"
#include "unit/support.hpp"

#include <csignal>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace ds;
using ds_test::TempDir;

namespace {

struct User {
    User() { ds_test::become_test_user(dir.path()); }
    TempDir dir;
};

/// Leaves a file in its slot, as a killed command does. @returns the slot
std::string killed_command(const std::string& purpose) {
    int pipe_fds[2];
    REQUIRE(::pipe(pipe_fds) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const ScratchSlot slot("put", purpose);
        write_file_atomic(slot.path() + "/journal", "sent");
        (void)!::write(pipe_fds[1], slot.path().data(), slot.path().size());
        ::kill(::getpid(), SIGKILL);
    }
    ::waitpid(child, nullptr, 0);
    ::close(pipe_fds[1]);
    char text[512];
    const auto n = ::read(pipe_fds[0], text, sizeof text);
    ::close(pipe_fds[0]);
    REQUIRE(n > 0);
    return {text, static_cast<std::size_t>(n)};
}

/// As if nobody had been there for so long.
void age(const std::string& slot, long days) {
    for (const auto& path : {slot + "/journal", slot + "/lock", slot}) {
        timespec times[2]{};
        times[0].tv_sec = times[1].tv_sec = ::time(nullptr) - days * 86'400;
        REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
    }
}

} // namespace

TEST_CASE("two of one purpose work apart, an empty slot goes with its command") {
    const User user;
    auto first = std::make_unique<ScratchSlot>("put", "cats");
    auto second = std::make_unique<ScratchSlot>("put", "cats");
    const auto path = first->path();
    CHECK(path != second->path());
    CHECK(path_exists(path));
    first.reset();
    CHECK_FALSE(path_exists(path));
    CHECK(ScratchSlot("put", "cats").path() == path);
    second.reset();
}

TEST_CASE("what a killed command left is its successor's, and no other's") {
    const User user;
    const auto left = killed_command("cats");
    CHECK(ScratchSlot("put", "dogs").path() != left);
    CHECK(ScratchSlot("import", "cats").path() != left);
    {
        const ScratchSlot again("put", "cats");
        CHECK(again.path() == left);
        CHECK(read_file(left + "/journal", 100) == "sent");
        CHECK(ScratchSlot("put", "cats").path() != left);
    }
    CHECK(path_exists(left + "/journal")); // still not finished
}

TEST_CASE("what nobody came back for goes after a month, but not from under a command") {
    unsetenv("DSCTL_NOW");
    const User user;
    unsetenv("DSCTL_NOW");
    const auto recent = killed_command("recent");
    const auto old = killed_command("old");
    age(recent, 29);
    age(old, 31);
    { const ScratchSlot other("put", "other"); }
    CHECK(path_exists(recent));
    CHECK_FALSE(path_exists(old));
    const ScratchSlot working("put", "recent");
    age(recent, 31);
    { const ScratchSlot other("put", "other"); }
    CHECK(path_exists(recent + "/journal"));
}

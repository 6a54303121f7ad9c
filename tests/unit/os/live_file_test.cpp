// What a dead writer left is told from what a living one writes.
#include "os/live_file.hpp"
#include "unit/support.hpp"

#include <csignal>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <set>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace ds;
using ds_test::TempDir;

namespace {

std::set<std::string> dead_files(const std::string& folder, bool remove) {
    std::set<std::string> found;
    each_dead_file(folder, "x-", [&](const std::string& path) {
        found.insert(path);
        return remove;
    });
    return found;
}

/// A process that has made such a file and waits; it lives until killed.
struct Writer {
    explicit Writer(const std::string& folder) {
        int pipe_fds[2];
        REQUIRE(::pipe(pipe_fds) == 0);
        pid = ::fork();
        REQUIRE(pid >= 0);
        if (pid == 0) {
            const LiveFile file(folder, "x-");
            (void)!::write(pipe_fds[1], file.path().data(), file.path().size());
            for (;;) {
                ::pause();
            }
        }
        ::close(pipe_fds[1]);
        char text[512];
        const auto n = ::read(pipe_fds[0], text, sizeof text);
        REQUIRE(n > 0);
        path.assign(text, static_cast<std::size_t>(n));
        ::close(pipe_fds[0]);
    }
    ~Writer() { die(); }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    void die() {
        if (pid > 0) {
            ::kill(pid, SIGKILL);
            ::waitpid(pid, nullptr, 0);
            pid = 0;
        }
    }
    pid_t pid = 0;
    std::string path;
};

} // namespace

TEST_CASE("a file is gone with its writer, unless it was installed or left") {
    const TempDir dir;
    std::string path;
    {
        const LiveFile file(dir.path(), "x-");
        path = file.path();
        CHECK(path.starts_with(dir / "x-"));
        CHECK(path_exists(path));
    }
    CHECK_FALSE(path_exists(path));
    {
        LiveFile file(dir.path(), "x-", 0644);
        pwrite_full(file.fd(), "content", 0, file.path());
        file.install(dir / "target");
        path = file.path();
    }
    CHECK_FALSE(path_exists(path));
    CHECK(read_file(dir / "target", 100) == "content");
    CHECK((try_lstat(dir / "target")->st_mode & 0777) == 0644);
    {
        LiveFile file(dir.path(), "x-");
        path = file.path();
        file.leave();
    }
    CHECK(path_exists(path));
    CHECK(dead_files(dir.path(), false) == std::set<std::string>{path});
}

TEST_CASE("of the files there, only those of dead writers are visited, and go when they are told to") {
    const TempDir dir;
    const LiveFile mine(dir.path(), "x-");
    Writer living(dir.path());
    Writer killed(dir.path());
    killed.die();
    // None of these is such a file.
    write_file_atomic(dir / "x-short", "");
    write_file_atomic(dir / "x-ABCDEFABCDEFABCDEFABCDEF", "");
    write_file_atomic(dir / "y-abcdefabcdefabcdefabcdef", "");
    REQUIRE(::mkfifo((dir / "x-abcdefabcdefabcdefabcdef").c_str(), 0600) == 0);
    REQUIRE(::symlink("target", (dir / "x-000000000000000000000000").c_str()) == 0);
    CHECK(dead_files(dir.path(), false) == std::set<std::string>{killed.path});
    CHECK(path_exists(killed.path));
    CHECK(dead_files(dir.path(), true) == std::set<std::string>{killed.path});
    CHECK_FALSE(path_exists(killed.path));
    CHECK(path_exists(mine.path()));
    CHECK(path_exists(living.path));
    living.die();
    CHECK(dead_files(dir.path(), true) == std::set<std::string>{living.path});
    CHECK(dead_files(dir / "nowhere", true).empty());
}

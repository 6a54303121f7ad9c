// Several processes, kills, and full disks.
#include "base/error.hpp"
#include "os/file.hpp"
#include "store/ingest.hpp"
#include "store_support.hpp"

#include <chrono>
#include <csignal>
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace ds;
using namespace ds_test;

namespace {

/// Runs `body` in a child; exit code 0 when it returns true.
template <class Body>
pid_t in_child(const Body& body) {
    const pid_t pid = fork();
    if (pid == 0) {
        bool good = false;
        try {
            good = body();
        } catch (const std::exception&) {
        }
        _exit(good ? 0 : 1);
    }
    return pid;
}

int wait_for(pid_t pid) {
    int status = 0;
    REQUIRE(waitpid(pid, &status, 0) == pid);
    return status;
}

std::string piece(unsigned process, unsigned i) {
    return rows(300 + i, process * 10'000 + i);
}

} // namespace

TEST_CASE("two processes write at once") {
    const TempDir dir;
    const std::string path = dir / "s";
    ObjectStore::create(path, small_params());
    std::vector<pid_t> children;
    for (unsigned p = 0; p < 3; ++p) {
        children.push_back(in_child([&] {
            auto store = ObjectStore::open(path);
            for (unsigned round = 0; round < 8; ++round) { // enough for merges to meet
                auto writer = store->writer();
                for (unsigned i = 0; i < 50; ++i) {
                    writer->put(ObjectKind::chunk, sha256(piece(p, round * 50 + i)),
                                piece(p, round * 50 + i));
                    writer->put(ObjectKind::chunk, sha256(piece(99, i)), piece(99, i)); // all the same
                }
                writer->commit();
                for (unsigned i = 0; i < 50; ++i) {
                    if (!store->read(ObjectKind::chunk, sha256(piece(p, round * 50 + i)))) {
                        return false;
                    }
                }
            }
            return true;
        }));
    }
    for (const pid_t child : children) {
        CHECK(wait_for(child) == 0);
    }
    auto store = ObjectStore::open(path);
    for (unsigned p = 0; p < 3; ++p) {
        for (unsigned i = 0; i < 400; ++i) {
            CHECK(store->read(ObjectKind::chunk, sha256(piece(p, i))) == piece(p, i));
        }
    }
    CHECK(std::filesystem::is_empty(path + "/tmp"));
    Quiet quiet;
    std::size_t problems = 0;
    store->check(quiet.context, [&](const StoreProblem&) { ++problems; });
    CHECK(problems == 0);
}

TEST_CASE("a killed session leaves a store that opens, and its files are cleared away") {
    const TempDir dir;
    const std::string path = dir / "s";
    ObjectStore::create(path, small_params());
    {
        auto store = ObjectStore::open(path);
        auto writer = store->writer();
        writer->put(ObjectKind::chunk, sha256("old"), "old");
        writer->commit();
    }
    int ready[2];
    REQUIRE(pipe(ready) == 0);
    const pid_t child = in_child([&] {
        auto store = ObjectStore::open(path);
        auto writer = store->writer();
        static_cast<void>(ingest_bytes(noise(500'000, 1), EntryKind::file, *writer, store->params()));
        if (write(ready[1], "x", 1) != 1) {
            return false;
        }
        pause();
        return true;
    });
    char byte = 0;
    REQUIRE(read(ready[0], &byte, 1) == 1);
    auto store = ObjectStore::open(path);
    {
        auto writer = store->writer(); // does not touch the living session
        CHECK(std::distance(std::filesystem::directory_iterator(path + "/tmp"), {}) == 2);
    }
    REQUIRE(kill(child, SIGKILL) == 0);
    CHECK(WIFSIGNALED(wait_for(child)));
    CHECK_FALSE(std::filesystem::is_empty(path + "/tmp"));
    CHECK(store->read(ObjectKind::chunk, sha256("old")) == "old");
    CHECK_FALSE(store->has_content({EntryKind::file, 500'000, sha256(noise(500'000, 1))}));
    { auto writer = store->writer(); }
    CHECK(std::filesystem::is_empty(path + "/tmp"));
    close(ready[0]);
    close(ready[1]);
}

TEST_CASE("a session folder without a lock is left alone while it is young, and gets no lock from others") {
    const TempDir dir;
    const std::string path = dir / "s";
    ObjectStore::create(path, small_params());
    const std::string session = path + "/tmp/1-0123456789abcdef";
    make_dirs(session);
    auto store = ObjectStore::open(path);
    { auto writer = store->writer(); }
    REQUIRE(path_exists(session));
    CHECK(std::filesystem::is_empty(session));
    std::filesystem::last_write_time(session,
                                     std::filesystem::file_time_type::clock::now() - std::chrono::minutes(5));
    { auto writer = store->writer(); }
    CHECK_FALSE(path_exists(session));
}

TEST_CASE("a full disk fails the session and leaves the store as it was") {
    const TempDir dir;
    const std::string path = dir / "s";
    ObjectStore::create(path, small_params());
    const auto before = files_below(path);
    for (const rlim_t limit : {1000u, 5000u, 20'000u, 60'000u}) { // the largest file that may be written
        const pid_t child = in_child([&] {
            std::signal(SIGXFSZ, SIG_IGN);
            const rlimit small{limit, limit};
            if (setrlimit(RLIMIT_FSIZE, &small) != 0) {
                return false;
            }
            auto store = ObjectStore::open(path);
            auto writer = store->writer();
            bool failed = false;
            try {
                static_cast<void>(ingest_bytes(noise(300'000, 1), EntryKind::file, *writer, store->params()));
                writer->commit();
            } catch (const Error&) {
                failed = true;
            }
            try {
                writer->commit();
                return false; // it must not pretend
            } catch (const Error&) {
            }
            return failed;
        });
        CHECK(wait_for(child) == 0);
        { auto writer = ObjectStore::open(path)->writer(); }
        CHECK(files_below(path) == before);
    }
}

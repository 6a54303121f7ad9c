// The folder kind: what lies where, what survives, what is refused.
#include "fakes.hpp"

#include "base/error.hpp"
#include "os/file.hpp"
#include "registry/buckets/key_path.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utime.h>

using namespace ds_test;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> files_below(const std::string& root) {
    std::vector<std::string> result;
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
        if (entry.is_regular_file()) {
            result.push_back(entry.path().string().substr(root.size() + 1));
        }
    }
    std::sort(result.begin(), result.end());
    return result;
}

mode_t mode_of(const std::string& path) {
    return ds::try_lstat(path).value().st_mode & 07777;
}

/// Runs `body` in a child process; its result is the exit code.
template <class Body>
int in_child(Body body) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        int code = 99;
        try {
            code = body();
        } catch (...) {
            code = 98;
        }
        ::_exit(code);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

struct Folder {
    TempDir dir;
    std::string root = dir / "r";
    ~Folder() { ds::unlock_folder_registry(root); }
};

} // namespace

TEST_CASE("folder: keys and their paths") {
    CHECK(ds::folder::key_path("demo/cats/heads/v1") == "demo/cats/heads/v1=");
    CHECK(ds::folder::key_path("registry.json") == "registry.json=");
    CHECK(ds::folder::key_path("a//B/") == "a/%/%42/%=");
    CHECK(ds::folder::key_path("..") == "%2E.=");
    CHECK(ds::folder::key_path(std::string(64, 'a')) == std::string(64, 'a') + "=");
    CHECK(ds::folder::key_path(std::string(64, 'a') + "/b") == std::string(64, 'a') + "+/%/b=");
    CHECK(ds::folder::key_path(std::string(65, 'a')) == std::string(64, 'a') + "+/a=");
    for (const char* name :
         {"", "A=", "%41", "%2e.", ".x", "a%", "%4", "a%2F", "%%", "a b", "a+", "=", "+"}) {
        CAPTURE(name);
        const auto piece = ds::folder::parse_piece(name);
        CHECK(piece.has_value() == (std::string(name) == "%41")); // of these, key_path makes only this one
    }
}

TEST_CASE("folder: the layout on disk") {
    const Folder f;
    auto buckets = ds::create_folder_buckets(f.root);
    CHECK(buckets.control->put_if_absent("demo/cats/catalog", "hint") == ds::ControlBucket::Put::done);
    const auto id = buckets.data->put("demo/packs/ab", ds::MemoryBody("pack"), std::nullopt);
    CHECK(id.substr(0, 21) == "00000000000000000001-");
    CHECK(files_below(f.root) == std::vector<std::string>{".lock-control", ".lock-data",
                                                          "control/demo/cats/catalog=/object",
                                                          "data/demo/packs/ab=/" + id});
    CHECK(ds::read_file(f.root + "/control/demo/cats/catalog=/object") == "hint");
    CHECK((mode_of(f.root + "/data/demo/packs/ab=/" + id) & 0222) == 0);
}

TEST_CASE("folder: files take the mode of the folder its owner shares") {
    const Folder f;
    fs::create_directory(f.root);
    ::chmod(f.root.c_str(), 02770);
    auto buckets = ds::create_folder_buckets(f.root);
    CHECK(buckets.control->put_if_absent("a/b", "x") == ds::ControlBucket::Put::done);
    const auto id = buckets.data->put("a/b", ds::MemoryBody("x"), std::nullopt);
    CHECK(mode_of(f.root + "/control/a") == 02770);
    CHECK(mode_of(f.root + "/control/a/b=/object") == 0660);
    CHECK(mode_of(f.root + "/data/a/b=/" + id) == 0440);
    CHECK(mode_of(f.root + "/.lock-data") == 0660);
}

TEST_CASE("folder: only a registry is opened, and none is made among other files") {
    const Folder f;
    CHECK_THROWS_AS((void)ds::open_folder_buckets(f.root), ds::Error);
    fs::create_directory(f.root);
    std::ofstream(f.root + "/thesis.tex") << "important";
    CHECK_THROWS_AS((void)ds::create_folder_buckets(f.root), ds::Error);
    CHECK(files_below(f.root) == std::vector<std::string>{"thesis.tex"});
    fs::remove(f.root + "/thesis.tex");
    (void)ds::create_folder_buckets(f.root);
    (void)ds::create_folder_buckets(f.root); // fine when it exists
    CHECK_THROWS_AS((void)ds::open_buckets("s4://bucket"), ds::Error);
    CHECK_THROWS_AS((void)ds::open_buckets("file://host/x"), ds::Error);
    CHECK_THROWS_AS((void)ds::open_buckets(""), ds::Error);
    (void)ds::open_buckets("file://" + f.root);
    (void)ds::open_buckets(f.root + "/../r/");
}

TEST_CASE("folder: a link in the registry leads nowhere") {
    const Folder f;
    auto buckets = ds::create_folder_buckets(f.root);
    const auto outside = f.dir / "outside";
    fs::create_directories(outside + "/b=");
    std::ofstream(outside + "/b=/object") << "secret";
    fs::create_symlink(outside, f.root + "/control/a");
    CHECK_FALSE(buckets.control->get("a/b").has_value());
    CHECK_THROWS_AS((void)buckets.control->put_if_absent("a/c", "x"), ds::Error);
    fs::create_directory(f.root + "/control/l=");
    fs::create_symlink(outside + "/b=/object", f.root + "/control/l=/object");
    CHECK_THROWS_AS((void)buckets.control->get("l"), ds::CorruptObject);
    buckets.control->list("", [](const auto&) {
        FAIL("listed");
        return true;
    });
    CHECK(files_below(outside) == std::vector<std::string>{"b=/object"});
}

TEST_CASE("folder: what is too large or no file is refused, foreign names are passed over") {
    const Folder f;
    auto buckets = ds::create_folder_buckets(f.root);
    fs::create_directories(f.root + "/control/big=");
    std::ofstream(f.root + "/control/big=/object") << "x";
    fs::resize_file(f.root + "/control/big=/object", 17U << 20);
    CHECK_THROWS_AS((void)buckets.control->get("big"), ds::CorruptObject);
    fs::create_directories(f.root + "/control/dir=/object");
    CHECK_THROWS_AS((void)buckets.control->get("dir"), ds::CorruptObject);
    fs::create_directories(f.root + "/control/fifo=");
    REQUIRE(::mkfifo((f.root + "/control/fifo=/object").c_str(), 0600) == 0);
    CHECK_THROWS_AS((void)buckets.control->get("fifo"), ds::CorruptObject);

    const auto id = buckets.data->put("k", ds::MemoryBody("x"), std::nullopt);
    for (const char* name :
         {"README", "1-abc", "99999999999999999999-00000000", "0000000000000000000x-00000000"}) {
        std::ofstream(f.root + "/data/k=/" + name) << "foreign";
    }
    CHECK(buckets.data->versions("k").size() == 1);
    CHECK(buckets.data->put("k", ds::MemoryBody("y"), std::nullopt) > id);
    std::ofstream(f.root + "/data/k=/18446744073709551615-00000000") << "the last number there is";
    CHECK_THROWS_AS((void)buckets.data->put("k", ds::MemoryBody("z"), std::nullopt), ds::CorruptObject);
}

TEST_CASE("folder: temporaries that were left long ago go, young ones stay") {
    const Folder f;
    (void)ds::create_folder_buckets(f.root);
    std::ofstream(f.root + "/tmp/old") << "x";
    std::ofstream(f.root + "/tmp/young") << "x";
    const utimbuf two_days_ago{ds::unix_now() - 172'800, ds::unix_now() - 172'800};
    REQUIRE(::utime((f.root + "/tmp/old").c_str(), &two_days_ago) == 0);
    auto buckets = ds::open_folder_buckets(f.root);
    CHECK(buckets.control->put_if_absent("k", "x") == ds::ControlBucket::Put::done);
    CHECK(ds::list_dir(f.root + "/tmp") == std::vector<std::string>{"young"});
}

TEST_CASE("folder: a failing body leaves nothing behind") {
    struct Failing final : ds::DataBucket::Body {
        [[nodiscard]] std::uint64_t size() const override { return 5'000'000; }
        void read(std::uint64_t offset, char*, std::size_t) const override {
            if (offset > 2'000'000) {
                throw ds::Interrupted();
            }
        }
    };
    const Folder f;
    auto buckets = ds::create_folder_buckets(f.root);
    CHECK_THROWS_AS((void)buckets.data->put("k", Failing(), std::nullopt), ds::Interrupted);
    CHECK(buckets.data->versions("k").empty());
    CHECK(ds::list_dir(f.root + "/tmp").empty());
}

TEST_CASE("promise 2: killed at any moment the folder holds the old or the new state") {
    const Folder f;
    (void)ds::create_folder_buckets(f.root);
    for (int round = 0; round < 12; ++round) {
        int pipe_ends[2];
        REQUIRE(::pipe(pipe_ends) == 0);
        const pid_t pid = ::fork();
        if (pid == 0) {
            auto buckets = ds::open_folder_buckets(f.root);
            ::write(pipe_ends[1], "x", 1) == 1 ? void() : ::_exit(1);
            for (int i = 0;; ++i) {
                const auto text = std::string(20'000, static_cast<char>('a' + i % 26));
                const auto now = buckets.control->get("k");
                (void)(now ? buckets.control->put_if_match("k", text, now->etag)
                           : buckets.control->put_if_absent("k", text));
                (void)buckets.data->put("k", ds::MemoryBody(text), std::nullopt);
            }
        }
        char byte = 0;
        CHECK(::read(pipe_ends[0], &byte, 1) == 1);
        ::usleep(static_cast<useconds_t>(700 * round)); // lets it get to another place each time
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        ::close(pipe_ends[0]);
        ::close(pipe_ends[1]);

        auto buckets = ds::open_folder_buckets(f.root);
        const auto whole = [](const std::string& text) {
            return text.size() == 20'000 && text.find_first_not_of(text[0]) == std::string::npos;
        };
        const auto now = buckets.control->get("k");
        CHECK((!now || whole(now->body)));
        for (const auto& version : buckets.data->versions("k")) {
            ds::ByteString body;
            buckets.data->get("k", version.version_id, 0, version.size, body);
            CHECK(whole(body));
        }
        // No lock is left behind that blocks the next one.
        CHECK(buckets.data->put("k", ds::MemoryBody(std::string(20'000, 'n')), std::nullopt).size() == 29);
    }
}

TEST_CASE("folder: a reader without the right to write reads, and is told so when it writes") {
    if (::geteuid() != 0) {
        return; // only root can become somebody else
    }
    const Folder f;
    ::chmod(f.dir.path().c_str(), 0755);
    auto buckets = ds::create_folder_buckets(f.root);
    ::chmod(f.root.c_str(), 0755);
    CHECK(buckets.control->put_if_absent("a/b", "x") == ds::ControlBucket::Put::done);
    const auto id = buckets.data->put("a/b", ds::MemoryBody("body"), std::nullopt);
    const int result = in_child([&] {
        if (::setgid(65534) != 0 || ::setuid(65534) != 0) {
            return 1;
        }
        auto theirs = ds::open_folder_buckets(f.root);
        if (theirs.control->get("a/b").value().body != "x") {
            return 2;
        }
        ds::ByteString body;
        theirs.data->get("a/b", id, 0, 4, body);
        const auto denied = [](auto call) {
            try {
                call();
            } catch (const ds::Error& e) {
                return e.kind() == ds::ErrorKind::auth && !e.hint().empty();
            }
            return false;
        };
        const bool all = denied([&] { (void)theirs.control->put_if_absent("n", "x"); }) &&
                         denied([&] { (void)theirs.data->put("n", ds::MemoryBody("x"), std::nullopt); }) &&
                         denied([&] { theirs.data->remove("a/b", id); });
        return all ? 0 : 3;
    });
    CHECK(result == 0);
}

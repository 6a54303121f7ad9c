// What dead writers left is removed, what the living write is not.
#include "os/beneath.hpp"
#include "os/file.hpp"
#include "os/writer_mark.hpp"
#include "unit/support.hpp"

#include <chrono>
#include <doctest/doctest.h>
#include <filesystem>
#include <sys/wait.h>
#include <unistd.h>

using namespace ds;
using ds_test::TempDir;

namespace {

std::size_t files_below(const std::string& root) {
    std::size_t n = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
        n += entry.is_directory() && !entry.is_symlink() ? 0 : 1;
    }
    return n;
}

std::uint64_t clean(const std::string& marks, const std::string& root) {
    NoLog log;
    NoProgress progress;
    Context context{log, progress, {}, 1};
    return remove_leftovers(marks, root, context);
}

/// Writes below `root` as a process that is killed would.
void write_and_die(const std::string& marks, const std::string& root) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        WriterMark mark(marks);
        BeneathDir files(root);
        files.name_temporaries(mark.prefix());
        std::string temp;
        for (const char* path : {"top", "a/b/deep", "a/b/other"}) {
            Fd fd = files.create_temp(path, temp, false);
        }
        if (symlink("nowhere", (root + "/a/" + mark.prefix() + "link").c_str()) != 0) {
            _exit(1);
        }
        _exit(0);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(status == 0);
}

} // namespace

TEST_CASE("a mark is put with the first name and goes with the writer") {
    const TempDir dir;
    {
        WriterMark mark(dir / "marks");
        CHECK_FALSE(path_exists(dir / "marks"));
        CHECK(mark.prefix().starts_with(".dsctl-tmp-"));
        CHECK(mark.prefix() == mark.prefix());
        CHECK(list_dir(dir / "marks").size() == 1);
    }
    CHECK(list_dir(dir / "marks").empty());
}

TEST_CASE("what a dead writer left is removed, links too, and nothing else") {
    const TempDir dir;
    const std::string root = dir / "root";
    const std::string marks = dir / "marks";
    make_dirs(root + "/a/b");
    make_dirs(root + "/.dsctl");
    CHECK(clean(marks, root) == 0); // no such folder
    write_and_die(marks, root);
    write_and_die(marks, root);
    write_file_atomic(root + "/a/.dsctl-tmp-0123456789abcdef0123-x", "of somebody whose mark is elsewhere");
    write_file_atomic(root + "/a/kept", "kept");
    write_file_atomic(marks + "/.dsctl-tmp-0123.writer", "no mark");
    make_dirs(marks + "/.dsctl-tmp-0123456789abcdef0123.writer");
    CHECK(files_below(root) == 10);
    CHECK(clean(marks, root) == 8);
    CHECK(files_below(root) == 2);
    CHECK(list_dir(marks).size() == 2);
    CHECK(clean(marks, root) == 0);
}

TEST_CASE("what a living writer has under way stays, beside that of a dead one") {
    const TempDir dir;
    WriterMark mark(dir.path());
    BeneathDir files(dir.path());
    make_dirs(dir / "a/b");
    files.name_temporaries(mark.prefix());
    std::string temp;
    Fd fd = files.create_temp("a/file", temp, false);
    write_and_die(dir.path(), dir.path());
    CHECK(clean(dir.path(), dir.path()) == 4);
    files.install("a/file", temp);
    CHECK(path_exists(dir / "a/file"));
    CHECK(list_dir(dir.path()).size() == 2); // the mark, and a
}

TEST_CASE("folders whose removal was cut off go with what a dead writer left, others stay") {
    const TempDir dir;
    const std::string root = dir / "root";
    const std::string marks = dir / "marks";
    const std::string rest = root + "/a/.dsctl-tmp-rm-0123456789abcdef-12";
    make_dirs(root + "/a/b");
    make_dirs(rest + "/deep/er");
    write_file_atomic(rest + "/deep/er/file", "on its way out");
    const std::string not_ours = root + "/a/.dsctl-tmp-rm-mine";
    make_dirs(not_ours);
    CHECK(clean(marks, root) == 0);
    CHECK(path_exists(rest)); // no dead writer: nothing is searched
    write_and_die(marks, root);
    CHECK(clean(marks, root) == 5);
    CHECK_FALSE(path_exists(rest));
    CHECK(path_exists(not_ours));
}

TEST_CASE("old temporaries of AtomicFile go, young ones and other names stay") {
    const TempDir dir;
    const std::string old = dir / ".dsctl-tmp-0123456789abcdef01234567";
    const std::string young = dir / ".dsctl-tmp-0123456789abcdef01234568";
    const std::string other = dir / ".dsctl-tmp-0123456789abcdef0123456x";
    const std::string folder = dir / ".dsctl-tmp-0123456789abcdef01234569";
    for (const auto& path : {old, young, other}) {
        write_file_atomic(path, "x");
    }
    make_dirs(folder);
    const auto two_hours_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(2);
    for (const auto& path : {old, other, folder}) {
        std::filesystem::last_write_time(path, two_hours_ago);
    }
    remove_old_temporaries(dir.path());
    remove_old_temporaries(dir / "none");
    CHECK_FALSE(path_exists(old));
    CHECK(path_exists(young));
    CHECK(path_exists(other));
    CHECK(path_exists(folder));
}

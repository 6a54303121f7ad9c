// The verbs as functions: what the command line does not show of them.
#include "unit/support.hpp"

#include "dataset/merge_state.hpp"
#include "dataset/share.hpp"
#include "dataset/start.hpp"
#include "dataset/upkeep.hpp"
#include "dataset/versions.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>

using namespace ds;

namespace {

/// A home, a context and a fixed clock; the embedded registry lies in the home.
struct Home {
    ds_test::TempDir dir;
    NoLog log;
    NoProgress progress;
    Context context{log, progress, {}, 2};

    Home() { ds_test::become_test_user(dir.path()); }
    ~Home() {
        // What is published is immutable, also for the one who cleans up.
        const auto undo = "chattr -R -i '" + dir.path() + "' 2>/dev/null";
        [[maybe_unused]] const int ignored = std::system(undo.c_str());
    }
    std::string make(const std::string& name) {
        Session session(context, "");
        InitOptions options;
        options.dir = dir / name;
        init(session, options);
        return options.dir;
    }
};

void write(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
}

AddOptions everything() {
    AddOptions options;
    options.paths = {std::string()};
    options.all = true;
    return options;
}

CommitResult commit_all(Repository& repository, const std::string& message) {
    (void)add(repository, everything());
    CommitOptions options;
    options.message = message;
    return commit(repository, options);
}

} // namespace

TEST_CASE("init is found from below and refuses folders that cannot name a dataset") {
    Home home;
    const auto dir = home.make("cats");
    make_dirs(dir + "/a/b");
    CHECK(Repository::discover(dir + "/a/b") == dir + "/.dsctl");
    CHECK_FALSE(Repository::discover(home.dir.path()).has_value());
    Session session(home.context, "");
    InitOptions options;
    options.dir = home.dir / "My Data";
    CHECK_THROWS_WITH_AS(init(session, options), doctest::Contains("my-data"), Error);
    CHECK_FALSE(path_exists(options.dir));
}

TEST_CASE("a merge that waits survives its file, whatever bytes the paths have") {
    Home home;
    const auto dir = home.make("cats");
    Session session(home.context, dir + "/.dsctl");
    Repository repository(session, dir + "/.dsctl");
    const MergeState state{"v2", CommitId(std::string(40, 'a')), {{"a\xff\n", "changed on both sides"}}};
    save_merge(repository, state);
    const auto loaded = load_merge(repository);
    REQUIRE(loaded.has_value());
    CHECK(loaded->conflicts.at(0).path == "a\xff\n");
    CHECK(loaded->theirs == state.theirs);
    clear_merge(repository);
    CHECK_FALSE(load_merge(repository).has_value());
    write(dir + "/.dsctl/merge", "{\"schema\": \"dsctl.merge/1\"");
    CHECK_THROWS_AS((void)load_merge(repository), CorruptObject);
}

TEST_CASE("publishing twice is the same version; other content under the name is refused") {
    Home home;
    const auto dir = home.make("cats");
    Session session(home.context, dir + "/.dsctl");
    Repository repository(session, dir + "/.dsctl");
    write(dir + "/x", "one");
    commit_all(repository, "First");
    const auto first = publish(repository, {});
    const auto again = publish(repository, {});
    CHECK_FALSE(first.already);
    CHECK(again.already);
    CHECK(first.digest == again.digest);
    CHECK(repository.history().versions().size() == 1);
    CHECK_THROWS_AS((void)add(repository, everything()), Error);

    make_dirs(home.dir / "rival");
    InitOptions options;
    options.dir = home.dir / "rival";
    options.name = "demo/cats";
    Session outside(home.context, "");
    init(outside, options);
    Session rivals(home.context, options.dir + "/.dsctl");
    Repository rival(rivals, options.dir + "/.dsctl");
    write(options.dir + "/x", "two");
    commit_all(rival, "Rival");
    try {
        (void)publish(rival, {});
        FAIL("the name was taken");
    } catch (const Error& error) {
        CHECK(exit_code(error.kind()) == 6);
    }
    CHECK(verify_remote(outside, DatasetRef::parse("demo/cats:v1"), true).problem_count == 0);
}

TEST_CASE("gc keeps what a draft reaches and frees what nothing does") {
    Home home;
    const auto dir = home.make("cats");
    Session session(home.context, dir + "/.dsctl");
    Repository repository(session, dir + "/.dsctl");
    write(dir + "/keep", std::string(50'000, 'k'));
    commit_all(repository, "First");
    std::string noise;
    for (unsigned i = 0, state = 1; i < 3'000'000; ++i) {
        state = state * 1664525u + 1013904223u;
        noise += static_cast<char>(state >> 24);
    }
    write(dir + "/noise", noise);
    commit_all(repository, "Second");
    reset(repository, "HEAD~1", true);
    GcOptions options;
    CHECK(gc(repository, options).swept.bytes_freed == 0); // the reflog still has it
    options.reflog_days = -1;
    const auto done = gc(repository, options);
    CHECK(done.swept.bytes_freed > 2'900'000);
    CHECK(fsck(repository, {true, false}).problem_count == 0);
    CHECK(verify_local(repository, std::nullopt).problem_count == 0);
}

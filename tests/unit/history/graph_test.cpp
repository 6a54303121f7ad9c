// Walks, revisions, transfer, and what damage does.
#include "unit/history/helpers.hpp"

#include <algorithm>
#include <fcntl.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

using namespace ds;
using namespace ds_test;

namespace {

const VersionName v1("v1");
const VersionName v2("v2");

/// a - b - c - m (v1), a - d - m, and e without parents (v2).
struct Graph {
    Repo repo;
    CommitId a = repo.commit(1);
    CommitId b = repo.commit(2);
    CommitId c = repo.commit(3);
    CommitId d = repo->write_commit(data_of(4, {a}));
    CommitId m = repo->write_commit(data_of(5, {c, d}));
    CommitId e = repo.commit(6, "v2");
    Graph() { repo->set_draft(v1, m, c, ada, "merge"); }
};

std::vector<CommitId> walked(History& history, const std::vector<CommitId>& from,
                             const std::vector<CommitId>& hide) {
    std::vector<CommitId> out;
    history.walk(from, hide, [&](const Commit& commit) {
        out.push_back(commit.id);
        return true;
    });
    return out;
}

/// libgit2 leaks some bytes of its own when a walk meets damage.
ErrorKind kind_of_damaged_walk(History& history, const CommitId& from) {
#if defined(__SANITIZE_ADDRESS__)
    const __lsan::ScopedDisabler known_leak;
#endif
    return kind_of([&] { (void)walked(history, {from}, {}); });
}

std::vector<RawObject> exported(History& history, const CommitId& tip,
                                const std::vector<CommitId>& hide = {}) {
    std::vector<RawObject> out;
    history.export_objects(tip, hide, [&](RawObject object) { out.push_back(std::move(object)); });
    return out;
}

void overwrite(const std::string& path, const std::string& content) {
    write_file_atomic(path, content, Durability::volatile_);
}

} // namespace

TEST_CASE("ancestry and merge bases") {
    Graph g;
    auto& history = *g.repo;
    CHECK(history.is_ancestor(g.a, g.m));
    CHECK(history.is_ancestor(g.m, g.m));
    CHECK_FALSE(history.is_ancestor(g.m, g.a));
    CHECK_FALSE(history.is_ancestor(g.e, g.m));
    CHECK(history.merge_base(g.c, g.d) == g.a);
    CHECK(history.merge_base(g.m, g.c) == g.c);
    CHECK_FALSE(history.merge_base(g.m, g.e));
    const CommitId absent(std::string(40, '1'));
    CHECK(kind_of([&] { (void)history.is_ancestor(absent, g.m); }) == ErrorKind::not_found);
    CHECK(kind_of([&] { (void)history.merge_base(g.m, absent); }) == ErrorKind::not_found);
}

TEST_CASE("walks show children before parents and stop when told") {
    Graph g;
    const auto all = walked(*g.repo, {g.m, g.e}, {});
    CHECK(all == std::vector{g.e, g.m, g.d, g.c, g.b, g.a});
    CHECK(walked(*g.repo, {g.m}, {g.c}) == std::vector{g.m, g.d});
    CHECK(walked(*g.repo, {g.m}, {CommitId(std::string(40, '1'))}).size() == 5);
    CHECK(walked(*g.repo, {g.a}, {g.m}).empty());
    int n = 0;
    g.repo->walk({g.m}, {}, [&](const Commit&) { return ++n < 2; });
    CHECK(n == 2);
}

TEST_CASE("revisions") {
    Graph g;
    auto& history = *g.repo;
    history.add_published(VersionName("p1"), g.b, "{}", ada);
    history.add_published(v2, g.a, "{}", ada); // a tag beside a draft of the same name
    history.set_remote("lab", "v1", g.c);
    const auto deadbeef = g.repo.commit(7, "abcd");
    const std::vector<std::pair<std::string, CommitId>> good = {
        {"HEAD", g.m},
        {"v1", g.m},
        {"v1~", g.c},
        {"v1~0", g.m},
        {"v1~3", g.a},
        {"v1^", g.c},
        {"v1^2", g.d},
        {"v1^0", g.m},
        {"v1^2~1", g.a},
        {"v1~1^1~1", g.a},
        {"v1^^", g.b},
        {"~2", g.b},
        {"v1@{0}", g.m},
        {"v1@{1}", g.c},
        {"HEAD@{1}", g.c},
        {"@{2}", g.b},
        {"v1@{1}~1", g.b},
        {"p1", g.b},
        {"p1~1", g.a},
        {"v2", g.a}, // what is published bears the name alone
        {"refs/heads/v2", g.e},
        {"lab/v1", g.c},
        {"lab/v1~2", g.a},
        {"refs/heads/v1", g.m},
        {"refs/tags/v2", g.a},
        {g.b.hex(), g.b},
        {g.b.hex().substr(0, 12), g.b},
        {g.m.hex() + "^2", g.d},
        {"abcd", deadbeef},
    };
    for (const auto& [text, id] : good) {
        CAPTURE(text);
        CHECK(history.resolve(text) == id);
    }
    for (const std::string none :
         {"v3", "v1~4", "v1^3", "v2~1", "v1@{9}", "nothing@{0}", "lab/v9", "refs/heads/zz",
          "0123456789abcdef0123456789abcdef01234567", "01234567", "-x", "--all", "a/b/c", "v1:x", "..",
          "refs/heads/../tags/v2", "v1~4294967295"}) {
        CAPTURE(none);
        CHECK_FALSE(history.resolve(none));
    }
    for (const std::string bad : {"", "v1~x", "v1^{tree}", "v1@{yesterday}", "v1@{-1}", "v1@{", "v1@{1",
                                  "v1~1@{1}", "v1~99999999999", "v1^~ "}) {
        CAPTURE(bad);
        CHECK(kind_of([&] { (void)history.resolve(bad); }) == ErrorKind::usage);
    }
}

TEST_CASE("an abbreviated id that fits two commits is ambiguous") {
    Repo repo;
    std::vector<std::string> ids;
    for (std::uint64_t n = 1; n < 2000; ++n) { // four digits: a pair comes soon
        ids.push_back(repo->write_commit(data_of(n)).hex());
    }
    repo->set_draft(v1, CommitId(ids.back()), std::nullopt, ada, "x");
    CHECK(git(repo.path, "count-objects -v").find("packs: 1\n") != std::string::npos); // many: one pack
    std::sort(ids.begin(), ids.end());
    const auto twin = std::adjacent_find(ids.begin(), ids.end(), [](const auto& x, const auto& y) {
        return x.substr(0, 4) == y.substr(0, 4);
    });
    REQUIRE(twin != ids.end());
    CHECK(kind_of([&] { (void)repo->resolve(twin->substr(0, 4)); }) == ErrorKind::usage);
    CHECK(repo->resolve(*twin) == CommitId(*twin));
}

TEST_CASE("a history travels to another repository") {
    Graph g;
    auto all = exported(*g.repo, g.m);
    CHECK(all.size() == 15);
    CHECK(exported(*g.repo, g.m, {g.c}).size() == 6);
    CHECK(exported(*g.repo, g.m, {g.m}).empty());

    Repo other;
    CommitId last;
    for (const auto& object : all) {
        last = other->import_object(object);
    }
    CHECK(last == g.m);
    other->set_remote("lab", "v1", g.m);
    other.reopen();
    CHECK(walked(*other, {g.m}, {}).size() == 5);
    CHECK(git(other.path, "fsck --strict --no-dangling").find("exit") == std::string::npos);
    for (const auto& object : all) { // again: nothing new
        (void)other->import_object(object);
    }
}

TEST_CASE("equal trees and datasets travel once") {
    Repo repo;
    auto data = data_of(1);
    CommitId tip;
    for (int i = 0; i < 4; ++i) {
        data.message = std::to_string(i);
        tip = repo->write_commit(data);
        data.parents = {tip};
    }
    CHECK(exported(*repo, tip).size() == 6);
}

TEST_CASE("a long history is imported as one pack") {
    Repo from;
    std::vector<CommitId> parents;
    for (std::uint64_t n = 1; n <= 300; ++n) {
        parents = {from->write_commit(data_of(n, parents))};
    }
    Repo to;
    from->export_objects(parents[0], {}, [&](RawObject object) { (void)to->import_object(object); });
    to->set_remote("lab", "v1", parents[0]);
    to.reopen();
    CHECK(walked(*to, parents, {}).size() == 300);
    CHECK(git(to.path, "count-objects -v").starts_with("count: 0\n"));
    CHECK(git(to.path, "fsck --full --strict --no-dangling").find("exit") == std::string::npos);
    int problems = 0;
    to->check([&](const std::string&, const Error&) { ++problems; });
    CHECK(problems == 0);
}

TEST_CASE("hostile objects are not imported") {
    Graph g;
    const auto all = exported(*g.repo, g.m);
    Repo to;
    CHECK_THROWS_AS(to->import_object(all[1]), CorruptObject); // a tree before its blob
    (void)to->import_object(all[0]);
    CHECK_THROWS_AS(to->import_object(all[2]), CorruptObject); // a commit before its tree
    (void)to->import_object(all[1]);
    (void)to->import_object(all[2]);
    CHECK_THROWS_AS(to->import_object(all[8]), CorruptObject); // before its parent
    CHECK_THROWS_AS(to->import_object({0, "x"}), CorruptObject);
    CHECK_THROWS_AS(to->import_object({7, all[0].bytes}), CorruptObject);
    CHECK_THROWS_AS(to->import_object({1, all[0].bytes}), CorruptObject);
    CHECK_THROWS_AS(to->import_object({3, "anything"}), CorruptObject);
    CHECK_THROWS_AS(to->import_object({3, std::string(3u << 20, 'x')}), CorruptObject);
    CHECK_THROWS_AS(to->import_object({2, all[1].bytes + all[1].bytes}), CorruptObject);
    CHECK_THROWS_AS(to->import_object({4, "object x"}), CorruptObject);
}

TEST_CASE("damage is named, and import mends it") {
    Graph g;
    g.repo.reopen();
    const auto all = exported(*g.repo, g.m);
    const auto path = g.repo.object_path(g.b);
    const auto content = read_file(path);
    auto flipped = content;
    flipped[content.size() / 2] ^= 4;
    for (const auto& bad : {content.substr(0, content.size() / 2), std::string(), flipped,
                            content.substr(0, 3), std::string("garbage")}) {
        overwrite(path, bad);
        g.repo.reopen();
        CHECK(kind_of([&] { (void)g.repo->read_commit(g.b); }) == ErrorKind::corrupt);
        CHECK(kind_of_damaged_walk(*g.repo, g.m) == ErrorKind::corrupt);
        CHECK(g.repo->read_commit(g.m).id == g.m);
        std::vector<std::string> problems;
        g.repo->check([&](const std::string& object, const Error&) { problems.push_back(object); });
        CHECK(problems == std::vector{"commit " + g.b.hex()});
    }
    for (const auto& object : all) {
        (void)g.repo->import_object(object);
    }
    g.repo->flush();
    g.repo.reopen();
    CHECK(walked(*g.repo, {g.m}, {}).size() == 5);
    CHECK(git(g.repo.path, "fsck --strict --no-dangling").find("exit") == std::string::npos);

    remove_file(path);
    g.repo.reopen();
    CHECK(kind_of_damaged_walk(*g.repo, g.m) == ErrorKind::corrupt);
}

TEST_CASE("check() sees damage that is cached away") {
    Graph g;
    (void)g.repo->read_commit(g.b);
    overwrite(g.repo.object_path(g.b), "");
    int problems = 0;
    g.repo->check([&](const std::string&, const Error&) { ++problems; });
    CHECK(problems == 1);
}

TEST_CASE("a claimed size is not believed") {
    Repo repo;
    const auto id = repo.commit(1);
    // "commit 99999999999999\0" deflated (stored block) in place of the object.
    const std::string header("commit 99999999999999\0xxxxxxxxxxxxxxxx", 38);
    std::string zlib("\x78\x01\x01", 3);
    for (const unsigned v : {38u, 0u, ~38u, ~0u}) {
        zlib.push_back(static_cast<char>(v));
    }
    overwrite(repo.object_path(id), zlib + header + "1234");
    repo.reopen();
    CHECK(kind_of([&] { (void)repo->read_commit(id); }) == ErrorKind::corrupt);
}

TEST_CASE("a damaged ref is never overlooked") {
    Graph g;
    for (const std::string bad : {"", "zzz\n", "0123\n", "ref: refs/heads/v2\n"}) {
        overwrite(g.repo.path + "/refs/heads/v1", bad);
        CAPTURE(bad);
        CHECK(kind_of([&] { (void)g.repo->draft(v1); }) == ErrorKind::corrupt);
        CHECK(kind_of([&] { (void)g.repo->all_refs(); }) == ErrorKind::corrupt);
        CHECK(kind_of([&] { (void)g.repo->versions(); }) == ErrorKind::corrupt);
        int problems = 0;
        g.repo->check([&](const std::string&, const Error&) { ++problems; });
        CHECK(problems >= 1);
    }
    overwrite(g.repo.path + "/refs/heads/v1", std::string(40, '1') + "\n"); // names nothing
    CHECK(kind_of([&] { (void)g.repo->all_refs(); }) == ErrorKind::corrupt);
    for (const std::string bad : {"ref: refs/remotes/x/y\n", "ref: refs/heads/..\n", ""}) {
        overwrite(g.repo.path + "/HEAD", bad);
        CAPTURE(bad);
        CHECK(kind_of([&] { (void)g.repo->current(); }) == ErrorKind::corrupt);
    }
    overwrite(g.repo.path + "/HEAD", g.m.hex() + "\n"); // detached: not by us
    CHECK(kind_of([&] { (void)g.repo->current(); }) == ErrorKind::corrupt);
    g.repo->set_current(v2, VersionState::draft);
    CHECK(g.repo->current().commit == g.e);
}

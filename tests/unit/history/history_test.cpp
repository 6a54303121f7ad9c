// Commits, refs and reflogs in a real repository, and that stock git reads them.
#include "unit/history/helpers.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <unistd.h>

using namespace ds;
using namespace ds_test;

namespace {
const VersionName v1("v1");
const VersionName v2("v2");
} // namespace

TEST_CASE("a new repository stands on a draft without commits") {
    Repo repo("first");
    const auto current = repo->current();
    CHECK(current.name.str() == "first");
    CHECK(current.state == VersionState::draft);
    CHECK_FALSE(current.commit);
    CHECK(repo->versions().empty());
    CHECK(repo->all_refs().empty());
    CHECK(repo->reflog("HEAD").empty());
    CHECK_FALSE(path_exists(repo.path + "/logs/HEAD")); // reading does not create
    CHECK_FALSE(repo->resolve("HEAD"));
    CHECK(kind_of([&] { History::create(repo.path, v1); }) == ErrorKind::failure);
    CHECK(git(repo.path, "fsck --strict").find("error") == std::string::npos);
}

TEST_CASE("commits come back as they were written") {
    Repo repo;
    const auto root = repo.commit(1);
    auto data = data_of(2, {root});
    data.origin = Origin{"lab/demo/cats:v3", data_of(9).tree.root};
    data.message = "no newline at the end";
    const auto id = repo->write_commit(data);
    CHECK(repo->has_commit(id));
    CHECK_FALSE(path_exists(repo.object_path(id))); // pending, yet readable
    CHECK(repo->read_commit(id).data.message == data.message);
    repo->set_draft(v1, id, root, ada, "commit: two\nlines");
    CHECK(path_exists(repo.object_path(id)));
    repo.reopen();
    const auto back = repo->read_commit(id);
    CHECK(back.id == id);
    CHECK(back.data.tree == data.tree);
    CHECK(back.data.parents == data.parents);
    CHECK(back.data.origin == data.origin);
    CHECK(back.data.author == data.author);
    CHECK(back.data.message == data.message);
    CHECK(repo->write_commit(data) == id);
    CHECK(repo->current().commit == id);

    const CommitId absent(std::string(40, '1'));
    CHECK_FALSE(repo->has_commit(absent));
    CHECK_FALSE(repo->has_commit(CommitId()));
    CHECK(kind_of([&] { (void)repo->read_commit(absent); }) == ErrorKind::not_found);
    CHECK(kind_of([&] { (void)repo->write_commit(data_of(3, {absent})); }) == ErrorKind::not_found);
    CHECK(kind_of([&] { repo->set_draft(v2, absent, std::nullopt, ada, "x"); }) == ErrorKind::not_found);
}

TEST_CASE("what no ref names is not kept, unless flushed") {
    Repo repo;
    const auto lost = repo->write_commit(data_of(1));
    repo.reopen();
    CHECK_FALSE(repo->has_commit(lost));
    CHECK(repo->write_commit(data_of(1)) == lost);
    repo->flush();
    repo.reopen();
    CHECK(repo->has_commit(lost));
}

TEST_CASE("stock git reads the repository") {
    Repo repo;
    repo.commit(1);
    const auto tip = repo.commit(2);
    repo->add_published(v2, tip, "{\"schema\": \"x\"}", ada);
    repo->set_remote("lab", "v1", tip);
    const auto log = git(repo.path, "log --format='%an|%ae|%s|%aI'");
    CHECK(log == "Ada L|ada@example.org|commit 2|2023-11-14T23:13:22+01:00\n"
                 "Ada L|ada@example.org|commit 1|2023-11-14T23:13:21+01:00\n");
    CHECK(git(repo.path, "log --oneline v2 | wc -l") == "2\n");
    CHECK(git(repo.path, "show HEAD:dataset").starts_with("dsctl-commit 1\ntree sha256:02"));
    CHECK(git(repo.path, "cat-file tag v2 | tail -c 15") == "{\"schema\": \"x\"}");
    const auto fsck = git(repo.path, "fsck --full --strict --no-dangling");
    CHECK_MESSAGE(fsck.find("exit") == std::string::npos, fsck);
    CHECK(fsck.find("error") == std::string::npos);
    CHECK(git(repo.path, "reflog show v1 --format=%gs") == "commit: 2\ncommit: 1\n");
    // Packed by stock git, everything is still there.
    CHECK(git(repo.path, "gc --quiet --prune=now") == "");
    repo.reopen();
    CHECK(repo->draft(v1) == tip);
    CHECK(repo->all_refs().size() == 3);
    CHECK(repo->versions().size() == 2);
    const auto next = repo.commit(3);
    repo->remove_draft(v1);
    CHECK_FALSE(repo->draft(v1)); // also not from packed-refs
    CHECK(repo->has_commit(next));
}

TEST_CASE("drafts move by compare-and-swap") {
    Repo repo;
    const auto other = History::open(repo.path);
    const auto a = repo.commit(1);
    const auto b = repo->write_commit(data_of(2, {a}));
    repo->flush();
    const auto c = other->write_commit(data_of(3, {a}));
    repo->set_draft(v1, b, a, ada, "b");
    CHECK(kind_of([&] { other->set_draft(v1, c, a, ada, "c"); }) == ErrorKind::conflict);
    CHECK(kind_of([&] { other->set_draft(v1, c, std::nullopt, ada, "c"); }) == ErrorKind::conflict);
    CHECK(kind_of([&] { other->set_draft(v2, c, a, ada, "c"); }) == ErrorKind::conflict);
    CHECK_FALSE(other->draft(v2));
    CHECK(other->draft(v1) == b);
    other->set_draft(v1, c, b, ada, "c");
    CHECK(repo->draft(v1) == c);
    CHECK(repo->reflog("v1").size() == 3); // conflicts leave no trace
    repo->set_draft(v1, c, c, ada, "again");
    CHECK(repo->reflog("v1").size() == 3);
    repo->remove_draft(v1);
    repo->remove_draft(v1);
    CHECK_FALSE(other->draft(v1));
    CHECK_FALSE(repo->current().commit);
}

TEST_CASE("published versions are created once, with the exact record") {
    Repo repo;
    const auto a = repo.commit(1);
    const auto b = repo.commit(2);
    CHECK_FALSE(repo->published(v1));
    CHECK(kind_of([&] { repo->set_current(v2, VersionState::published); }) == ErrorKind::not_found);
    for (const std::string record :
         {"{}", "{}\n", "{}\n\n\n", " # no comment\n  x  ", "-----BEGIN PGP SIGNATURE-----\n"}) {
        const VersionName name(fmt::format("r{}", record.size()));
        repo->add_published(name, a, record, ada);
        CHECK(repo->published(name)->record == record);
        CHECK(repo->published(name)->commit == a);
        repo->add_published(name, a, record, ada);
        CHECK(kind_of([&] { repo->add_published(name, b, record, ada); }) == ErrorKind::immutable);
        CHECK(kind_of([&] { repo->add_published(name, a, record + "\n", ada); }) == ErrorKind::immutable);
    }
    repo->add_published(v1, a, "{}", ada);
    const auto all = repo->versions();
    CHECK(all.size() == 7);
    CHECK(
        std::is_sorted(all.begin(), all.end(), [](const auto& x, const auto& y) { return x.name < y.name; }));
    CHECK(std::count_if(all.begin(), all.end(), [&](const auto& v) { return v.name == v1; }) == 2);
    for (const auto& version : all) {
        CHECK(version.commit == (version.state == VersionState::draft ? b : a));
    }

    repo->set_current(v1, VersionState::published);
    repo.reopen();
    CHECK(repo->current().state == VersionState::published);
    CHECK(repo->current().commit == a);
    CHECK(repo->resolve("HEAD") == a);
    CHECK(repo->reflog("HEAD").front().after == a); // not the tag object
    CHECK(repo->reflog("HEAD").front().message == "switch: to v1");
    CHECK(git(repo.path, "log --format=%s HEAD") == "commit 1\n");
    CHECK(git(repo.path, "fsck --no-dangling 2>&1").find("error") == std::string::npos);

    // Between two published versions: with the note written and HEAD not yet, it is still the old one.
    const auto head = read_file(repo.path + "/HEAD");
    repo->add_published(VersionName("v4"), b, "{}", ada);
    repo->set_current(VersionName("v4"), VersionState::published);
    CHECK(repo->current().commit == b);
    write_file_atomic(repo.path + "/HEAD", head);
    repo.reopen();
    CHECK(repo->current().name == v1);
    CHECK(repo->current().commit == a);
    // Two versions of one commit are told apart.
    repo->add_published(VersionName("v5"), a, "{}", ada);
    repo->set_current(VersionName("v5"), VersionState::published);
    CHECK(repo->current().name == VersionName("v5"));
    repo->set_current(v1, VersionState::published);
    CHECK(repo->current().name == v1);
    repo->set_current(VersionName("v9"), VersionState::draft);
    CHECK_FALSE(repo->current().commit);
}

TEST_CASE("remote tracking") {
    Repo repo;
    const auto a = repo.commit(1);
    const auto b = repo.commit(2);
    repo->set_remote("lab", "v1", b);
    repo->set_remote("lab", "v1", a); // back is fine
    repo->set_remote("lab", "v2", b);
    repo->set_remote("other", "v1", b);
    CHECK(repo->remote("lab", "v1") == a);
    CHECK_FALSE(repo->remote("lab", "v3"));
    const auto all = repo->remotes();
    REQUIRE(all.size() == 3);
    CHECK((all[0].registry == "lab" && all[0].version == "v1" && all[0].commit == a));
    CHECK((all[2].registry == "other" && all[2].commit == b));
    repo->remove_remote("other", "v1");
    repo->remove_remote("other", "v1");
    CHECK(repo->remotes().size() == 2);
    repo->set_remote("other", "v1", a);
    CHECK(repo->remote("other", "v1") == a);
    CHECK(kind_of([&] { repo->set_remote("../x", "v1", a); }) == ErrorKind::usage);
    CHECK(kind_of([&] { repo->set_remote("lab", "../../heads/v1", a); }) == ErrorKind::usage);
    CHECK(repo->all_refs().size() == 4);
}

TEST_CASE("reflogs") {
    Repo repo;
    const auto a = repo.commit(1);
    const auto b = repo.commit(2);
    const auto log = repo->reflog("refs/heads/v1");
    REQUIRE(log.size() == 2);
    CHECK(log[0].before == a);
    CHECK(log[0].after == b);
    CHECK(log[0].message == "commit: 2");
    CHECK(log[0].who == ada);
    CHECK(log[1].before.is_null());
    CHECK(repo->reflog("HEAD").size() == 2);
    CHECK(repo->reflog("nothing").empty());

    auto late = ada;
    late.time += 1000;
    const auto c = repo->write_commit(data_of(3, {a}));
    repo->set_draft(v1, c, b, late, "amend");
    CHECK(repo->reflog_commits(0) == [&] {
        std::vector all{a, b, c};
        std::sort(all.begin(), all.end());
        return all;
    }());
    const auto recent = repo->reflog_commits(late.time);
    CHECK(recent.size() == 2); // b and c
    CHECK(std::find(recent.begin(), recent.end(), a) == recent.end());
    // A torn line of a power cut hides only itself.
    std::FILE* f = std::fopen((repo.path + "/logs/refs/heads/v1").c_str(), "a");
    std::fputs("0123456789 torn\n", f);
    std::fclose(f);
    CHECK(repo->reflog("v1").size() == 3);
}

TEST_CASE("loose objects are packed, and stay readable for a handle that was open before") {
    Repo repo;
    std::vector<CommitId> all{repo.commit(1)};
    for (std::uint64_t i = 2; i < 30; ++i) {
        all.push_back(repo.commit(i));
    }
    const auto other = History::open(repo.path);
    CHECK(other->has_commit(all.front()));
    CHECK(repo->pack_objects(1000) == 0);
    CHECK(repo->pack_objects(10) == 87);
    CHECK(git(repo.path, "count-objects") == "0 objects, 0 kilobytes\n");
    for (History* history : {repo.history.get(), other.get()}) {
        for (const auto& id : all) {
            CHECK(history->read_commit(id).id == id);
        }
    }
    CHECK(repo->resolve(all[3].hex().substr(0, 8)) == all[3]);
    CHECK(git(repo.path, "fsck 2>&1").find("error") == std::string::npos);
    const auto next = repo.commit(30);
    CHECK(repo->pack_objects(1) == 3);
    repo.reopen();
    CHECK(repo->read_commit(next).data.parents.front() == all.back());
}

TEST_CASE("stale locks and temporary files of killed processes block nothing") {
    Repo repo;
    const auto a = repo.commit(1);
    const std::vector<std::string> stale = {
        "HEAD.lock",          "refs/heads/v1.lock",       "refs/tags/v2.lock",
        "packed-refs.lock",   "objects/tmp_obj_abc",      "objects/tmp_object_git2_Xy",
        "objects/pack/tmp_x", "objects/pack/pack_git2_x", "config.lock"};
    for (const auto& name : stale) {
        write_file_atomic(repo.path + "/" + name, "", Durability::volatile_);
    }
    const auto b = repo->write_commit(data_of(2, {a}));
    CHECK(kind_of([&] { repo->set_draft(v1, b, a, ada, "b"); }) == ErrorKind::locked);
    repo->remove_stale_locks();
    for (const auto& name : stale) {
        CHECK_MESSAGE(!path_exists(repo.path + "/" + name), name);
    }
    repo->set_draft(v1, b, a, ada, "b");
    repo->add_published(v2, b, "{}", ada);
    repo->set_current(v2, VersionState::published);
    CHECK(repo->current().commit == b);
    CHECK(git(repo.path, "fsck --no-dangling").find("missing") == std::string::npos);
}

TEST_CASE("a repository that is none, or is somebody else's, is refused") {
    TempDir dir;
    CHECK(kind_of([&] { (void)History::open(dir / "nothing"); }) == ErrorKind::corrupt);
    CHECK(kind_of([&] { (void)History::open(dir.path()); }) == ErrorKind::corrupt);
    if (::geteuid() == 0) { // as root others can be played
        Repo repo;
        REQUIRE(::chmod(repo.dir.path().c_str(), 0777) == 0);
        REQUIRE(::seteuid(65534) == 0);
        const auto kind = kind_of([&] { (void)History::open(repo.path); });
        REQUIRE(::seteuid(0) == 0);
        CHECK(kind == ErrorKind::failure);
        REQUIRE(::chown(repo.path.c_str(), 65534, 65534) == 0);
        CHECK_FALSE(History::open(repo.path)->current().commit); // root may
    }
}

TEST_CASE("the user's git configuration does not matter") {
    Repo repo;
    write_file_atomic(repo.dir / ".gitconfig", "[core]\n\tlogAllRefUpdates = false\n[broken",
                      Durability::volatile_);
    const auto home = env("HOME");
    ::setenv("HOME", repo.dir.path().c_str(), 1);
    repo.reopen();
    repo.commit(1);
    CHECK(repo->reflog("v1").size() == 1);
    if (home) {
        ::setenv("HOME", home->c_str(), 1);
    }
}

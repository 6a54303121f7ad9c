// Status, staging, checkout and the small verbs on a real store in a temporary folder.
#include "unit/worktree/fixture.hpp"

#include <atomic>
#include <doctest/doctest.h>
#include <sys/stat.h>

using namespace ds;
using ds_test::Checkout;
using Lines = std::vector<std::string>;
using Untracked = StatusOptions::Untracked;

TEST_CASE("status tells what changed, nothing when nothing did, and collapses untracked folders") {
    Checkout c;
    CHECK(c.status().empty());
    c.write("a/one", "1");
    c.write("a/two", "2");
    c.write("b.txt", "b");
    CHECK(c.status() == Lines{"? a/", "? b.txt"});
    CHECK(c.status(Untracked::all) == Lines{"? a/one", "? a/two", "? b.txt"});
    CHECK(c.status(Untracked::no).empty());
    const auto added = c.add();
    CHECK(added.added == 3);
    CHECK(added.staged.entries == 3);
    CHECK(c.status().empty());
    CHECK_FALSE(c.tree->is_modified(c.context));

    c.write("a/one", "changed");
    c.write("a/two", "3"); // the same size
    c.write("a/new/x", "");
    c.erase("b.txt");
    std::filesystem::create_symlink("nowhere", c.dir / "link");
    std::filesystem::create_directory(c.dir / "hollow");
    CHECK(c.status() == Lines{"M a/one", "M a/two", "D b.txt", "? a/new/", "? hollow/", "? link"});
    CHECK(c.status(Untracked::normal, {"a"}) == Lines{"M a/one", "M a/two", "? a/new/"});
    CHECK(c.status(Untracked::normal, {"b.txt", "a/one"}) == Lines{"M a/one", "D b.txt"});
    CHECK(c.tree->is_modified(c.context));
    const auto second = c.add();
    CHECK(second.added == 3);
    CHECK(second.modified == 2);
    CHECK(second.deleted == 1);
    CHECK(c.staged() ==
          Lines{"100644 a/new/x", "100644 a/one", "100644 a/two", "040000 hollow", "120000 link"});
    CHECK(c.status().empty());
    // A touched file with the same bytes is no change; a changed mode is.
    std::filesystem::last_write_time(c.dir / "a/one",
                                     std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
    chmod((c.dir / "a/two").c_str(), 0755);
    CHECK(c.status() == Lines{"M a/two"});
    c.erase("a/two");
    std::filesystem::create_symlink("one", c.dir / "a/two");
    CHECK(c.status() == Lines{"T a/two"});
}

TEST_CASE("files become folders and folders files") {
    Checkout c;
    c.write("x", "file");
    c.write("y/1", "1");
    c.write("y/2", "2");
    c.write("y-z", "between");
    c.add();
    c.erase("x");
    c.write("x/in", "x");
    c.erase("y");
    c.write("y", "flat");
    CHECK(c.status() == Lines{"D x", "D y/1", "D y/2", "? x/", "? y"});
    SUBCASE("all at once") {
        c.add();
    }
    SUBCASE("by name") {
        c.add({"x/in"});
        CHECK(c.staged() == Lines{"100644 x/in", "100644 y-z", "100644 y/1", "100644 y/2"});
        c.add({"y"});
    }
    CHECK(c.staged() == Lines{"100644 x/in", "100644 y", "100644 y-z"});
    CHECK(c.status().empty());
}

TEST_CASE("empty folders are entries while they are empty") {
    Checkout c;
    std::filesystem::create_directories(c.dir / "d");
    std::filesystem::create_directories(c.dir / "e/f");
    c.write("d.txt", "");
    c.add();
    CHECK(c.staged() == Lines{"040000 d", "100644 d.txt", "040000 e/f"});
    c.write("d/x", "x");
    c.write("e/f/y", "y");
    CHECK(c.status() == Lines{"? d/", "? e/f/"});
    c.add({"d/x"});
    CHECK(c.staged() == Lines{"100644 d.txt", "100644 d/x", "040000 e/f"});
    AddOptions tracked;
    tracked.paths = {""};
    tracked.only_tracked = true;
    c.tree->add(tracked, c.context);
    CHECK(c.staged() == Lines{"100644 d.txt", "100644 d/x", "040000 e/f"});
    c.erase("d/x");
    c.add();
    CHECK(c.staged() == Lines{"040000 d", "100644 d.txt", "100644 e/f/y"});
    c.erase("d");
    c.erase("d.txt");
    c.erase("e");
    CHECK(c.status() == Lines{"D d", "D d.txt", "D e/f/y"});
    c.add();
    CHECK(c.staged().empty());
}

TEST_CASE("add refuses what cannot be meant and skips what is no data") {
    Checkout c;
    c.write("ok", "1");
    c.write(".GIT/config", "x");
    c.write("ignored.tmp", "x");
    c.write(".dsctlignore", "*.tmp\n");
    mkfifo((c.dir / "pipe").c_str(), 0600);
    const auto kind = [&](const char* path) {
        try {
            c.add({path});
        } catch (const Error& error) {
            return error.kind();
        }
        return ErrorKind::failure;
    };
    CHECK(kind("none") == ErrorKind::not_found);
    CHECK(kind("ignored.tmp") == ErrorKind::usage);
    AddOptions dry;
    dry.paths = {""};
    dry.dry_run = true;
    CHECK(c.tree->add(dry, c.context).added == 2);
    CHECK(c.staged().empty());
    const auto result = c.add();
    CHECK(result.added == 2);
    CHECK(result.skipped_count == 2);
    CHECK(c.staged() == Lines{"100644 .dsctlignore", "100644 ok"});
    CHECK(c.status() == Lines{"? .GIT/", "! pipe"});
    // An ignored file that is tracked stays so.
    c.tree->stage({{"was.tmp", Entry{EntryKind::file, 1, sha256("x")}}}, c.context);
    c.write("was.tmp", "yy");
    CHECK(c.status() == Lines{"M was.tmp", "? .GIT/", "! pipe"});
}

TEST_CASE("names that other systems cannot hold are warned about, ten times at most") {
    Checkout c;
    c.write("Readme", "");
    c.write("README", "");
    c.write("sub/con.txt", "");
    c.write("sub/a:b", "");
    c.add();
    CHECK(c.log.warnings.size() == 3);
    for (int i = 0; i < 30; ++i) {
        c.write("more/q?" + std::to_string(i), "");
    }
    c.log.warnings.clear();
    c.add();
    CHECK(c.log.warnings.size() == 11);
}

TEST_CASE("checkout shows a tree and moves the staged one") {
    Checkout c;
    c.write("keep", "same");
    c.write("change", "old");
    c.write("gone/deep/er", "x");
    c.write("run", "#!");
    std::filesystem::create_symlink("keep", c.dir / "link");
    const auto first = c.add().staged.root;
    c.write("change", "new");
    c.erase("gone");
    c.write("fresh/file", "y");
    chmod((c.dir / "run").c_str(), 0755);
    std::filesystem::create_directory(c.dir / "hollow");
    const auto second = c.add().staged.root;
    const auto disk = c.disk();
    const auto back = c.checkout(first);
    CHECK(back.removed == 1); // an empty folder is none
    CHECK(back.written == 3);
    CHECK(c.disk() == c.shown(first));
    CHECK(c.status().empty());
    c.checkout(second);
    CHECK(c.disk() == disk);
    CHECK(c.status().empty());
    CHECK_FALSE(c.exists("gone"));

    SUBCASE("local changes are refused before anything changes") {
        c.write("change", "mine");
        c.write("gone", "in the way");
        const auto before = c.disk();
        CHECK_THROWS_WITH_AS(c.checkout(first), doctest::Contains("'change', 'gone'"), Error);
        CHECK(c.disk() == before);
        CHECK(c.tree->staged().root == second);
        c.checkout(first, true);
        CHECK(c.disk() == c.shown(first));
    }
    SUBCASE("what is right already is no obstacle") {
        c.write("change", "old");
        c.write("gone/deep/er", "x");
        c.checkout(first);
        CHECK(c.disk() == c.shown(first));
    }
    SUBCASE("untracked content of a folder that becomes a file") {
        c.erase("fresh");
        c.write("fresh", "a file now");
        const auto third = c.add().staged.root;
        c.checkout(second);
        c.write("fresh/mine", "untracked");
        CHECK_THROWS_AS(c.checkout(third), Error);
        CHECK(c.read("fresh/mine") == "untracked");
        c.checkout(third, true);
        CHECK(c.disk() == c.shown(third));
    }
}

TEST_CASE("checkout never writes through a link") {
    Checkout c;
    ds_test::TempDir outside;
    c.write("d/x", "inside");
    const auto with = c.add().staged.root;
    c.erase("d");
    const auto without = c.add().staged.root;
    std::filesystem::create_directory_symlink(outside.path(), c.dir / "d");
    CHECK_THROWS_AS(c.checkout(with), Error);
    CHECK(std::filesystem::is_empty(outside.path()));
    c.checkout(with, true);
    CHECK(c.read("d/x") == "inside");
    CHECK(std::filesystem::is_empty(outside.path()));
    (void)without;
}

TEST_CASE("an interrupted checkout changes nothing that is staged, and is finished by the next") {
    /// Fails at the n-th file.
    class Failing final : public ContentSource {
      public:
        Failing(ContentSource& below, int left) : below_(below), left_(left) {}
        void stream(std::string_view path, const Entry& entry,
                    const std::function<void(ByteView)>& sink) override {
            if (--left_ < 0) {
                throw Error(ErrorKind::retry, "cut off");
            }
            below_.stream(path, entry, sink);
        }
        void stream_range(std::string_view, const Entry&, std::uint64_t, std::uint64_t,
                          const std::function<void(ByteView)>&) override {}

      private:
        ContentSource& below_;
        std::atomic<int> left_;
    };
    Checkout c;
    for (int i = 0; i < 6; ++i) {
        c.write("d" + std::to_string(i % 2) + "/f" + std::to_string(i), "old" + std::to_string(i));
    }
    c.write("stays", "s");
    const auto first = c.add().staged.root;
    c.erase("d1");
    c.write("d1", "a file now");
    for (int i = 0; i < 6; i += 2) {
        c.write("d0/f" + std::to_string(i), "new" + std::to_string(i));
    }
    c.write("more/x", "x");
    const auto second = c.add().staged.root;
    for (int n = 0; n < 5; ++n) {
        CAPTURE(n);
        c.checkout(first);
        Failing content(*c.store, n);
        CHECK_THROWS_AS(c.tree->checkout(first, second, content, {}, c.context), Error);
        CHECK(c.tree->staged().root == first);
        for (const auto& [path, text] : c.disk()) { // whole files only
            CHECK(path.find("dsctl-tmp") == std::string::npos);
        }
        c.checkout(second);
        CHECK(c.disk() == c.shown(second));
        CHECK(c.status().empty());
    }
}

TEST_CASE("a file that is proven wrong in the end is written again from what is checked piece by piece") {
    /// As a store whose first copy of a chunk is wrong, and whose second is right.
    class Wrong final : public ContentSource {
      public:
        explicit Wrong(ContentSource& below) : below_(below) {}
        void stream(std::string_view path, const Entry& entry,
                    const std::function<void(ByteView)>& sink) override {
            below_.stream(path, entry, sink);
        }
        void stream_whole(std::string_view, const Entry& entry,
                          const std::function<void(ByteView)>& sink) override {
            sink(std::string(entry.size + 10, '?'));
            throw CorruptObject("its hash differs");
        }
        void stream_range(std::string_view, const Entry&, std::uint64_t, std::uint64_t,
                          const std::function<void(ByteView)>&) override {}

      private:
        ContentSource& below_;
    };
    Checkout c;
    c.write("f", "what it is");
    const auto first = c.add().staged.root;
    c.erase("f");
    const auto none = c.add().staged.root;
    Wrong content(*c.store);
    c.tree->checkout(none, first, content, {}, c.context);
    CHECK(c.disk() == c.shown(first));
}

TEST_CASE("restore, rm, mv and mkdir") {
    Checkout c;
    c.write("t.csv", "table");
    c.write("img/1", "one");
    c.write("img/2", "two");
    const auto first = c.add().staged.root;
    c.write("t.csv", "changed");
    c.erase("img");
    c.tree->restore(first, {"img", "t.csv"}, Worktree::Where::worktree, *c.store, c.context);
    CHECK(c.disk() == c.shown(first));
    c.write("t.csv", "changed");
    c.write("extra", "e");
    c.add();
    c.tree->restore(first, {""}, Worktree::Where::staged, *c.store, c.context);
    CHECK(c.tree->staged().root == first);
    CHECK(c.status() == Lines{"M t.csv", "? extra"});
    CHECK_THROWS_AS(c.tree->restore(first, {"none"}, Worktree::Where::both, *c.store, c.context), Error);

    Worktree::RemoveOptions rm;
    rm.paths = {"t.csv"};
    CHECK_THROWS_AS(c.tree->remove(rm, c.context), Error);
    rm.force = true;
    CHECK(c.tree->remove(rm, c.context) == Lines{"t.csv"});
    CHECK_FALSE(c.exists("t.csv"));
    rm.paths = {"img"};
    CHECK_THROWS_AS(c.tree->remove(rm, c.context), Error);
    rm.paths = {"img/1", "img/2"};
    c.tree->remove(rm, c.context);
    CHECK(c.staged() == Lines{"040000 img"});
    c.add();
    c.tree->move("extra", "img", c.context);
    CHECK(c.staged() == Lines{"100644 img/extra"});
    c.tree->move("img", "pictures", c.context);
    CHECK(c.staged() == Lines{"100644 pictures/extra"});
    CHECK(c.status().empty());
    CHECK_THROWS_AS(c.tree->move("pictures", "pictures/sub", c.context), Error);
    CHECK_THROWS_AS(c.tree->move("none", "x", c.context), Error);
    c.tree->make_folder("box/inner", c.context);
    c.tree->move("pictures/extra", "box/inner/extra", c.context);
    CHECK(c.staged() == Lines{"100644 box/inner/extra", "040000 pictures"});
    CHECK(c.status().empty());
    CHECK(c.disk() == c.shown(c.tree->staged().root));
}

TEST_CASE("a partial clone neither writes nor misses what it leaves out") {
    Checkout c;
    c.write("images/a.png", "a");
    c.write("images/b.png", "b");
    c.write("table.csv", "t");
    const auto whole = c.add().staged.root;
    for (const auto* path : {"images", "table.csv"}) {
        c.erase(path);
    }
    c.tree->set_staged(empty_tree().root);
    c.tree->set_filter({{"images/**"}, {"*b.png"}});
    CHECK(c.checkout(whole).written == 1);
    CHECK(c.disk() == std::map<std::string, std::string>{{"images/a.png", "file a"}});
    CHECK(c.status().empty());
    c.write("images/c.png", "c");
    c.erase("images/a.png");
    c.write("table.csv/x", "clash");
    const auto result = c.add();
    CHECK(result.skipped_count == 1);
    CHECK(c.staged() == Lines{"100644 images/b.png", "100644 images/c.png", "100644 table.csv"});
    CHECK(c.tree->filter().exclude == Lines{"*b.png"});
}

TEST_CASE("write_tree fills a folder and resumes") {
    Checkout c;
    c.write("a/1", "one");
    c.write("b", "bee");
    std::filesystem::create_directory(c.dir / "empty");
    const auto root = c.add().staged.root;
    ds_test::TempDir out;
    const auto target = out / "deep/target";
    const auto wrote = write_tree(*c.store, root, *c.store, target, {}, c.context);
    CHECK(wrote.written == 2);
    CHECK(wrote.folders == 1);
    CHECK(std::filesystem::is_empty(target + "/empty"));
    std::ofstream(target + "/b") << "xxx";
    CHECK(write_tree(*c.store, root, *c.store, target, {}, c.context).written == 1);
    CHECK(write_tree(*c.store, root, *c.store, target, {}, c.context).written == 0);
    WriteOptions some;
    some.paths = {"a"};
    CHECK(write_tree(*c.store, root, *c.store, out / "part", some, c.context).written == 1);
}

TEST_CASE("a file changed right after it was staged is seen, whatever its size and time") {
    Checkout c;
    for (int i = 0; i < 20; ++i) {
        c.write("f", "aaaa");
        c.add();
        c.write("f", "bbbb");
        CHECK(c.status() == Lines{"M f"});
    }
}

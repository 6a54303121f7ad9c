// What small changes of a large dataset cost in requests: the budgets of push and publish, counted.
//
// The files are never written out: their content goes straight into the store, and the checkout is partial.
#include "unit/support.hpp"

#include "codec/hash.hpp"
#include "dataset/share.hpp"
#include "dataset/start.hpp"
#include "dataset/upkeep.hpp"
#include "dataset/versions.hpp"
#include "model/tree.hpp"

#include <cstdlib>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fstream>

using namespace ds;

namespace {

constexpr int folders = 250;
constexpr int files = 100'000;

struct Cost {
    std::uint64_t requests = 0;
    std::uint64_t up = 0;
    std::uint64_t down = 0;
};

/// A checkout of 100,000 small files; every verb runs in a session of its own, as a command does.
struct Many {
    ds_test::TempDir dir;
    NoLog log;
    NoProgress progress;
    Context context{log, progress, {}, 2};
    std::string root = dir / "many";

    Many() {
        ds_test::become_test_user(dir.path());
        Session session(context, "");
        InitOptions options;
        options.dir = root;
        init(session, options);
        run([&](Repository& repository) {
            repository.worktree().set_filter({{"nothing"}, {}});
            const auto writer = repository.store().writer();
            TreeBuilder builder(*writer);
            for (int i = 0; i < files; ++i) {
                builder.add(path(i), put(*writer, fmt::format("file {}", i)));
            }
            const auto tree = builder.finish();
            writer->commit();
            stage(repository, tree, "first");
        });
    }
    ~Many() {
        const auto undo = "chattr -R -i '" + dir.path() + "' 2>/dev/null";
        [[maybe_unused]] const int ignored = std::system(undo.c_str());
    }

    static std::string path(int i) { return fmt::format("d{:03}/{:06}", i / (files / folders), i); }
    static Entry put(StoreWriter& writer, const std::string& text) {
        const Entry entry{EntryKind::file, text.size(), sha256(text)};
        writer.put(ObjectKind::chunk, entry.hash, text);
        return entry;
    }
    static void stage(Repository& repository, const TreeInfo& tree, const std::string& message) {
        repository.worktree().set_staged(tree.root);
        CommitOptions options;
        options.message = message;
        (void)commit(repository, options);
    }
    /// Ten files, scattered over the tree.
    void change(const std::string& what) {
        run([&](Repository& repository) {
            const auto writer = repository.store().writer();
            TreeEditor editor(repository.store(), *writer, repository.head_tree().root);
            for (int i = 7; i < files; i += files / 10) {
                editor.put(path(i), put(*writer, fmt::format("{} {}", what, i)));
            }
            const auto tree = editor.finish();
            writer->commit();
            stage(repository, tree, what);
        });
    }
    Cost run(const std::function<void(Repository&)>& verb) {
        Session session(context, root + "/.dsctl");
        Repository repository(session, root + "/.dsctl");
        const auto& requests = session.registry("local").requests();
        verb(repository);
        INFO(requests.text());
        return {requests.total(), requests.bytes_up, requests.bytes_down};
    }
    Cost push() {
        return run([](Repository& repository) { (void)ds::push(repository, {}); });
    }
    Cost publish() {
        return run([](Repository& repository) { (void)ds::publish(repository, {}); });
    }
    void draft(const std::string& version, const std::string& base) {
        run([&](Repository& repository) {
            DraftOptions options;
            options.version = version;
            options.inherit = base;
            (void)ds::draft(repository, options);
        });
    }
};

constexpr std::uint64_t mebibyte = 1u << 20;

} // namespace

TEST_CASE("ten changes in a large dataset cost few requests") {
    Many many;
    (void)many.push();

    many.change("pushed again");
    const Cost again = many.push();
    CHECK(again.requests <= 12);
    CHECK(again.up <= mebibyte);
    CHECK(again.down <= 64 * 1024);

    CHECK(many.publish().requests <= 40);

    many.draft("v2", "v1");
    many.change("a new draft");
    const Cost fresh = many.push();
    CHECK(fresh.requests <= 15);
    CHECK(fresh.up <= mebibyte);

    many.change("pushed and published at once");
    const Cost both = many.publish();
    CHECK(both.requests <= 40);
    CHECK(both.up <= mebibyte);

    // Of ever more small pushes: each leaf refers to more packs, publishing looks at the new ones only.
    for (int i = 3; i < 9; ++i) {
        CAPTURE(i);
        many.draft(fmt::format("v{}", i), fmt::format("v{}", i - 1));
        many.change(fmt::format("round {}", i));
        CHECK(many.push().requests <= 15);
        CHECK(many.publish().requests <= 40);
    }

    // Without the cache of nodes a push still works, and fills it.
    (void)cache_prune(0);
    many.draft("w", "v8");
    many.change("nothing cached");
    CHECK(many.push().requests <= 40);
    many.change("cached again");
    CHECK(many.push().requests <= 12);

    // A damaged one costs requests only.
    {
        std::fstream bytes(cache_dir() + "/nodes/nodes.new", std::ios::in | std::ios::out | std::ios::binary);
        for (int at = 60; at < 100'000; at += 512) {
            bytes.seekp(at);
            bytes.put('\x55');
        }
    }
    many.change("damaged cache");
    CHECK(many.push().requests <= 40);
    (void)cache_prune(0);
    const Cost bare = many.publish(); // what was written together is read together
    MESSAGE(bare.requests << " requests to publish without the cache");
    CHECK(bare.requests <= 40);
    many.run([](Repository& repository) {
        const auto ref = DatasetRef::parse("local/demo/many:w");
        CHECK(verify_remote(repository.session(), ref, false).problems.empty());
    });
}

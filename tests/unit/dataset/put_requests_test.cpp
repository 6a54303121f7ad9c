// What a put of one file into a draft of 100,000 files asks the registry for: the way to its leaf, not the list.
#include "unit/support.hpp"

#include "codec/hash.hpp"
#include "dataset/put.hpp"
#include "dataset/share.hpp"
#include "dataset/start.hpp"
#include "dataset/upkeep.hpp"
#include "dataset/versions.hpp"
#include "model/tree.hpp"
#include "store/object_store.hpp"

#include <cstdlib>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fstream>

using namespace ds;

namespace {

constexpr int files = 100'000;

/// A draft of 100,000 files in the embedded registry, pushed by a checkout that never had them as files.
struct LargeDraft {
    ds_test::TempDir dir;
    NoLog log;
    NoProgress progress;
    Context context{log, progress, {}, 2};
    DatasetRef ref = DatasetRef::parse("local/demo/many:v1");

    LargeDraft() {
        ds_test::become_test_user(dir.path());
        const auto root = dir / "many";
        {
            Session session(context, "");
            InitOptions options;
            options.dir = root;
            init(session, options);
        }
        Session session(context, root + "/.dsctl");
        Repository repository(session, root + "/.dsctl");
        repository.worktree().set_filter({{"nothing"}, {}});
        const auto writer = repository.store().writer();
        TreeBuilder builder(*writer);
        for (int i = 0; i < files; ++i) {
            const auto text = fmt::format("file {}", i);
            const Entry entry{EntryKind::file, text.size(), sha256(text)};
            writer->put(ObjectKind::chunk, entry.hash, text);
            builder.add(fmt::format("d{:03}/{:06}", i / 400, i), entry);
        }
        const auto tree = builder.finish();
        writer->commit();
        repository.worktree().set_staged(tree.root);
        CommitOptions options;
        options.message = "first";
        (void)commit(repository, options);
        (void)push(repository, {});
    }

    struct Cost {
        std::uint64_t requests = 0;
        std::uint64_t down = 0;
        std::uint64_t up = 0;
        RemoteCommit commit;
    };
    Cost put(const std::string& name, const std::string& to) {
        Session session(context, "");
        PutOptions options;
        options.ref = ref;
        options.sources = {dir / name};
        options.to = to;
        const auto& requests = session.registry("local").requests();
        const auto result = ds::put(session, options);
        MESSAGE(to << ": " << requests.text());
        return {requests.total(), requests.bytes_down, requests.bytes_up, result.commit};
    }
};

} // namespace

TEST_CASE("a put into a large draft reads the way to its leaf only") {
    LargeDraft draft;
    std::ofstream(draft.dir / "one") << "one more";

    (void)cache_prune(0); // nothing of the push is remembered
    const auto cold = draft.put("one", "d100/new");
    CHECK(cold.commit.changed);
    CHECK(cold.commit.added == 1);
    CHECK(cold.commit.tree.entries == files + 1);
    CHECK(cold.requests <= 24);
    CHECK(cold.down <= 512 * 1024); // the whole list has 5 MB
    CHECK(cold.up <= 512 * 1024);

    const auto warm = draft.put("one", "d200/new");
    CHECK(warm.requests <= 20);
    CHECK(warm.down <= 256 * 1024);

    // What is there already costs a look.
    const auto same = draft.put("one", "d200/new");
    CHECK_FALSE(same.commit.changed);
    CHECK(same.requests <= 10);
    CHECK(same.up == 0);
}

// Random work on a work tree: staging makes the tree show the disk, checkout makes the disk show the tree,
// always.
#include "unit/worktree/fixture.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

using namespace ds;

namespace {

std::string random_path(ds_test::Random& random) {
    static const char* names[] = {"a", "a-", "a.b", "b", "c", "a0"};
    std::string path;
    for (unsigned d = 0, n = 1 + random() % 4; d < n; ++d) {
        path += (path.empty() ? "" : "/") + std::string(names[random() % std::size(names)]);
    }
    return path;
}

void random_step(ds_test::Checkout& c, ds_test::Random& random) {
    namespace fs = std::filesystem;
    const auto path = random_path(random);
    std::error_code ignored;
    switch (random() % 8) {
    case 0:
        fs::remove_all(c.dir / path, ignored);
        break;
    case 1:
        if (!c.exists(path)) {
            fs::create_directories(c.dir / path, ignored);
        }
        break;
    case 2:
        if (!c.exists(path) && fs::is_directory(fs::path(c.dir / path).parent_path())) {
            fs::create_symlink("target " + std::to_string(random() % 3), c.dir / path, ignored);
        }
        break;
    case 3:
        if (fs::is_regular_file(fs::symlink_status(c.dir / path))) {
            chmod((c.dir / path).c_str(), random() % 2 == 0 ? 0644 : 0755);
        }
        break;
    default: {
        // Whatever stands in the way of a file goes.
        for (auto above = std::string(parent_path(path)); !above.empty();
             above = std::string(parent_path(above))) {
            if (c.exists(above) && !fs::is_directory(fs::symlink_status(c.dir / above))) {
                fs::remove(c.dir / above);
            }
        }
        if (c.exists(path)) {
            fs::remove_all(c.dir / path);
        }
        c.write(path, std::string(random() % 3, 'x') + std::to_string(random() % 10));
    }
    }
}

} // namespace

TEST_CASE("random changes, staging and checkouts: work tree and tree agree") {
    for (unsigned seed = 1; seed <= 12; ++seed) {
        CAPTURE(seed);
        ds_test::Checkout c;
        ds_test::Random random(seed);
        std::vector<Sha256> versions{c.tree->staged().root};
        for (int round = 0; round < 14; ++round) {
            CAPTURE(round);
            for (unsigned i = 0, n = random() % 12; i < n; ++i) {
                random_step(c, random);
            }
            if (random() % 3 == 0) { // some by name first
                const auto path = random_path(random);
                try {
                    c.add({path});
                } catch (const Error& error) {
                    REQUIRE(error.kind() == ErrorKind::not_found);
                }
                (void)c.shown(c.tree->staged().root);
            }
            const auto root = c.add().staged.root;
            REQUIRE(c.shown(root) == c.disk());
            REQUIRE(c.status().empty());
            REQUIRE(c.tree->staged().root == root);
            // The same content has the same root, whatever the way there.
            {
                struct Nodes final : NodeSink {
                    void save_node(const Sha256&, ByteView) override {}
                } sink;
                TreeBuilder builder(sink);
                for (TreeCursor cursor(*c.store, root); cursor.valid(); cursor.next()) {
                    builder.add(cursor.path(), cursor.entry());
                }
                REQUIRE(builder.finish().root == root);
            }
            versions.push_back(root);
            const auto& to = versions[random() % versions.size()];
            c.checkout(to);
            REQUIRE(c.disk() == c.shown(to));
            REQUIRE(c.status().empty());
        }
    }
}

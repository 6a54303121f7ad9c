// Cursor, lookups, walks, and what builder and editor refuse.
#include "tree_keys.hpp"

#include <doctest/doctest.h>
#include <set>

using namespace ds;
using namespace ds_test;

namespace {

Entry file_of(std::uint64_t size) {
    return {EntryKind::file, size, sha256(fmt::format("{}", size))};
}

Entries numbered(int n) {
    Entries out;
    for (int i = 0; i < n; ++i) {
        out[fmt::format("d{}/f{:05}", i % 7, i)] = file_of(static_cast<std::uint64_t>(i));
    }
    return out;
}

ErrorKind kind_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.kind();
    }
    FAIL("nothing was thrown");
    return ErrorKind::failure;
}

} // namespace

TEST_CASE("the cursor walks and seeks forward and backward") {
    MemoryNodes nodes;
    const Entries entries = numbered(9000);
    const TreeInfo info = built_tree(entries, nodes);
    CHECK((read_tree(nodes, info.root) == entries));
    CHECK((tree_info(nodes, info.root) == info));
    TreeCursor cursor(nodes, info.root);
    Random random(3);
    for (int i = 0; i < 2000; ++i) {
        std::string wanted = fmt::format("d{}/f{:05}", below(random, 9), below(random, 12'000));
        wanted.resize(wanted.size() - below(random, 4));
        cursor.seek(wanted);
        auto expected = entries.lower_bound(wanted);
        for (int steps = 0; steps < 3; ++steps) {
            REQUIRE(cursor.valid() == (expected != entries.end()));
            if (!cursor.valid()) {
                break;
            }
            REQUIRE(cursor.path() == expected->first);
            REQUIRE((cursor.entry() == expected->second));
            cursor.next();
            ++expected;
        }
        const auto found = tree_find(nodes, info.root, wanted);
        REQUIRE(found.has_value() == entries.contains(wanted));
    }
    cursor.seek("zzz");
    CHECK_FALSE(cursor.valid());
    cursor.seek("");
    CHECK(cursor.path() == entries.begin()->first);
    TreeCursor moved(std::move(cursor));
    CHECK(moved.path() == entries.begin()->first);
}

TEST_CASE("lookups in small trees") {
    MemoryNodes nodes;
    const TreeInfo none = empty_tree(&nodes);
    CHECK(none.entries == 0);
    CHECK_FALSE(TreeCursor(nodes, none.root).valid());
    CHECK_FALSE(tree_find(nodes, none.root, "a"));
    CHECK_FALSE(tree_has_below(nodes, none.root, ""));
    const TreeInfo info = built_tree({{"a", file_of(1)}, {"b/c", file_of(2)}, {"b.txt", file_of(3)}}, nodes);
    CHECK(info.entries == 3);
    CHECK(info.bytes == 6);
    CHECK(tree_has_below(nodes, info.root, ""));
    CHECK(tree_has_below(nodes, info.root, "b"));
    CHECK_FALSE(tree_has_below(nodes, info.root, "a"));
    CHECK_FALSE(tree_has_below(nodes, info.root, "b/c"));
    CHECK_FALSE(tree_has_below(nodes, info.root, "z"));
    CHECK(tree_find(nodes, info.root, "b/c")->size == 2);
    CHECK_FALSE(tree_find(nodes, info.root, "b"));
}

TEST_CASE("the walk over nodes sees each once, parents first, and skips what is not entered") {
    MemoryNodes nodes;
    const Entries entries = numbered(9000);
    const TreeInfo info = built_tree(entries, nodes);
    std::set<Sha256> seen;
    std::size_t leaves = 0;
    std::string last;
    const auto all = [](const Sha256&) { return true; };
    tree_walk_nodes(nodes, info.root, all, [&](const Sha256& id, const TreeNode& node) {
        CHECK(seen.insert(id).second);
        CHECK(sha256(node.serialise()) == id);
        for (const LeafItem& item : node.leaves) {
            CHECK(item.path > last);
            last = item.path;
            ++leaves;
        }
    });
    CHECK(leaves == entries.size());
    CHECK(seen.size() == nodes.size());
    nodes.loads = 0;
    tree_walk_nodes(
        nodes, info.root, [](const Sha256&) { return false; },
        [](const Sha256&, const TreeNode&) { FAIL("visited"); });
    CHECK(nodes.loads == 0);
    std::size_t visited = 0;
    tree_walk_nodes(
        nodes, info.root, [&](const Sha256& id) { return id == info.root; },
        [&](const Sha256&, const TreeNode&) { ++visited; });
    CHECK(visited == 1);
    CHECK(nodes.loads == 1);
}

TEST_CASE("builder and editor refuse what cannot stand in a tree") {
    MemoryNodes nodes;
    const TreeInfo base = built_tree({{"m", file_of(1)}}, nodes);
    const auto build = [&](const std::vector<std::pair<std::string, Entry>>& items) {
        TreeBuilder builder(nodes);
        for (const auto& [path, entry] : items) {
            builder.add(path, entry);
        }
        return builder.finish();
    };
    const auto edit = [&](const std::vector<std::pair<std::string, Entry>>& items) {
        TreeEditor editor(nodes, nodes, base.root);
        for (const auto& [path, entry] : items) {
            editor.put(path, entry);
        }
        return editor.finish();
    };
    const Entry fine = file_of(1);
    const std::vector<std::vector<std::pair<std::string, Entry>>> wrong = {
        {{"b", fine}, {"a", fine}},
        {{"a", fine}, {"a", fine}},
        {{"ab", fine}, {"a", fine}},
        {{"\xff", fine}, {"a", fine}},
        {{"", fine}},
        {{"/a", fine}},
        {{"a//b", fine}},
        {{"a/", fine}},
        {{"a/.", fine}},
        {{"a/b", fine}, {"a/b/", fine}},
        {{"a/b", fine}, {"a/b/..", fine}},
        {{"a/b", fine}, {std::string("a/b\0c", 5), fine}},
        {{"a/.git/config", fine}},
        {{std::string(4097, 'a'), fine}},
        {{"a", {EntryKind::file, max_file_size + 1, {}}}},
        {{"a", {EntryKind::empty_dir, 1, {}}}},
        {{"a", {EntryKind::empty_dir, 0, fine.hash}}},
    };
    for (const auto& items : wrong) {
        CHECK(kind_of([&] { (void)build(items); }) == ErrorKind::failure);
        CHECK(kind_of([&] { (void)edit(items); }) == ErrorKind::failure);
    }
    TreeEditor editor(nodes, nodes, base.root);
    editor.remove("b");
    CHECK(kind_of([&] { editor.remove("b"); }) == ErrorKind::failure);
    CHECK(kind_of([&] { editor.put("a", fine); }) == ErrorKind::failure);
    CHECK(kind_of([&] { (void)tree_info(nodes, sha256("absent")); }) == ErrorKind::not_found);
}

namespace {

/// Every reader of the tree must refuse it.
void check_refused(MemoryNodes& nodes, const TreeNode& top) {
    const Sha256 root = nodes.add(top.serialise());
    CHECK(kind_of([&] { (void)read_tree(nodes, root); }) == ErrorKind::corrupt);
    CHECK(kind_of([&] {
              tree_walk_nodes(
                  nodes, root, [](const Sha256&) { return true; }, [](auto&, auto&) {});
          }) == ErrorKind::corrupt);
    const TreeInfo none = empty_tree(&nodes);
    CHECK(kind_of([&] { tree_diff(nodes, none.root, nodes, root, [](auto&) { return true; }); }) ==
          ErrorKind::corrupt);
    CHECK(kind_of([&] { tree_diff(nodes, root, nodes, none.root, [](auto&) { return true; }); }) ==
          ErrorKind::corrupt);
    CHECK(kind_of([&] {
              TreeEditor editor(nodes, nodes, root);
              editor.put("a", file_of(1));
              editor.put("n", file_of(1));
              editor.put("x", file_of(1));
              (void)editor.finish();
          }) == ErrorKind::corrupt);
}

} // namespace

TEST_CASE("a parent that says something else than its child is refused by all readers") {
    MemoryNodes nodes;
    TreeNode left;
    left.leaves = {{"c", file_of(1)}, {"m", file_of(2)}};
    TreeNode right;
    right.leaves = {{"p", file_of(3)}, {"z", file_of(4)}};
    TreeNode top;
    top.level = 1;
    top.children = {{"m", nodes.add(left.serialise()), 2, 3}, {"z", nodes.add(right.serialise()), 2, 7}};
    CHECK(read_tree(nodes, nodes.add(top.serialise())).size() == 4);

    TreeNode wrong = top;
    wrong.children[1].entries = 3;
    check_refused(nodes, wrong);
    wrong = top;
    wrong.children[1].bytes = 8;
    check_refused(nodes, wrong);
    wrong = top;
    wrong.children[1].last_path = "zz";
    check_refused(nodes, wrong);
    wrong = top;
    wrong.children[0].last_path = "n"; // ends elsewhere than the child
    check_refused(nodes, wrong);
    wrong = top;
    wrong.level = 2; // children two levels below
    check_refused(nodes, wrong);
    right.leaves[0].path = "k"; // begins before the left one ends
    wrong = top;
    wrong.children[1].child = nodes.add(right.serialise());
    check_refused(nodes, wrong);
    wrong = top;
    wrong.children[1].child = empty_tree(&nodes).root;
    check_refused(nodes, wrong);
}

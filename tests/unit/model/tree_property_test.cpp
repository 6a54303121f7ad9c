// The promise of the tree: same content, same root, whatever the order of edits.
#include "tree_keys.hpp"

#include <doctest/doctest.h>

using namespace ds;
using namespace ds_test;

namespace {

/// Nodes that are written become readable only when the editor is done.
class LateSink final : public NodeSink {
  public:
    void save_node(const Sha256& id, ByteView bytes) override { saved_.emplace_back(id, bytes); }
    void deliver(NodeSink& to) {
        for (const auto& [id, bytes] : saved_) {
            to.save_node(id, bytes);
        }
    }
    [[nodiscard]] std::size_t size() const { return saved_.size(); }

  private:
    std::vector<std::pair<Sha256, ByteString>> saved_;
};

using Edits = std::map<std::string, std::optional<Entry>>;

TreeInfo edited_tree(MemoryNodes& nodes, const Sha256& base, const Edits& edits,
                     std::size_t* saves = nullptr) {
    LateSink sink;
    TreeEditor editor(nodes, sink, base);
    for (const auto& [path, entry] : edits) {
        if (entry) {
            editor.put(path, *entry);
        } else {
            editor.remove(path);
        }
    }
    const TreeInfo info = editor.finish();
    sink.deliver(nodes);
    if (saves != nullptr) {
        *saves = sink.size();
    }
    return info;
}

/// What to change: scattered, in a run, everything, or at the end.
Edits random_edits(Random& random, const std::vector<std::string>& pool, const Entries& now) {
    Edits edits;
    std::size_t first = below(random, pool.size());
    std::size_t last = std::min(pool.size(), first + 1 + below(random, 60));
    std::size_t scatter = 1;
    switch (below(random, 6)) {
    case 0: // anywhere, few
        first = 0;
        last = pool.size();
        scatter = 1 + pool.size() / (1 + below(random, 12));
        break;
    case 1: // anywhere, many
        first = 0;
        last = pool.size();
        scatter = 1 + below(random, 4);
        break;
    case 2: // at the end
        first = pool.size() - std::min(pool.size(), 1 + below(random, 30));
        last = pool.size();
        break;
    case 3: // nearly everything goes
        for (const auto& [path, entry] : now) {
            if (below(random, 50) != 0) {
                edits[path] = std::nullopt;
            }
        }
        return edits;
    default: // a run
        break;
    }
    const std::size_t removing = below(random, 5); // out of four
    for (std::size_t i = first; i < last; ++i) {
        if (below(random, scatter) != 0) {
            continue;
        }
        if (below(random, 4) < removing) {
            edits[pool[i]] = std::nullopt;
        } else {
            edits[pool[i]] = random_entry(random);
        }
    }
    return edits;
}

void apply(Entries& entries, const Edits& edits) {
    for (const auto& [path, entry] : edits) {
        if (entry) {
            entries[path] = *entry;
        } else {
            entries.erase(path);
        }
    }
}

using Change = std::pair<std::optional<Entry>, std::optional<Entry>>;

std::map<std::string, Change> differences(const Entries& a, const Entries& b) {
    std::map<std::string, Change> out;
    for (const auto& [path, entry] : a) {
        const auto other = b.find(path);
        if (other == b.end()) {
            out[path] = {entry, std::nullopt};
        } else if (other->second != entry) {
            out[path] = {entry, other->second};
        }
    }
    for (const auto& [path, entry] : b) {
        if (!a.contains(path)) {
            out[path] = {std::nullopt, entry};
        }
    }
    return out;
}

void check_diff(MemoryNodes& nodes, const Sha256& a, const Sha256& b, const Entries& before,
                const Entries& after) {
    std::map<std::string, Change> found;
    std::string last;
    tree_diff(nodes, a, nodes, b, [&](const TreeChange& change) {
        REQUIRE(change.path > last);
        last = change.path;
        Change& at = found[last];
        if (change.before != nullptr) {
            at.first = *change.before;
        }
        if (change.after != nullptr) {
            at.second = *change.after;
        }
        return true;
    });
    REQUIRE((found == differences(before, after)));
}

/// One history of a dataset: each step must be what a build of the same content is.
void run_case(Random& random, const std::vector<std::string>& pool, int steps) {
    MemoryNodes nodes;
    Entries now;
    if (below(random, 4) != 0) {
        const std::size_t keep = 1 + below(random, 4);
        for (const std::string& path : pool) {
            if (below(random, keep) == 0) {
                now[path] = random_entry(random);
            }
        }
    }
    TreeInfo info = built_tree(now, nodes);
    REQUIRE((info == reference_tree(now, nodes)));
    for (int step = 0; step < steps; ++step) {
        const Edits edits = random_edits(random, pool, now);
        const Entries before = now;
        apply(now, edits);
        const TreeInfo next = edited_tree(nodes, info.root, edits);
        MemoryNodes other;
        REQUIRE((next == built_tree(now, other)));
        REQUIRE((read_tree(nodes, next.root) == now));
        check_diff(nodes, info.root, next.root, before, now);
        // The same edits again change nothing and write nothing.
        std::size_t saves = 1;
        if (next.entries > 0) {
            REQUIRE((edited_tree(nodes, next.root, edits, &saves) == next));
            REQUIRE(saves == 0);
        }
        info = next;
    }
}

void run_cases(std::uint64_t seeds, int steps,
               const std::function<std::vector<std::string>(Random&)>& make_pool) {
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        run_case(random, make_pool(random), steps);
    }
}

} // namespace

TEST_CASE("edits come to the same tree as a build: few paths") {
    run_cases(3000, 3, [](Random& random) {
        return distinct_keys(1 + below(random, 120), [&] { return short_key(random); });
    });
}

TEST_CASE("edits come to the same tree as a build: paths that cut now and then") {
    run_cases(500, 4, [](Random& random) {
        return keys_that_sometimes_cut(random, 200 + below(random, 600), 2 + below(random, 40));
    });
}

TEST_CASE("edits come to the same tree as a build: every path would cut") {
    const auto& all = keys_that_cut();
    run_cases(600, 4, [&](Random& r) {
        const std::size_t n = 1 + below(r, all.size());
        const std::size_t first = below(r, all.size() - n + 1);
        return std::vector<std::string>(all.begin() + static_cast<std::ptrdiff_t>(first),
                                        all.begin() + static_cast<std::ptrdiff_t>(first + n));
    });
}

TEST_CASE("edits come to the same tree as a build: no path would cut") {
    Random random(2);
    const auto all = keys_that_never_cut(random, 5000);
    run_cases(30, 3, [&](Random& r) {
        return std::vector<std::string>(all.begin(),
                                        all.begin() + static_cast<std::ptrdiff_t>(900 + below(r, 4100)));
    });
}

TEST_CASE("edits come to the same tree as a build: deep and long paths") {
    run_cases(40, 3, [](Random& random) { return deep_keys(random, 20 + below(random, 200), 4096); });
    run_cases(60, 3, [](Random& random) { return deep_keys(random, 20 + below(random, 300), 900); });
}

TEST_CASE("edits come to the same tree as a build: paths that begin others") {
    run_cases(1000, 3, [](Random& random) { return nested_prefix_keys(random, 1 + below(random, 400)); });
}

TEST_CASE("a tree grows from nothing and goes back to nothing") {
    Random random(7);
    const auto pool = keys_that_cut();
    MemoryNodes nodes;
    const TreeInfo empty = empty_tree(&nodes);
    Entries now;
    TreeInfo info = empty;
    for (const std::string& path : pool) { // one by one at the end
        now[path] = random_entry(random);
        info = edited_tree(nodes, info.root, {{path, now[path]}});
    }
    MemoryNodes other;
    CHECK((info == built_tree(now, other)));
    const TreeInfo full = info;
    while (!now.empty()) { // one by one from anywhere
        const auto victim = std::next(now.begin(), static_cast<std::ptrdiff_t>(below(random, now.size())));
        const std::string path = victim->first;
        now.erase(victim);
        info = edited_tree(nodes, info.root, {{path, std::nullopt}});
        if (now.size() % 16 == 0) {
            MemoryNodes fresh;
            REQUIRE((info == built_tree(now, fresh)));
        }
    }
    CHECK((info == empty));
    Edits everything;
    for (const std::string& path : pool) {
        everything[path] = std::nullopt;
    }
    CHECK((edited_tree(nodes, full.root, everything) == empty));
    CHECK((edited_tree(nodes, empty.root, everything) == empty));
    CHECK((edited_tree(nodes, empty.root, {}) == empty));
    CHECK((edited_tree(nodes, full.root, {}) == full));
}

TEST_CASE("a small change of a large tree reads and writes little") {
    Random random(11);
    Entries now;
    for (int i = 0; i < 60'000; ++i) {
        now[fmt::format("images/{:03}/{:06}.png", i / 300, i)] = random_entry(random);
    }
    MemoryNodes nodes;
    const TreeInfo info = built_tree(now, nodes);
    Edits edits;
    for (int i = 0; i < 5; ++i) {
        edits[fmt::format("images/{:03}/{:06}.png", i * 39, i * 39 * 300 + 17)] = random_entry(random);
    }
    nodes.loads = 0;
    std::size_t saves = 0;
    const TreeInfo next = edited_tree(nodes, info.root, edits, &saves);
    CHECK(saves <= 8);
    CHECK(nodes.loads <= 10);
    nodes.loads = 0;
    int changes = 0;
    tree_diff(nodes, info.root, nodes, next.root, [&](const TreeChange&) { return ++changes > 0; });
    CHECK(changes == 5);
    CHECK(nodes.loads <= 16);
    nodes.loads = 0;
    tree_diff(nodes, info.root, nodes, info.root, [](const TreeChange&) { return true; });
    CHECK(nodes.loads == 0);
    // Cuts that move cost a node or two more, not a walk.
    std::vector<std::string> ends;
    tree_walk_nodes(
        nodes, info.root, [](const Sha256&) { return true; },
        [&](const Sha256&, const TreeNode& node) {
            if (node.level == 0) {
                ends.push_back(node.leaves.back().path);
            }
        });
    for (const std::string& path : ends) {
        const TreeInfo less = edited_tree(nodes, info.root, {{path, std::nullopt}});
        nodes.loads = 0;
        tree_diff(nodes, info.root, nodes, less.root, [](const TreeChange&) { return true; });
        CHECK(nodes.loads <= 9);
    }
    // One side stops early.
    changes = 0;
    tree_diff(nodes, info.root, nodes, next.root, [&](const TreeChange&) { return ++changes < 2; });
    CHECK(changes == 2);
}

TEST_CASE("trees of different height are compared by their common nodes") {
    Random random(12);
    const auto pool = keys_that_cut();
    Entries all;
    for (const std::string& path : pool) {
        all[path] = random_entry(random);
    }
    const Entries part(all.begin(), std::next(all.begin(), 160));
    MemoryNodes nodes;
    const TreeInfo high = built_tree(all, nodes);
    const TreeInfo low = built_tree(part, nodes);
    REQUIRE(TreeNode::parse(*nodes.load_node(high.root), high.root).level >
            TreeNode::parse(*nodes.load_node(low.root), low.root).level);
    check_diff(nodes, high.root, low.root, all, part);
    check_diff(nodes, low.root, high.root, part, all);
    const TreeInfo none = empty_tree(&nodes);
    check_diff(nodes, none.root, high.root, {}, all);
    check_diff(nodes, high.root, none.root, all, {});
}

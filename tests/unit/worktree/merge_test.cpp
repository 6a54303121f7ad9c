// Comparing and merging trees: renames, conflicts per path, and a merge of random trees against its
// definition.
#include "unit/worktree/fixture.hpp"

#include "worktree/compare.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <set>

using namespace ds;
using Listing = std::map<std::string, std::string>; ///< path → content, "/" for an empty folder

namespace {

class Trees {
  public:
    Trees() {
        ObjectStore::create(dir / "store", {});
        store = ObjectStore::open(dir / "store");
    }
    Sha256 make(const Listing& listing) {
        const auto writer = store->writer();
        TreeBuilder builder(*writer);
        for (const auto& [path, text] : listing) {
            builder.add(path, text == "/" ? Entry{EntryKind::empty_dir, 0, {}}
                                          : Entry{EntryKind::file, text.size(), sha256(text)});
            contents[sha256(text)] = text;
        }
        const auto root = builder.finish().root;
        writer->commit();
        return root;
    }
    [[nodiscard]] Listing list(const Sha256& root) const {
        Listing out;
        for (TreeCursor cursor(*store, root); cursor.valid(); cursor.next()) {
            const Entry& entry = cursor.entry();
            out[cursor.path()] = entry.kind == EntryKind::empty_dir ? "/" : contents.at(entry.hash);
        }
        return out;
    }
    MergeResult merge(const Listing& base, const Listing& ours, const Listing& theirs,
                      MergeFavour favour = MergeFavour::none) {
        return merge_trees(*store, make(base), make(ours), make(theirs), favour, context);
    }

    ds_test::TempDir dir;
    std::unique_ptr<ObjectStore> store;
    std::map<Sha256, std::string> contents;
    NoLog log;
    NoProgress progress;
    Context context{log, progress, {}, 2};
};

std::vector<std::string> conflicts(const MergeResult& result) {
    std::vector<std::string> out;
    for (const auto& conflict : result.conflicts) {
        out.push_back(conflict.path + ": " + conflict.reason);
    }
    return out;
}

using Lines = std::vector<std::string>;

} // namespace

TEST_CASE("compare pairs renames by content and tells the rest in path order") {
    Trees t;
    const auto a =
        t.make({{"a/x", "one"}, {"b", "two"}, {"c", ""}, {"d", "dup"}, {"e/d", "dup"}, {"z", "old"}});
    const auto b = t.make({{"f/d", "dup"}, {"g", "dup"}, {"m", "one"}, {"n", ""}, {"z", "new"}});
    const auto told = [&](const CompareOptions& options) {
        Lines out;
        compare_trees(*t.store, a, b, options, [&](const Change& change) {
            out.push_back(std::string(1, static_cast<char>(change.kind)) + " " +
                          (change.old_path.empty() ? "" : change.old_path + " > ") + change.path);
        });
        return out;
    };
    CHECK(told({}) == Lines{"D b", "D c", "R d > f/d", "R e/d > g", "R a/x > m", "A n", "M z"});
    CompareOptions plain;
    plain.renames = false;
    CHECK(told(plain).size() == 10);
    CompareOptions limited;
    limited.rename_limit = 3;
    CHECK(told(limited) == told(plain));
    CompareOptions some;
    some.paths = {"a", "z"};
    CHECK(told(some) == Lines{"D a/x", "M z"});
}

TEST_CASE("changes on one side are taken, the same on both sides is none, others conflict") {
    Trees t;
    const Listing base{{"a", "1"}, {"b", "1"}, {"c", "1"}, {"d", "1"}, {"e/f", "1"}};
    const Listing ours{{"a", "2"}, {"b", "1"}, {"c", "3"}, {"new", "o"}, {"e/f", "1"}};
    const Listing theirs{{"a", "1"}, {"b", "4"}, {"c", "3"}, {"d", "1"}, {"their", "t"}};
    const auto merged = t.merge(base, ours, theirs);
    CHECK(conflicts(merged).empty());
    CHECK(t.list(merged.tree.root) ==
          Listing{{"a", "2"}, {"b", "4"}, {"c", "3"}, {"new", "o"}, {"their", "t"}});
    CHECK(merged.changed == 3);

    const Listing left{{"a", "2"}, {"b", "9"}, {"d", "1"}, {"e", "file"}, {"q", "1"}};
    const Listing right{{"a", "3"}, {"c", "5"}, {"d", "1"}, {"e/f", "1"}, {"e/g", "2"}, {"q/r", "1"}};
    CHECK(conflicts(t.merge(base, left, right)) ==
          Lines{"a: changed on both sides", "b: changed here, deleted there",
                "c: deleted here, changed there", "e: file here, folder there",
                "q: file here, folder there"});
    CHECK(t.list(t.merge(base, left, right, MergeFavour::ours).tree.root) ==
          Listing{{"a", "2"}, {"b", "9"}, {"d", "1"}, {"e", "file"}, {"q", "1"}});
    CHECK(t.list(t.merge(base, left, right, MergeFavour::theirs).tree.root) ==
          Listing{{"a", "3"}, {"c", "5"}, {"d", "1"}, {"e/g", "2"}, {"q/r", "1"}});
    CHECK(conflicts(t.merge(base, right, left)) ==
          Lines{"a: changed on both sides", "b: deleted here, changed there",
                "c: changed here, deleted there", "e: folder here, file there",
                "q: folder here, file there"});
}

TEST_CASE("empty folders never conflict") {
    Trees t;
    CHECK(t.list(t.merge({{"d", "/"}}, {{"d/x", "1"}}, {{"d/y", "2"}}).tree.root) ==
          Listing{{"d/x", "1"}, {"d/y", "2"}});
    CHECK(t.list(t.merge({{"d/x", "1"}}, {{"d", "/"}}, {{"d/x", "1"}, {"d/y", "2"}}).tree.root) ==
          Listing{{"d/y", "2"}});
    CHECK(t.list(t.merge({{"d/x", "1"}}, {{"d/x", "1"}, {"d/y", "2"}}, {{"d", "/"}}).tree.root) ==
          Listing{{"d/y", "2"}});
    CHECK(t.list(t.merge({}, {{"d", "/"}}, {{"d", "file"}}).tree.root) == Listing{{"d", "file"}});
    // What is kept of ours must not cost it its folder.
    CHECK(t.list(t.merge({{"d/x", "1"}}, {{"d", "/"}}, {{"d/x", "2"}}, MergeFavour::ours).tree.root) ==
          Listing{{"d", "/"}});
}

TEST_CASE("merges of random trees hold what they must, and are trees") {
    Trees t;
    ds_test::Random random(21);
    const auto path = [&] {
        static const char* names[] = {"a", "a-", "b", "c"};
        std::string out;
        for (unsigned d = 0, n = 1 + random() % 3; d < n; ++d) {
            out += (out.empty() ? "" : "/") + std::string(names[random() % 4]);
        }
        return out;
    };
    const auto put = [](Listing& listing, const std::string& name, const std::string& text) {
        for (auto above = std::string(parent_path(name)); !above.empty();
             above = std::string(parent_path(above))) {
            listing.erase(above);
        }
        std::erase_if(listing, [&](const auto& item) { return item.first.starts_with(name + "/"); });
        listing[name] = text;
    };
    const auto change = [&](Listing listing, unsigned n) {
        for (unsigned i = 0; i < n; ++i) {
            if (random() % 3 == 0 && !listing.empty()) {
                auto at = listing.begin();
                std::advance(at, static_cast<long>(random() % listing.size()));
                listing.erase(at);
            } else {
                put(listing, path(), random() % 5 == 0 ? "/" : std::to_string(random() % 4));
            }
        }
        return listing;
    };
    const auto at = [](const Listing& listing, const std::string& name) {
        const auto found = listing.find(name);
        return found == listing.end() ? std::optional<std::string>() : found->second;
    };
    int clean = 0;
    for (int round = 0; round < 300; ++round) {
        CAPTURE(round);
        const Listing base = change({}, 8);
        const Listing ours = change(base, random() % 4);
        const Listing theirs = change(base, random() % 4);
        for (const auto favour : {MergeFavour::none, MergeFavour::ours, MergeFavour::theirs}) {
            const auto result = t.merge(base, ours, theirs, favour);
            if (favour != MergeFavour::none) {
                CHECK(result.conflicts.empty());
            }
            if (!result.conflicts.empty()) {
                continue;
            }
            ++clean;
            const Listing merged = t.list(result.tree.root);
            std::set<std::string> all;
            for (const auto* listing : {&base, &ours, &theirs, &merged}) {
                for (const auto& [name, text] : *listing) {
                    all.insert(name);
                }
            }
            for (const auto& name : all) {
                CAPTURE(name);
                const auto b = at(base, name), o = at(ours, name), u = at(theirs, name), m = at(merged, name);
                const bool folder = b == "/" || o == "/" || u == "/" || m == "/";
                if (!folder && favour == MergeFavour::none) {
                    CHECK(m == (o == b ? u : o));
                } else if (!folder && favour == MergeFavour::ours && o != b) {
                    CHECK(m == o);
                } else if (!folder && favour == MergeFavour::theirs && u != b) {
                    CHECK(m == u);
                }
                if (m) { // nothing may lie below a file or an empty folder
                    const auto next = merged.lower_bound(name + "/");
                    CHECK((next == merged.end() || !next->first.starts_with(name + "/")));
                }
            }
        }
        CHECK(t.list(t.merge(base, ours, ours).tree.root) == ours);
        CHECK(t.list(t.merge(base, base, theirs).tree.root) == theirs);
        CHECK(t.list(t.merge(base, ours, base).tree.root) == ours);
    }
    CHECK(clean > 500);
}

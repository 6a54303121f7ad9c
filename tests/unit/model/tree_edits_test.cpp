// Edits lead from one tree to the other or are refused.
#include "base/error.hpp"
#include "codec/hash.hpp"
#include "model/tree_edits.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <map>

using namespace ds;

namespace {

class Nodes final : public NodeSource, public NodeSink {
  public:
    std::shared_ptr<const ByteString> load_node(const Sha256& id) override { return nodes_.at(id); }
    void save_node(const Sha256& id, ByteView bytes) override {
        nodes_[id] = std::make_shared<const ByteString>(bytes);
    }

  private:
    std::map<Sha256, std::shared_ptr<const ByteString>> nodes_;
};

TreeInfo build(Nodes& nodes, const std::map<std::string, Entry>& entries) {
    TreeBuilder builder(nodes);
    for (const auto& [path, entry] : entries) {
        builder.add(path, entry);
    }
    return builder.finish();
}

std::map<std::string, Entry> sample_entries() {
    std::map<std::string, Entry> entries;
    for (int i = 0; i < 3000; ++i) {
        entries[fmt::format("d{}/f{}", i % 7, i)] = {EntryKind::file, 5, sha256(fmt::format("{}", i))};
    }
    return entries;
}

} // namespace

TEST_CASE("edits make the other tree") {
    Nodes nodes;
    auto entries = sample_entries();
    const auto before = build(nodes, entries);
    entries.erase("d0/f0");
    entries["d1/f1"] = {EntryKind::executable, 7, sha256("x")};
    entries["new/empty"] = {EntryKind::empty_dir, 0, {}};
    entries["new/link"] = {EntryKind::symlink, 3, sha256("abc")};
    const auto after = build(nodes, entries);

    const auto edits = tree_edits(nodes, after.root, before.root);
    REQUIRE(edits.has_value());
    CHECK(edits->edits.size() == 4);
    const ByteString bytes = edits->serialise();
    CHECK(bytes.size() < 400);
    auto parsed = TreeEdits::parse(bytes, "edits");
    CHECK(parsed.serialise() == bytes);
    Nodes fresh;
    auto kept = sample_entries();
    kept.erase("d0/f0");
    kept["d1/f1"] = entries.at("d1/f1");
    kept["new/empty"] = entries.at("new/empty");
    kept["new/link"] = entries.at("new/link");
    CHECK(build(fresh, kept).root == after.root);
    apply_edits(fresh, fresh, parsed);
    CHECK(tree_info(fresh, before.root) == before);

    SUBCASE("edits that lead elsewhere are refused") {
        parsed.edits.pop_back();
        CHECK_THROWS_AS(apply_edits(fresh, fresh, parsed), CorruptObject);
    }
    SUBCASE("malformed edits are refused") {
        for (std::size_t length = 0; length < bytes.size(); ++length) {
            CHECK_THROWS_AS((void)TreeEdits::parse(ByteView(bytes).substr(0, length), "edits"),
                            CorruptObject);
        }
        CHECK_THROWS_AS((void)TreeEdits::parse(bytes + "x", "edits"), CorruptObject);
        std::swap(parsed.edits[0], parsed.edits[1]);
        CHECK_THROWS_AS((void)TreeEdits::parse(parsed.serialise(), "edits"), CorruptObject);
        parsed.edits = {{"../up", std::nullopt}};
        CHECK_THROWS_AS((void)TreeEdits::parse(parsed.serialise(), "edits"), CorruptObject);
        CHECK_THROWS_AS((void)TreeEdits::parse(ByteString(max_edits_bytes + 1, '\0'), "edits"),
                        CorruptObject);
    }
}

TEST_CASE("changes of everything do not fit") {
    Nodes nodes;
    std::map<std::string, Entry> entries;
    for (int i = 0; i < 40'000; ++i) {
        entries[fmt::format("f{:08}", i)] = {EntryKind::file, 5, sha256(fmt::format("{}", i))};
    }
    const auto tree = build(nodes, entries);
    CHECK_FALSE(tree_edits(nodes, empty_tree(&nodes).root, tree.root).has_value());
    CHECK(tree_edits(nodes, tree.root, empty_tree(&nodes).root).has_value());
}

// Hostile bytes: every parser either refuses with an Error, or has read exactly what it would write.
#include "model/manifest.hpp"
#include "model/recipe.hpp"
#include "samples.hpp"
#include "tree_reference.hpp"

#include <doctest/doctest.h>
#include <functional>

using namespace ds;
using namespace ds_test;

namespace {

ByteString mutated(Random& random, ByteString bytes) {
    for (std::size_t changes = 1 + below(random, 3); changes > 0 && !bytes.empty(); --changes) {
        const std::size_t at = below(random, bytes.size());
        switch (below(random, 6)) {
        case 0:
            bytes.resize(at);
            break;
        case 1:
            bytes.insert(at, 1, static_cast<char>(random()));
            break;
        case 2:
            bytes.erase(at, 1 + below(random, 4));
            break;
        case 3:
            bytes[at] = static_cast<char>("\x00\xff\x7f\x80"[below(random, 4)]);
            break;
        default:
            bytes[at] = static_cast<char>(bytes[at] ^ 1 << below(random, 8));
        }
    }
    return bytes;
}

/// `again` parses and writes; the result must read back to itself, and be equal where `exact`.
void attack(const ByteString& good, const std::function<ByteString(const ByteString&)>& again, bool exact) {
    REQUIRE(again(good) == good);
    int accepted = 0;
    for (std::uint64_t seed = 0; seed < 4000; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const ByteString bytes = mutated(random, good);
        try {
            const ByteString back = again(bytes);
            REQUIRE(again(back) == back);
            REQUIRE((!exact || back == bytes));
            ++accepted;
        } catch (const Error& error) {
            REQUIRE_FALSE(error.message().empty());
        }
    }
    CHECK(accepted < 4000);
}

} // namespace

TEST_CASE("mutations of tree nodes") {
    const auto again = [](const ByteString& bytes) {
        return TreeNode::parse(bytes, sha256(bytes)).serialise();
    };
    Random random(1);
    TreeNode leaf;
    TreeNode inner;
    inner.level = 3;
    for (int i = 0; i < 12; ++i) {
        const std::string path = "folder" + std::to_string(i / 4) + "/name" + std::to_string(100 + i);
        leaf.leaves.push_back({path, random_entry(random)});
        inner.children.push_back({path, sha256(path), 1 + random() % 1000, random() % (1ull << 50)});
    }
    attack(leaf.serialise(), again, true);
    attack(inner.serialise(), again, true);
}

TEST_CASE("mutations of manifests") {
    const Manifest manifest = sample_record().manifest;
    attack(
        manifest.text(), [](const ByteString& bytes) { return Manifest::parse(bytes).text(); }, true);
}

TEST_CASE("mutations of recipes, also with a right check sum") {
    Recipe recipe;
    for (std::uint64_t i = 1; i < 10; ++i) {
        recipe.items.push_back({i * 1000, sha256(std::to_string(i))});
        recipe.size += i * 1000;
    }
    const auto again = [](const ByteString& bytes) { return Recipe::parse(bytes, "recipe").serialise(); };
    attack(recipe.serialise(), again, true);
    const ByteString sealed = recipe.serialise();
    attack(
        sealed.substr(0, sealed.size() - 32),
        [&](const ByteString& body) {
            const ByteString back = again(body + ByteString(sha256(body).view()));
            return back.substr(0, back.size() - 32);
        },
        true);
}

TEST_CASE("mutations of layouts and history bundles") {
    const std::vector<Sha256> entries = {sha256("a"), sha256("b"), sha256("c")};
    LayoutNode leaf;
    leaf.packs = {{Sha256{}, ""}, {sha256("p"), "version"}};
    leaf.files.resize(3);
    leaf.files[0].chunks = {{entries[0], {1, 2, 3, 4, 5}}};
    leaf.files[1].chunks = {{sha256("x"), {0, 200, 300, 0, 900}}, {sha256("y"), {1, 1u << 30, 70'000, 1, 2}}};
    leaf.files[2].segments = {{1ull << 28, 4096, sha256("s"), {1, 1, 1, 1, 1}}};
    attack(
        leaf.serialise(entries),
        [&](const ByteString& bytes) {
            return LayoutNode::parse(bytes, entries, "layout").serialise(entries);
        },
        true);
    LayoutNode inner;
    inner.level = 1;
    inner.packs = leaf.packs;
    inner.children = {{{0, 1, 2, 3, 4}, {1, 5, 6, 7, 8}, sha256("x")}};
    attack(
        inner.serialise({}),
        [](const ByteString& bytes) { return LayoutNode::parse(bytes, {}, "layout").serialise({}); }, true);
    LayoutSegment segment;
    segment.packs = leaf.packs;
    segment.chunks = leaf.files[1].chunks;
    attack(
        segment.serialise(),
        [](const ByteString& bytes) { return LayoutSegment::parse(bytes, "segment").serialise(); }, true);
    HistoryBundle bundle;
    bundle.previous = sample_roots().tree_place;
    bundle.objects = {{1, "commit"}, {2, "tree"}};
    attack(
        bundle.serialise(),
        [](const ByteString& bytes) { return HistoryBundle::parse(bytes, "bundle").serialise(); }, true);
}

TEST_CASE("mutations of documents") {
    const auto text_again = [](auto document) {
        using Document = decltype(document);
        attack(
            document.text(), [](const ByteString& bytes) { return Document::parse(bytes, "it").text(); },
            false);
    };
    text_again(sample_head());
    text_again(sample_record());
    text_again(sample_catalog());
    text_again(sample_description());
}

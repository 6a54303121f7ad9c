// Layout nodes, segments and history bundles.
#include "codec/hash.hpp"
#include "model/documents.hpp"
#include "model/layout.hpp"

#include "base/error.hpp"

#include <doctest/doctest.h>

using namespace ds;
using namespace std::string_literals;

namespace {

template <class Call>
bool refused(Call&& call) {
    try {
        call();
        return false;
    } catch (const CorruptObject& error) {
        CHECK(error.message().starts_with("thing"));
        return true;
    }
}

const ByteString hash(32, 'h');

} // namespace

TEST_CASE("a leaf's layout leaves out what the tree says already") {
    const std::vector<Sha256> entries = {sha256("a"), sha256("b"), sha256("c"), sha256("d")};
    LayoutNode node;
    node.packs = {{Sha256{}, ""}, {sha256("pack"), "v1"}};
    const Extent at{1, 4096, 70'000, 12, 60'000};
    node.files.resize(4);
    node.files[0].chunks = {{entries[0], at}};
    node.files[1].chunks = {{sha256("other"), at}};
    node.files[2].chunks = {{sha256("1"), at}, {sha256("2"), {0, 1, 2, 3, 4}}};
    node.files[2].segments = {{5000, 3, sha256("s"), at}, {1, 4096, sha256("t"), at}};
    const ByteString bytes = node.serialise(entries);
    CHECK(bytes.find(ByteString(entries[0].view())) == ByteString::npos);
    const LayoutNode back = LayoutNode::parse(bytes, entries, "thing");
    CHECK(back.level == 0);
    CHECK((back.packs == node.packs));
    CHECK((back.files == node.files));
    CHECK(refused([&] { (void)LayoutNode::parse(bytes, {entries[0]}, "thing"); }));
    CHECK_THROWS_AS((void)node.serialise({}), const Error&);
    node.files[3].chunks.assign(17, {sha256("1"), at});
    CHECK_THROWS_AS((void)node.serialise(entries), const Error&);
}

TEST_CASE("an inner layout and a segment read back") {
    LayoutNode node;
    node.level = 2;
    node.packs = {{Sha256{}, ""}};
    node.children = {{{0, 1, 2, 3, 4}, {0, 5, 6, 7, 8}, sha256("x")}, {{0, 9, 9, 9, 9}, {}, sha256("y")}};
    const LayoutNode back = LayoutNode::parse(node.serialise({}), {}, "thing");
    CHECK(back.level == 2);
    CHECK((back.children == node.children));
    LayoutSegment segment;
    segment.packs = {{sha256("p"), ""}, {sha256("q"), std::string(256, 'v')}};
    for (std::uint32_t i = 0; i < 4096; ++i) {
        segment.chunks.push_back({sha256(std::to_string(i)), {i % 2, i * 1000, 1000, 0, 900}});
    }
    const LayoutSegment again = LayoutSegment::parse(segment.serialise(), "thing");
    CHECK((again.chunks == segment.chunks));
    CHECK((again.packs == segment.packs));
    segment.chunks.push_back({});
    CHECK_THROWS_AS((void)segment.serialise(), const Error&);
}

TEST_CASE("damaged layouts are refused") {
    const auto bad = [](const ByteString& bytes, std::size_t entries) {
        return refused([&] {
            (void)LayoutNode::parse(bytes, std::vector<Sha256>(entries, Sha256::from_bytes(hash)), "thing");
        });
    };
    const ByteString head = "\xd9\x01\x00\x01"s + hash + "\x00"s; // one pack, no version id
    CHECK_FALSE(bad(head + "\x01\x01\x01\x00\x01\x02\x03\x04\x00"s, 1));
    CHECK(bad("", 0));
    CHECK(bad("\xd8\x01\x00\x00\x00"s, 0));
    CHECK(bad("\xd9\x02\x00\x00\x00"s, 0));
    CHECK(bad("\xd9\x01\x19\x00\x00"s, 0));                                         // level 25
    CHECK(bad(head + "\x01\x01\x01\x01\x01\x02\x03\x04\x00"s, 1));                  // pack 1 of 1
    CHECK(bad(head + "\x01\x01\x02\x00\x01\x02\x03\x04\x00"s, 1));                  // flag 2
    CHECK(bad(head + "\x01\x01\x00"s + hash + "\x00\x01\x02\x03\x04\x00"s, 1));     // hash to be left out
    CHECK(bad(head + "\x01\x11"s, 1));                                              // 17 inline chunks
    CHECK(bad(head + "\x01\x01\x01\x00\xff\xff\xff\xff\x0f\x01\x03\x04\x00"s, 1));  // range overflows
    CHECK(bad(head + "\x01\x01\x01\x00\x80\x80\x80\x80\x10\x01\x03\x04\x00"s, 1));  // offset above 32 bits
    CHECK(bad(head + "\x01\x00\x01\x00\x01"s + hash + "\x00\x01\x02\x03\x04"s, 1)); // segment of no bytes
    CHECK(bad(head + "\x01\x00\xff\xff\xff\xff\x0f"s, 1));                          // 4 billion segments
    CHECK(bad("\xd9\x01\x00\xff\xff\xff\xff\x0f"s, 0));                             // 4 billion packs
    CHECK(bad("\xd9\x01\x00\x01"s + hash + "\x02\x61\x0a\x00"s, 0));          // line feed in a version id
    CHECK(bad("\xd9\x01\x00\x01"s + ByteString(32, '\0') + "\x01v\x00"s, 0)); // own pack with a version
    CHECK(refused([&] { (void)LayoutSegment::parse("\xda\x01\x00\x81\x20"s, "thing"); })); // 4097 chunks
    CHECK(refused([&] { (void)LayoutSegment::parse("\xda\x01\x00\x00\x00"s, "thing"); })); // a byte too many
}

TEST_CASE("a pack table names each pack once") {
    PackTable table;
    const PackRef a{sha256("a"), "1"};
    const PackRef b{sha256("a"), "2"};
    CHECK(table.index_of(a) == 0);
    CHECK(table.index_of(b) == 1);
    CHECK(table.index_of(a) == 0);
    CHECK((table.take() == std::vector<PackRef>{a, b}));
}

TEST_CASE("history bundles read back and are strict") {
    HistoryBundle bundle;
    bundle.objects = {{1, "commit"}, {2, ""}, {3, ByteString(1000, '\0')}, {4, "tag"}};
    for (const bool linked : {false, true}) {
        if (linked) {
            bundle.previous = Place{sha256("p"), "version", 1, 2, 3, 4, sha256("b")};
        }
        const ByteString bytes = bundle.serialise();
        const HistoryBundle back = HistoryBundle::parse(bytes, "thing");
        CHECK((back.previous == bundle.previous));
        REQUIRE(back.objects.size() == 4);
        CHECK(back.objects[2].bytes == bundle.objects[2].bytes);
        CHECK(back.serialise() == bytes);
    }
    const auto bad = [](const ByteString& bytes) {
        return refused([&] { (void)HistoryBundle::parse(bytes, "thing"); });
    };
    CHECK_FALSE(bad("\xdb\x01\x00\x00"s));
    CHECK(bad("\xdb\x01\x02\x00"s));
    CHECK(bad("\xdb\x02\x00\x00"s));
    CHECK(bad("\xdb\x01\x00\x00\x00"s));
    CHECK(bad("\xdb\x01\x00\xff\xff\xff\xff\x0f"s));
    CHECK(bad("\xdb\x01\x00\x01\x06\x00"s)); // type 6
    CHECK(bad("\xdb\x01\x00\x01\x00\x00"s)); // type 0
    CHECK(bad("\xdb\x01\x00\x01\x01\x02x"s));
}

// The grammar of a node: what is written, and what a reader refuses.
#include "codec/hash.hpp"
#include "model/tree_node.hpp"

#include "base/error.hpp"

#include <doctest/doctest.h>

using namespace ds;

namespace {

ByteString repeat(char byte, std::size_t n) {
    return ByteString(n, byte);
}

bool refused(const ByteString& bytes) {
    try {
        (void)TreeNode::parse(bytes, sha256(bytes));
        return false;
    } catch (const CorruptObject& error) {
        CHECK(error.message().find(sha256(bytes).short_hex()) != std::string::npos);
        return true;
    }
}

using namespace std::string_literals;

} // namespace

TEST_CASE("a leaf's bytes are as the grammar says") {
    TreeNode node;
    node.leaves = {{"a/b", {EntryKind::file, 300, sha256("x")}},
                   {"a/bc", {EntryKind::empty_dir, 0, {}}},
                   {"a/d", {EntryKind::symlink, 1, sha256("y")}}};
    const ByteString expected = "\xd7\x00\x03"s + "\x00\x03"s + "a/b" + "\x01\xac\x02" +
                                ByteString(sha256("x").view()) + "\x03\x01"s + "c" + "\x04\x00"s +
                                "\x02\x01"s + "d" + "\x03\x01" + ByteString(sha256("y").view());
    CHECK(node.serialise() == expected);
    const TreeNode back = TreeNode::parse(expected, sha256(expected));
    REQUIRE(back.leaves.size() == 3);
    CHECK(back.leaves[1].path == "a/bc");
    CHECK((back.leaves[2].entry == node.leaves[2].entry));
    CHECK(back.entries() == 3);
    CHECK(back.bytes() == 301);
}

TEST_CASE("an inner node's bytes are as the grammar says") {
    TreeNode node;
    node.level = 1;
    node.children = {{"k", sha256("1"), 200, 5}, {"kz", sha256("2"), 1, 1000}};
    const ByteString expected = "\xd7\x01\x02"s + "\x00\x01"s + "k" + ByteString(sha256("1").view()) +
                                "\xc8\x01\x05"s + "\x01\x01"s + "z" + ByteString(sha256("2").view()) +
                                "\x01\xe8\x07"s;
    CHECK(node.serialise() == expected);
    const TreeNode back = TreeNode::parse(expected, sha256(expected));
    REQUIRE(back.children.size() == 2);
    CHECK(back.children[1].last_path == "kz");
    CHECK(back.entries() == 201);
    CHECK(back.bytes() == 1005);
}

TEST_CASE("damaged nodes are refused") {
    const ByteString hash = repeat('h', 32);
    const ByteString file = "\x01\x05"s + hash;
    CHECK_FALSE(refused("\xd7\x00\x00"s));
    CHECK_FALSE(refused("\xd7\x00\x01\x00\x01"s + "a" + file));
    CHECK(refused(""));
    CHECK(refused("\xd6\x00\x00"s));
    CHECK(refused("\xd7\x19\x01\x00\x01"s + "a" + hash + "\x01\x01"s)); // level 25
    CHECK(refused("\xd7\x01\x00"s));                                    // inner, no items
    CHECK(refused("\xd7\x00\x00\x00"s));                                // more bytes
    CHECK(refused("\xd7\x00\x80\x00"s));                                // long form of 0
    CHECK(refused("\xd7\x00\x81\x08"s));                                // 1025 items
    CHECK(refused("\xd7\x00\x01\x01\x01"s + "a" + file));               // shares with nothing
    CHECK(refused("\xd7\x00\x01\x00\x00"s + file));                     // no path
    CHECK(refused("\xd7\x00\x01\x00\x02"s + "a/" + file));
    CHECK(refused("\xd7\x00\x01\x00\x02"s + ".." + file));
    CHECK(refused("\xd7\x00\x01\x00\x04"s + ".GIT" + file));
    CHECK(refused("\xd7\x00\x01\x00\x03"s + "a\0b"s + file));
    CHECK(refused("\xd7\x00\x02\x00\x01"s + "b" + file + "\x00\x01"s + "a" + file));   // falls
    CHECK(refused("\xd7\x00\x02\x00\x01"s + "b" + file + "\x01\x00"s + file));         // twice
    CHECK(refused("\xd7\x00\x02\x00\x02"s + "ab" + file + "\x00\x02"s + "ac" + file)); // prefix too short
    CHECK(refused("\xd7\x00\x02\x00\x02"s + "ab" + file + "\x01\x01"s + "b" + file));
    CHECK(refused("\xd7\x00\x02\x00\x02"s + "ab" + file + "\x03\x01"s + "c" + file));   // prefix too long
    CHECK(refused("\xd7\x00\x02\x00\x02"s + "ab" + file + "\x02\x01"s + "/" + file));   // "ab/"
    CHECK(refused("\xd7\x00\x02\x00\x04"s + "ab/." + file + "\x04\x01"s + "." + file)); // "ab/.."
    CHECK(refused("\xd7\x00\x01\x00\x01"s + "a" + "\x00\x05"s + hash));                 // kinds 0 and 5
    CHECK(refused("\xd7\x00\x01\x00\x01"s + "a" + "\x05\x05"s + hash));
    CHECK(refused("\xd7\x00\x01\x00\x01"s + "a" + "\x04\x01"s)); // folder with a size
    CHECK(refused("\xd7\x00\x01\x00\x01"s + "a" + "\x01\x81\x80\x80\x80\x80\x20"s + hash)); // above 1 TiB
    CHECK(refused("\xd7\x01\x01\x00\x01"s + "a" + hash + "\x00\x01"s)); // child without entries
    const ByteString most = repeat('\xff', 9) + "\x01";                 // 2^64 - 1
    CHECK_FALSE(refused("\xd7\x01\x01\x00\x01"s + "a" + hash + most + most));
    CHECK(refused("\xd7\x01\x02\x00\x01"s + "a" + hash + most + "\x01"s + "\x00\x01"s + "b" + hash +
                  "\x01\x01"));
    CHECK(refused("\xd7\x01\x02\x00\x01"s + "a" + hash + "\x01" + most + "\x00\x01"s + "b" + hash +
                  "\x01\x01"));
    CHECK(refused(repeat('\xd7', max_node_bytes + 1)));
}

TEST_CASE("a node whose paths are longer than the cut rule allows is refused before memory is taken") {
    // 1024 paths that share 4000 bytes each: 40 KB of node would become 4 MB of paths.
    TreeNode node;
    for (int i = 0; i < 1024; ++i) {
        std::string path;
        for (int k = 0; k < 16; ++k) {
            path += std::string(249, 'p') + "/";
        }
        path += std::to_string(1000 + i);
        node.leaves.push_back({path, {EntryKind::empty_dir, 0, {}}});
    }
    CHECK(refused(node.serialise()));
}

// The manifest's grammar and how one is made.
#include "model/manifest.hpp"

#include "tree_reference.hpp"

#include <doctest/doctest.h>
#include <fmt/core.h>
#include <functional>

using namespace ds;
using namespace ds_test;

namespace {

Manifest sample() {
    return {sha256("tree"), 12, 3, 1, 1ull << 40, sha256("listing")};
}

bool refused(const std::string& text) {
    try {
        (void)Manifest::parse(text);
        return false;
    } catch (const CorruptObject&) {
        return true;
    }
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    text.replace(text.find(from), from.size(), to);
    return text;
}

} // namespace

TEST_CASE("a manifest reads back and has one spelling") {
    const std::string text = sample().text();
    CHECK((Manifest::parse(text) == sample()));
    CHECK(sample().digest() == sha256(text));
    CHECK(refused(""));
    CHECK(refused(text + "\n"));
    CHECK(refused(text + "more 1\n"));
    CHECK(refused(text.substr(0, text.size() - 1)));
    CHECK(refused(replaced(text, "manifest 1", "manifest 2")));
    CHECK(refused(replaced(text, "files 12", "files 012")));
    CHECK(refused(replaced(text, "files 12", "files +12")));
    CHECK(refused(replaced(text, "files 12", "files -1")));
    CHECK(refused(replaced(text, "files 12", "files 12 ")));
    CHECK(refused(replaced(text, "files 12", "files  12")));
    CHECK(refused(replaced(text, "files 12", "files ")));
    CHECK(refused(replaced(text, "files 12", "files 18446744073709551616")));
    CHECK_FALSE(refused(replaced(text, "files 12", "files 18446744073709551615")));
    CHECK(refused(replaced(text, "files 12\n", "")));
    CHECK(refused(replaced(text, "files 12\n", "files 12\r\n")));
    CHECK(refused(replaced(text, "sha256:", "sha512:")));
    CHECK(refused(replaced(text, sample().tree.hex(), std::string(64, 'A'))));
    CHECK(refused(std::string(5000, 'x')));
}

TEST_CASE("the listing is what coreutils would print") {
    ByteString line;
    append_listing_line(line, "a b", {EntryKind::executable, 18446744073709551615ull, empty_hash()});
    append_listing_line(line, "c", {EntryKind::empty_dir, 0, {}});
    CHECK(line ==
          "100755 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 18446744073709551615 "
          "a b" +
              std::string(1, '\0') + "040000 " + std::string(64, '0') + " 0 c" + std::string(1, '\0'));
}

TEST_CASE("a manifest counts the whole tree") {
    Random random(5);
    Entries entries;
    Manifest expected;
    ByteString listing;
    for (int i = 0; i < 5000; ++i) {
        entries[fmt::format("f{}", i)] = random_entry(random);
    }
    for (const auto& [path, entry] : entries) {
        append_listing_line(listing, path, entry);
        expected.bytes += entry.size;
        ++(entry.kind == EntryKind::symlink     ? expected.symlinks
           : entry.kind == EntryKind::empty_dir ? expected.folders
                                                : expected.files);
    }
    MemoryNodes nodes;
    expected.tree = built_tree(entries, nodes).root;
    expected.listing = sha256(listing);
    CHECK((make_manifest(nodes, expected.tree) == expected));
    std::stop_source stop;
    stop.request_stop();
    CHECK_THROWS_AS((void)make_manifest(nodes, expected.tree, stop.get_token()), const Interrupted&);
}

TEST_CASE("a tree with something below a file gets no manifest") {
    MemoryNodes nodes;
    const Entry file{EntryKind::file, 1, sha256("x")};
    const auto make = [&](const std::vector<std::string>& paths) {
        Entries entries;
        for (const std::string& path : paths) {
            entries[path] = file;
        }
        return make_manifest(nodes, built_tree(entries, nodes).root);
    };
    CHECK(make({"a", "a-b", "a.c", "ab/c", "ab/d", "b/a"}).files == 6);
    CHECK_THROWS_AS((void)make({"a", "a/b"}), const CorruptObject&);
    CHECK_THROWS_AS((void)make({"a", "a-", "a-b", "a.c", "a/b"}), const CorruptObject&);
    CHECK_THROWS_AS((void)make({"x", "x!/y", "x#", "x/y"}), const CorruptObject&);
}

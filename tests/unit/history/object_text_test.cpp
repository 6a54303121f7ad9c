// The grammar of history objects: exact round trips, and refusing everything else.
#include "history/object_text.hpp"
#include "unit/history/helpers.hpp"

using namespace ds;
using namespace ds::git;
using ds_test::kind_of;

namespace {

const CommitId id_a(std::string(40, 'a'));
const CommitId id_b(std::string(40, 'b'));

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

} // namespace

TEST_CASE("commit ids are 40 lower-case hex digits") {
    CHECK(CommitId().is_null());
    CHECK(id_a.short_hex() == "aaaaaaaaaa");
    for (const auto& bad :
         {std::string("abc"), std::string(40, 'A'), std::string(41, 'a'), std::string(40, 'g')}) {
        CHECK(kind_of([&] { CommitId{bad}; }) == ErrorKind::usage);
    }
}

TEST_CASE("commit text round trip") {
    const Signature who{"Ada L", "ada@example.org", 1'700'000'000, -90};
    for (const std::string message : {"", "one", "one\n", "\n\nparent x\n", "\xff\xfe"}) {
        const auto text = write_commit_text({id_a, {id_b, id_a}, who, message});
        const auto back = parse_commit_text(text, "it");
        CHECK(back.tree == id_a);
        CHECK(back.parents == std::vector{id_b, id_a});
        CHECK(back.who == who);
        CHECK(back.message == message);
    }
    CHECK(write_commit_text({id_a, {}, who, "m"}) ==
          "tree " + id_a.hex() +
              "\nauthor Ada L <ada@example.org> 1700000000 -0130\n"
              "committer Ada L <ada@example.org> 1700000000 -0130\n\nm");
    CHECK(kind_of([&] {
              (void)write_commit_text({id_a, {}, who, std::string(1, '\0')});
          }) == ErrorKind::usage);
    CHECK(kind_of([&] {
              (void)write_commit_text({id_a, {}, who, std::string(2u << 20, 'x')});
          }) == ErrorKind::failure);
}

TEST_CASE("malformed commits are refused") {
    const auto good = write_commit_text({id_a, {id_b}, ds_test::ada, "m\n"});
    const std::vector<std::string> bad = {
        "",
        "tree",
        good.substr(0, 30),
        good.substr(0, good.find("committer")),
        replaced(good, "tree a", "tree A"),
        replaced(good, "parent b", "parent g"),
        replaced(good, "parent bb", "parent b"),
        replaced(good, "committer Ada", "committer Bob"),
        replaced(good, "author Ada L <", "author Ada L "),
        replaced(good, "author Ada", "author  Ada"),
        replaced(good, "1700000000", "1700000000x"),
        replaced(good, "1700000000", "-1"),
        replaced(good, "1700000000", "99999999999999999999"),
        replaced(good, "+0100", "+2500"),
        replaced(good, "+0100", "0100"),
        replaced(good, "\n\n", "\nencoding x\n\n"),
        good + std::string(1, '\0'),
        good + std::string(max_object_bytes, 'x'),
    };
    for (const auto& text : bad) {
        CAPTURE(text.substr(0, 300));
        CHECK_THROWS_AS((void)parse_commit_text(text, "it"), CorruptObject);
    }
    std::string many = "tree " + id_a.hex() + "\n";
    for (int i = 0; i < 1000; ++i) {
        many += "parent " + id_b.hex() + "\n";
    }
    CHECK_THROWS_AS((void)parse_commit_text(many + good.substr(good.find("author")), "it"), CorruptObject);
    // Every cut and every flipped bit: an error, or a well-formed other text; never a crash.
    for (std::size_t i = 0; i < good.size(); ++i) {
        auto flipped = good;
        flipped[i] = static_cast<char>(flipped[i] ^ (1 << (i % 8)));
        for (const auto& text : {flipped, good.substr(0, i)}) {
            try {
                const auto commit = parse_commit_text(text, "it");
                CHECK(write_commit_text(commit) == text);
            } catch (const CorruptObject&) {
            }
        }
    }
}

TEST_CASE("signatures are made fit for git") {
    const auto clean = cleaned({" <Bo\nB\x1b> .", "b<o>@x\n", -5, 100'000});
    CHECK(clean == Signature{"BoB", "bo@x", 0, 1439});
    CHECK(cleaned({"", "", 1, 0}).name == "unknown");
    CHECK(cleaned({std::string(5000, 'x'), "", 1, 0}).name.size() <= 1024);
    const Signature odd{"Émile > Z", "", 5, -1};
    CHECK(parse_commit_text(write_commit_text({id_a, {}, odd, ""}), "it").who == cleaned(odd));
}

TEST_CASE("dataset text round trip and refusals") {
    TreeInfo tree = ds_test::data_of(3).tree;
    tree.bytes = ~0ull;
    Sha256 digest;
    digest.bytes[5] = 1;
    for (const auto& origin : {std::optional<Origin>{}, std::optional<Origin>{{"lab/demo/cats:v1", digest}},
                               std::optional<Origin>{{"demo/cats:v1", {}}}}) {
        const auto text = write_dataset_text({tree, origin});
        const auto back = parse_dataset_text(text, "it");
        CHECK(back.tree == tree);
        CHECK(back.origin == origin);
    }
    const auto good = write_dataset_text({tree, Origin{"demo/cats:v1", {}}});
    CHECK(good.ends_with("entries 3\nbytes 18446744073709551615\norigin demo/cats:v1 -\n"));
    for (const auto& text :
         {std::string(), good.substr(0, good.size() - 1), good + "x\n",
          replaced(good, "entries 3", "entries 03"), replaced(good, "entries 3", "entries -3"),
          replaced(good, "18446744073709551615", "18446744073709551616"), replaced(good, "sha256:", "sha1:"),
          replaced(good, "demo/cats:v1", "demo/cats"), replaced(good, "demo/cats:v1", "../x:v1"),
          replaced(good, " -\n", " sha256:00\n"),
          replaced(good, " -\n", " sha256:" + std::string(64, '0') + "\n")}) {
        CAPTURE(text);
        CHECK_THROWS_AS((void)parse_dataset_text(text, "it"), CorruptObject);
    }
    CHECK(kind_of([&] {
              (void)parse_dataset_text(replaced(good, "dsctl-commit 1", "dsctl-commit 2"), "it");
          }) == ErrorKind::failure);
    CHECK(kind_of([&] { (void)write_dataset_text({tree, Origin{"a b\n", {}}}); }) == ErrorKind::usage);
}

TEST_CASE("trees hold the one file and tags a version's record") {
    const auto tree = write_tree_text(id_b);
    CHECK(parse_tree_text(tree, "it") == id_b);
    for (const auto& text : {std::string(), tree.substr(1), tree + "x", tree + tree,
                             replaced(tree, "100644", "100755"), replaced(tree, "dataset", "dataseT")}) {
        CHECK_THROWS_AS((void)parse_tree_text(text, "it"), CorruptObject);
    }
    const auto tag = write_tag_text({id_a, "v1", ds_test::ada, "{\n\"x\": 1}"});
    CHECK(parse_tag_text(tag, "it").record == "{\n\"x\": 1}");
    CHECK(parse_tag_text(tag, "it").commit == id_a);
    for (const auto& text : {replaced(tag, "type commit", "type tree"), replaced(tag, "tag v1", "tag ../v1"),
                             replaced(tag, "tagger", "tager"), tag.substr(0, 60)}) {
        CHECK_THROWS_AS((void)parse_tag_text(text, "it"), CorruptObject);
    }
}

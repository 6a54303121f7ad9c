// What cards say, in both spellings, and what is made of it.
#include "card/exports.hpp"

#include <doctest/doctest.h>

using namespace ds;

namespace {

VersionFacts facts() {
    VersionFacts facts;
    facts.registry = "lab";
    facts.registry_url = "https://rgw.lab/datasets";
    facts.dataset = DatasetName("my.team", "cats_1");
    facts.version = "v1";
    facts.published = true;
    facts.digest = Sha256::from_hex(std::string(64, 'a'));
    facts.time = 1767323045;
    facts.author = "Ada Example";
    return facts;
}

} // namespace

TEST_CASE("card: Hugging Face's dataset_info fills what the card itself does not say") {
    const auto card =
        parse_card("---\nlicense: [mit, cc0-1.0]\nlanguage: en\ndataset_info:\n  features:\n  - name: text\n "
                   "   dtype: string\n"
                   "  - name: tags\n    sequence: string\n  splits:\n  - name: train\n    num_examples: 3\n  "
                   "- name: test\n"
                   "    num_examples: 4\n---\n\n# Title\n\nFirst paragraph,\nover two lines.\n\nSecond.\n");
    CHECK(card.licenses == std::vector<std::string>{"mit", "cc0-1.0"});
    CHECK(card.languages == std::vector<std::string>{"en"});
    REQUIRE(card.features.size() == 2);
    CHECK(card.features[0].type == "string");
    CHECK(card.features[1].type == "sequence");
    CHECK(card.split_types == std::vector<std::string>{"train", "test"});
    CHECK(card.num_samples == 7);
    CHECK(card.description == "First paragraph, over two lines.");
    const auto own = parse_card("---\nnum_samples: 9\nsplit_types: [x]\ndataset_info:\n  splits:\n  - {name: "
                                "train, num_examples: 3}\n---\n");
    CHECK(own.num_samples == 9);
    CHECK(own.split_types == std::vector<std::string>{"x"});
}

TEST_CASE("card: without front matter, with one that has no end, with Windows' line ends") {
    CHECK(parse_card("# T\n\ntext\n").description == "text");
    CHECK(parse_card("---\na: b\n").front.members.empty());
    const auto card = parse_card("\xEF\xBB\xBF---\r\nlicense: mit\r\n---\r\nbody\r\n");
    CHECK(card.licenses == std::vector<std::string>{"mit"});
    CHECK(card.body == "body\r\n");
    CHECK(lint_card("").size() == 3);
    CHECK(lint_card("---\nx: 1\n").size() == 1);
    CHECK(lint_card("---\n- a\n---\n").back().text == "the front matter must be a map");
}

TEST_CASE("card: the template is sound but for what is left to be said") {
    const auto problems = lint_card(card_template("demo/cats", "", "Ada Example <ada@example.org>"));
    REQUIRE(problems.size() <= 1);
    CHECK(lint_card(card_template("demo/cats", "It's: \"cats\" # here", "A <a@b.org>")).empty());
}

TEST_CASE("card: names fit Kubernetes, facts are annotations") {
    const auto version = llmos_version(facts());
    CHECK(version.at("metadata").at("name").str() == "cats-1-v1");
    CHECK(version.at("metadata").at("namespace").str() == "my-team");
    CHECK(version.at("metadata").at("annotations").at("dsctl/uri").str() ==
          "dsctl+https://rgw.lab/datasets#my.team/cats_1:v1@sha256:" + std::string(64, 'a'));
    CHECK(version.at("spec").at("publish").boolean());
}

TEST_CASE("card: facts for trackers") {
    CHECK(short_digest(facts().digest) == std::string(32, 'a'));
    CHECK(short_digest({}).empty());
    CHECK(uuid_of("x") == uuid_of("x"));
    CHECK(uuid_of("x") != uuid_of("y"));
    CHECK(uuid_of("x").size() == 36);
    CHECK(registry_uri("/a b/c") == "file:///a%20b/c");
    CHECK(media_type("a/b.CSV") == "text/csv");
    CHECK(media_type("a.csv/b") == "application/octet-stream");
}

TEST_CASE("card: TeX's own letters in a citation") {
    const auto card =
        parse_card("---\npretty_name: 'a_b {c} 100% \\x'\nauthors: ['Müller, Jörg Karl', Solo]\n---\n");
    const auto text = cite_bibtex(card, facts());
    CHECK(text.find("title   = {a\\_b \\{c\\} 100\\% \\textbackslash{}x}") != std::string::npos);
    CHECK(text.find("author  = {Müller, Jörg Karl and {Solo}}") != std::string::npos);
    CHECK(cite_text(card, facts()).starts_with("Müller, J. K., & Solo. (2026). "));
    CHECK(parse_yaml(cite_cff(card, facts())).find("authors")->items[0].find("given-names")->text ==
          "Jörg Karl");
}

TEST_CASE("card: files of Croissant are grouped when there are many, in bounded memory") {
    const auto many = [](const std::function<void(const FileFacts&)>& visit) {
        for (int i = 0; i < 5000; ++i) { // as many folders as files
            visit({"f" + std::to_string(i) + "/x.txt", 1, {}});
        }
    };
    const auto document = card_for_croissant({}, facts(), many, 100);
    CHECK(document.at("distribution").items().size() == 2); // the version, and all of one ending
    const auto all = [](const std::function<void(const FileFacts&)>& visit) {
        for (int i = 0; i < 5000; ++i) {
            visit({"x.e" + std::to_string(i), 1, {}});
        }
    };
    const auto odd = card_for_croissant({}, facts(), all, 100);
    CHECK(odd.at("distribution").items().size() == 2);
    CHECK(odd.at("distribution").items()[1].at("@id").str() == "files//all");
}

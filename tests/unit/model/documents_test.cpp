// The JSON documents: round trips, what is required, and what must agree.
#include "codec/json.hpp"
#include "samples.hpp"

#include "base/error.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace ds;
using namespace ds_test;

namespace {

template <class Document>
std::optional<ErrorKind> refusal(const std::string& text) {
    try {
        (void)Document::parse(text, "thing");
        return std::nullopt;
    } catch (const Error& error) {
        CHECK(error.message().find("thing") != std::string::npos);
        return error.kind();
    }
}

template <class Document>
bool corrupt(const std::string& text) {
    return refusal<Document>(text) == ErrorKind::corrupt;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

/// The document without one member.
std::string without(const std::string& text, std::string_view key) {
    const Json json = Json::parse(text, "text");
    Json out = Json::object();
    for (const auto& [name, value] : json.members()) {
        if (name != key) {
            out.set(name, value);
        }
    }
    return out.dump(true);
}

template <class Document>
void check_required(const std::string& text, const std::vector<std::string>& optional) {
    const Json json = Json::parse(text, "text");
    for (const auto& member : json.members()) {
        const std::string& name = member.first;
        CAPTURE(name);
        const bool may_miss = std::find(optional.begin(), optional.end(), name) != optional.end();
        CHECK(corrupt<Document>(without(text, name)) != may_miss);
        // No member takes a value of another type.
        Json wrong = Json::parse(without(text, name), "text");
        wrong.set(name, Json(true));
        CHECK(corrupt<Document>(wrong.dump(true)));
    }
    Json more = Json::parse(text, "text");
    more.set("later_addition", Json(1));
    CHECK(Document::parse(more.dump(true), "thing").text() == text);
    CHECK(refusal<Document>(replaced(text, "/1\"", "/2\"")) == ErrorKind::failure);
    CHECK(corrupt<Document>(replaced(text, "/1\"", "/x\"")));
    CHECK(corrupt<Document>(replaced(text, "/1\"", "/0\"")));
    CHECK(corrupt<Document>(replaced(text, "/1\"", "1\"")));
    CHECK(corrupt<Document>(replaced(text, "dsctl.", "other.")));
    CHECK(corrupt<Document>("[]"));
    CHECK(corrupt<Document>(""));
}

} // namespace

TEST_CASE("every document reads back") {
    const Head head = sample_head();
    const Head back = Head::parse(head.text(), "thing");
    CHECK(back.text() == head.text());
    CHECK(back.state == HeadState::publishing);
    CHECK((back.roots == head.roots));
    CHECK((back.origin == head.origin));
    CHECK((back.pending == head.pending));
    CHECK(back.pinned_record == head.pinned_record);
    CHECK(back.recent == head.recent);
    CHECK(back.author == head.author);
    const Record record = sample_record();
    const Record again = Record::parse(record.text(), "thing");
    CHECK(again.text() == record.text());
    CHECK((again.manifest == record.manifest));
    CHECK((again.roots == record.roots));
    CHECK((again.origin == record.origin));
    CHECK((again.previous == record.previous));
    CHECK(again.message == record.message);
    const Catalog catalog = Catalog::parse(sample_catalog().text(), "thing");
    CHECK(catalog.text() == sample_catalog().text());
    CHECK(catalog.versions[1].deprecated == "wrong labels");
    CHECK(catalog.versions[1].digest == sha256("d"));
    CHECK(RegistryDescription::parse(sample_description().text(), "thing").text() ==
          sample_description().text());
}

TEST_CASE("members are required, typed, and unknown ones ignored") {
    check_required<Head>(sample_head().text(), {"roots", "origin", "pinned_record"});
    check_required<Record>(sample_record().text(), {"origin", "previous"});
    check_required<Catalog>(sample_catalog().text(), {"description"});
    check_required<RegistryDescription>(sample_description().text(), {});
}

TEST_CASE("a newer document says what to do") {
    try {
        (void)Head::parse(replaced(sample_head().text(), "head/1", "head/2"), "the head of a/b:c");
        FAIL("accepted");
    } catch (const Error& error) {
        CHECK(error.message() == "the head of a/b:c was written by a newer dsctl");
        CHECK(error.hint() == "upgrade dsctl");
    }
}

TEST_CASE("heads: states and bounds") {
    Head empty;
    empty.dataset = "a/b";
    empty.version = "v1";
    empty.write_id = "x";
    empty.pending = {{{sha256("p"), "v", 7, sha256("list")}, 5}};
    CHECK_FALSE(refusal<Head>(empty.text()));
    Head wrong = empty;
    wrong.roots = sample_roots();
    CHECK(corrupt<Head>(wrong.text()));
    wrong = empty;
    wrong.commit = std::string(40, 'a');
    CHECK(corrupt<Head>(wrong.text()));
    wrong = empty;
    wrong.state = HeadState::draft;
    CHECK(corrupt<Head>(wrong.text()));
    wrong.state = HeadState::dropped;
    CHECK_FALSE(refusal<Head>(wrong.text()));
    const std::string text = sample_head().text();
    CHECK(corrupt<Head>(replaced(text, "\"publishing\"", "\"sleeping\"")));
    CHECK(corrupt<Head>(replaced(text, "lab/faces", "lab")));
    CHECK(corrupt<Head>(replaced(text, "lab/faces", "Lab/faces")));
    CHECK(corrupt<Head>(replaced(text, "\"v1.0\"", "\"v1..0\"")));
    CHECK(corrupt<Head>(replaced(text, std::string(40, 'c'), std::string(40, 'C'))));
    CHECK(corrupt<Head>(replaced(text, std::string(40, 'c'), std::string(39, 'c'))));
    CHECK(corrupt<Head>(replaced(text, sha256("tree").hex(), std::string(63, '0'))));
    CHECK(corrupt<Head>(replaced(text, "4000000000", "4294967296"))); // above 32 bits
    CHECK(corrupt<Head>(replaced(text, "4000000000", "4294967290"))); // with the offset above 32 bits
    CHECK(corrupt<Head>(replaced(text, "v1.x-Y", "v 1")));
    CHECK(corrupt<Head>(replaced(text, "hub/lab/other:v2", "a/b/c/d:v2")));
    CHECK(corrupt<Head>(replaced(text, "1700000000", "-1")));
    CHECK(corrupt<Head>(replaced(text, "1700000000", "1.5")));
    CHECK(corrupt<Head>(replaced(text, "1700000000", "999999999999999")));
    Head ring = sample_head();
    ring.recent.assign(20, "id");
    CHECK(Head::parse(ring.text(), "thing").recent.size() == 16);
    ring.author.assign(70'000, 'x');
    CHECK_THROWS_AS((void)ring.text(), const Error&);
    CHECK(corrupt<Head>(text + std::string(70'000, ' ')));
}

TEST_CASE("records: what is said twice must agree") {
    Record wrong = sample_record();
    wrong.digest.bytes[0] ^= 1;
    CHECK(corrupt<Record>(wrong.text()));
    wrong = sample_record();
    wrong.manifest.files += 1;
    CHECK(corrupt<Record>(wrong.text())); // the digest is another
    wrong.digest = wrong.manifest.digest();
    CHECK(corrupt<Record>(wrong.text())); // the roots have other totals
    wrong = sample_record();
    wrong.roots.tree.root = sha256("other");
    CHECK(corrupt<Record>(wrong.text()));
    wrong = sample_record();
    wrong.roots.tree.bytes += 1;
    CHECK(corrupt<Record>(wrong.text()));
    wrong = sample_record();
    wrong.sequence = 0;
    CHECK(corrupt<Record>(wrong.text()));
    wrong = sample_record();
    wrong.registry_id = "xyz";
    CHECK(corrupt<Record>(wrong.text()));
    CHECK(corrupt<Record>(replaced(sample_record().text(), "dsctl-manifest 1", "dsctl-manifest 9")));
}

TEST_CASE("registry descriptions: bounds") {
    RegistryDescription wrong = sample_description();
    wrong.retention_mode = "SOMETIMES";
    CHECK(corrupt<RegistryDescription>(wrong.text()));
    wrong = sample_description();
    wrong.pack_days = 40'000;
    CHECK(corrupt<RegistryDescription>(wrong.text()));
    wrong = sample_description();
    wrong.id = std::string(31, 'a');
    CHECK(corrupt<RegistryDescription>(wrong.text()));
}

// Notes, pins of any length, and the state of collection.
#include "registry/collection.hpp"
#include "fakes.hpp"
#include "registry/notes.hpp"

#include <doctest/doctest.h>

using namespace ds_test;
using ds::HeadState;
using Fault = FaultyControl::Fault;
using Outcome = ds::HeadUpdate::Outcome;

namespace {

const ds::DatasetName cats("demo", "cats");
const ds::VersionName v1("v1");

ds::PackRef pack(unsigned char n) {
    ds::PackRef out;
    out.name.bytes[0] = n;
    out.version_id = "v" + std::to_string(n);
    return out;
}

template <class Call>
ds::ErrorKind kind_of(Call call) {
    try {
        call();
    } catch (const ds::Error& e) {
        return e.kind();
    }
    return ds::ErrorKind::differs;
}

std::function<void(ds::Head&)> to_pin(const std::string& text) {
    return [text](ds::Head& head) {
        head.state = HeadState::publishing;
        head.commit = commit_of(1);
        head.pinned_record = text;
    };
}

} // namespace

TEST_CASE("notes: read back, checked, and never twice under one name") {
    const TestRegistry lab;
    const auto note = ds::put_note(*lab, "demo", "some bytes");
    CHECK(ds::read_note(*lab, "demo", note, "a note") == "some bytes");
    CHECK(ds::put_note(*lab, "demo", "some bytes").name != note.name);
    auto wrong = note;
    wrong.hash.bytes[0] ^= 1;
    CHECK(kind_of([&] { (void)ds::read_note(*lab, "demo", wrong, "a note"); }) == ds::ErrorKind::corrupt);
    wrong = note;
    wrong.length = 4;
    CHECK(kind_of([&] { (void)ds::read_note(*lab, "demo", wrong, "a note"); }) == ds::ErrorKind::corrupt);
    lab->data().remove(ds::note_key("demo", note.name), note.version_id);
    CHECK(kind_of([&] { (void)ds::read_note(*lab, "demo", note, "a note"); }) == ds::ErrorKind::corrupt);
}

TEST_CASE("notes: a record of any legal length can be pinned") {
    const TestRegistry lab;
    const auto born = lab->ensure_head(cats, v1);
    // Quotes and backslashes take four times their space in a head.
    for (const std::string& text : {std::string(50 << 10, 'x'), std::string(ds::max_document_bytes, '"')}) {
        auto head = lab->update_head(*lab->head(cats, "v1"), to_pin(text), 1);
        REQUIRE(head.outcome == Outcome::done);
        CHECK(head.current.head.pinned_record == text);
        const auto seen = lab.connect()->head(cats, "v1").value();
        CHECK(seen.head.pinned_record == text);
        CHECK(lab->control().get(ds::head_key(cats, "v1"))->body.size() < 4096);
        // What somebody else notes in the head leaves the pin where it is.
        const auto kept = lab->update_head(
                                 seen, [](ds::Head& next) { next.epoch += 1; }, 2)
                              .current;
        CHECK(kept.head.pinned_note == seen.head.pinned_note);
        CHECK(ds::same_content(kept.head, seen.head));
    }
    const auto undone = lab->update_head(*lab->head(cats, "v1"), to_commit(2), 3).current;
    CHECK_FALSE(undone.head.pinned_note.has_value());
    CHECK_FALSE(ds::same_content(undone.head, born.head));
    const auto brief = lab->update_head(undone, to_pin("short"), 4).current;
    CHECK_FALSE(brief.head.pinned_note.has_value());
}

TEST_CASE("notes: a pinned record that is gone is damage, not a head without a pin") {
    const TestRegistry lab;
    const auto head =
        lab->update_head(lab->ensure_head(cats, v1), to_pin(std::string(50 << 10, 'x')), 1).current.head;
    lab->data().remove(ds::note_key("demo", head.pinned_note->name), head.pinned_note->version_id);
    CHECK(kind_of([&] { (void)lab->head(cats, "v1"); }) == ds::ErrorKind::corrupt);
}

TEST_CASE("notes: lists of packs") {
    const TestRegistry lab;
    ds::PackSet packs;
    CHECK(ds::put_pack_lists(*lab, "demo", packs).empty());
    for (unsigned i = 0; i < ds::max_listed_packs + 5; ++i) {
        ds::PackRef one;
        one.name.bytes[30] = static_cast<unsigned char>(i >> 8);
        one.name.bytes[31] = static_cast<unsigned char>(i);
        one.version_id = "v";
        packs.insert(one);
    }
    const auto lists = ds::put_pack_lists(*lab, "demo", packs);
    CHECK(lists.size() == 2);
    ds::PackSet back;
    ds::read_pack_lists(*lab, "demo", lists, "lists", back);
    CHECK(back == packs);
}

TEST_CASE("collection: the state changes by compare-and-swap, whatever the replies") {
    const TestRegistry lab;
    FaultyControl* control = nullptr;
    const auto client = lab.connect_faulty(control);
    const auto none = ds::read_collection(*client, "demo");
    CHECK(none.etag.empty());
    CHECK(none.state.epoch == 0);
    int faults = 1;
    auto kind = Fault::none;
    SUBCASE("no fault") {}
    SUBCASE("lost") {
        kind = Fault::lost;
    }
    SUBCASE("the reply was lost") {
        kind = Fault::reply_lost;
    }
    SUBCASE("refused by its own first try") {
        kind = Fault::refused_wrongly;
    }
    control->fault = [&](const auto&) { return faults-- > 0 ? kind : Fault::none; };
    auto next = none.state;
    next.epoch = 1;
    const auto first = ds::change_collection(*client, none, next);
    REQUIRE(first.has_value());
    CHECK(ds::read_collection(*lab, "demo").etag == first->etag);
    CHECK_FALSE(ds::change_collection(*lab, none, next).has_value());
    faults = 1;
    next.epoch = 2;
    const auto second = ds::change_collection(*client, *first, next);
    REQUIRE(second.has_value());
    CHECK(second->state.epoch == 2);
    CHECK_FALSE(ds::change_collection(*client, *first, next).has_value());
}

TEST_CASE("collection: condemned packs are read when asked for, once") {
    const TestRegistry lab;
    ds::CondemnedPacks before(*lab, "demo");
    CHECK(before.empty());
    const ds::PackSet packs{pack(1), pack(2)};
    ds::Collection next;
    next.epoch = 1;
    next.packs = ds::put_pack_lists(*lab, "demo", packs);
    REQUIRE(ds::change_collection(*lab, ds::read_collection(*lab, "demo"), next).has_value());
    CHECK(before.empty()); // as of when it was read
    ds::CondemnedPacks after(*lab, "demo");
    CHECK(after.contains(pack(1)));
    CHECK_FALSE(after.contains(pack(3)));
    auto other = pack(1);
    other.version_id = "another";
    CHECK_FALSE(after.contains(other));
    CHECK(after.epoch() == 1);
    lab->data().remove(ds::note_key("demo", next.packs[0].name), next.packs[0].version_id);
    ds::CondemnedPacks damaged(*lab, "demo");
    CHECK(kind_of([&] { (void)damaged.empty(); }) == ds::ErrorKind::corrupt);
}

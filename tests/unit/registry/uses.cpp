// Records of uses: strict to read, harmless to write whatever the environment holds.
#include "registry/uses.hpp"
#include "fakes.hpp"
#include "unit/use_sample.hpp"

#include "base/error.hpp"

#include <doctest/doctest.h>

using namespace ds_test;

namespace {

const ds::DatasetName cats("demo", "cats");

} // namespace

TEST_CASE("uses: what the environment holds becomes plain, and reads back") {
    auto record = sample_use(std::string(32, 'a'));
    record.user = "\x1b]52;c;x\x07 \xff" + std::string(1000, 'u');
    record.host = "";
    record.run = ds::UseRecord::Run{"mlflow", "a\nb\u202e", std::string(300, '\xc3')};
    const auto text = record.text();
    CHECK(text.find('\n') == text.size() - 1);
    CHECK(text.size() <= ds::max_use_record_bytes);
    const auto back = ds::UseRecord::parse(text, "a record");
    CHECK(back.text() == text);
    CHECK(back.host == "unknown");
    CHECK(back.user.size() <= ds::max_use_text_bytes);
    CHECK(back.run->id == "a?b?");
}

TEST_CASE("uses: strict to read") {
    const auto good = sample_use(std::string(32, 'a')).text();
    CHECK(ds::UseRecord::parse(good, "a record").action == "get");
    const std::pair<const char*, const char*> spoils[] = {
        {"dsctl.use/1", "dsctl.head/1"},
        {"demo/cats", "cats"},
        {"\"v1\"", "\"../x\""},
        {"\"get\"", "\"GET it\""},
        {"\"Ada\"", "\"\\u001b[0m\""},
        {"\"host\":\"host\"", "\"x\":1"},
        {"1767323045", "-1"},
    };
    for (const auto& [from, to] : spoils) {
        auto bad = good;
        bad.replace(bad.find(from), std::string(from).size(), to);
        CAPTURE(bad);
        CHECK_THROWS_AS((void)ds::UseRecord::parse(bad, "a record"), ds::Error);
    }
    CHECK_THROWS_AS((void)ds::UseRecord::parse(good + std::string(5000, ' '), "a record"), ds::CorruptObject);
}

TEST_CASE("uses: the newest are found, the rest is counted") {
    const TestRegistry lab;
    const auto id = lab->description().id;
    for (int i = 0; i < 30; ++i) {
        auto record = sample_use(id);
        record.time += i;
        ds::put_use(lab->control(), record);
    }
    auto other = sample_use(id);
    other.version = "v2";
    ds::put_use(lab->control(), other);
    const auto prefix = ds::uses_prefix(cats, "v1", {});
    (void)lab->control().put_if_absent(prefix + "zzz", "x");
    (void)lab->control().put_if_absent(prefix + "20990101-000000-0000000000000000.json",
                                       sample_use(std::string(32, 'b')).text());
    const auto found = ds::find_uses(*lab, cats, "v1", {}, 10);
    CHECK(found.seen == 32);
    CHECK(found.damaged == 2);
    REQUIRE(found.records.size() == 9); // the newest key speaks of another registry
    CHECK(found.records.front().time == 1767323045 + 29);
    CHECK(ds::find_uses(*lab, cats, "v3", {}, 10).seen == 0);
    CHECK(ds::find_uses(*lab, cats, "v1", ds::Sha256::from_hex(std::string(64, 'a')), 10).seen == 0);
}

// A registry that takes back what it showed: each way has an error of its own.
#include "unit/support.hpp"

#include "codec/hash.hpp"
#include "dataset/seen.hpp"
#include "os/file.hpp"
#include "registry/buckets/folder.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

using namespace ds;

namespace {

const DatasetName cats("demo", "cats");

/// A registry that shows what the test says.
struct Shop {
    ds_test::TempDir dir;
    NoLog log;
    std::unique_ptr<Registry> registry;
    Shop() {
        setenv("XDG_DATA_HOME", (dir / "data").c_str(), 1);
        make();
    }
    ~Shop() {
        unlock_folder_registry(dir / "registry");
        unsetenv("XDG_DATA_HOME");
    }
    void make() {
        RegistryDescription wanted;
        wanted.id = random_hex(16);
        wanted.retention_mode = "COMPLIANCE";
        registry = Registry::init("lab", dir / "registry", wanted);
    }
    [[nodiscard]] SeenVersions seen() { return {*registry, cats, log}; }

    /// A record that lies nowhere.
    [[nodiscard]] StoredRecord record(std::uint64_t sequence, const std::string& message = "") const {
        StoredRecord stored;
        stored.record.registry_id = registry->description().id;
        stored.record.dataset = cats.str();
        stored.record.version = "v" + std::to_string(sequence);
        stored.record.sequence = sequence;
        stored.record.commit = std::string(40, 'a');
        stored.record.manifest.tree = sha256("tree");
        stored.record.roots.tree.root = sha256("tree");
        stored.record.roots.history_place.version_id = "v";
        stored.record.roots.layout_place.version_id = "v";
        stored.record.roots.tree_place.version_id = "v";
        stored.record.digest = stored.record.manifest.digest();
        stored.record.message = message;
        stored.text = stored.record.text();
        return stored;
    }
    /// One that the registry holds.
    StoredRecord claim(std::uint64_t sequence) {
        const auto wanted = record(sequence);
        return registry->claim_record(cats, wanted.record.version, wanted.text,
                                      registry->record_lock(unix_now()));
    }
};

template <class Call>
std::string refusal(Call call) {
    try {
        call();
    } catch (const CorruptObject& error) {
        CHECK(error.hint().find("/seen/") != std::string::npos);
        return error.message();
    }
    return "";
}

bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("seen: what does not change is fine, and what is new is remembered") {
    Shop shop;
    shop.seen().check_newest(std::nullopt);
    const auto first = shop.claim(1);
    shop.seen().check_newest(first);
    shop.seen().check_newest(first);
    const auto second = shop.claim(2);
    shop.seen().check_version("v2", second);
    shop.seen().check_version("v1", first);
    shop.seen().check_version("v9", std::nullopt);
    shop.seen().check_all({first, second});
    REQUIRE(shop.seen().versions().size() == 2);
    CHECK(shop.seen().versions()[1].version == "v2");
    CHECK(shop.seen().versions()[1].record == sha256(second.text));
}

TEST_CASE("seen: a version that is another one now") {
    Shop shop;
    shop.seen().check_newest(shop.record(1));
    CHECK(
        holds(refusal([&] { shop.seen().check_newest(shop.record(1, "other")); }), "v1 is not what it was"));
    CHECK(holds(refusal([&] { shop.seen().check_version("v1", shop.record(1, "other")); }),
                "is not what it was"));
    CHECK(holds(refusal([&] { shop.seen().check_all({shop.record(1, "other")}); }), "is not what it was"));
}

TEST_CASE("seen: an older state") {
    Shop shop;
    const auto first = shop.claim(1);
    shop.seen().check_newest(first);
    shop.seen().check_newest(shop.claim(3));
    const auto text = refusal([&] { shop.seen().check_newest(first); });
    CHECK(holds(text, "shows an older state"));
    CHECK(holds(text, "v3 (sequence 3) was seen, the newest version is v1 (sequence 1)"));
    CHECK(holds(refusal([&] { shop.seen().check_newest(std::nullopt); }), "the newest version is none"));
    CHECK(holds(refusal([&] { shop.seen().check_all({first}); }), "shows an older state"));
}

TEST_CASE("seen: a dropped version") {
    Shop shop;
    const auto first = shop.claim(1);
    const auto second = shop.claim(2);
    shop.seen().check_all({first, second});
    CHECK(holds(refusal([&] { shop.seen().check_version("v1", std::nullopt); }), "its record is gone"));
    CHECK(holds(refusal([&] { shop.seen().check_all({second}); }), "its record is gone"));
}

TEST_CASE("seen: another history from some point on") {
    Shop shop;
    shop.seen().check_newest(shop.record(2)); // seen, but not in this state of the registry
    CHECK(holds(refusal([&] { shop.seen().check_newest(shop.claim(3)); }),
                "it has v3 (sequence 3), but v2 (sequence 2) is gone"));
    CHECK(holds(refusal([&] { shop.seen().check_version("v4", shop.claim(4)); }), "shows another history"));
    CHECK(shop.seen().versions().size() == 1);
}

TEST_CASE("seen: another registry at the same place, and a damaged file") {
    Shop shop;
    shop.seen().check_newest(shop.claim(1));
    const auto path = shop.seen().path();
    unlock_folder_registry(shop.dir / "registry");
    shop.registry.reset();
    std::filesystem::remove_all(shop.dir / "registry");
    shop.make();
    CHECK(holds(refusal([&] { (void)shop.seen(); }), "is another one than before"));
    remove_file(path);
    shop.seen().check_newest(shop.claim(1));
    const auto good = read_file(path);
    for (const auto& bad : {std::string(), std::string("dsctl-seen 2\n"), good.substr(0, good.size() - 1),
                            good.substr(0, good.size() / 2), good + "1 x v1\n", good + "\n"}) {
        CAPTURE(bad);
        write_file_atomic(path, bad);
        CHECK(holds(refusal([&] { (void)shop.seen(); }), "is damaged"));
    }
    remove_file(path);
    CHECK(shop.seen().versions().empty());
}

TEST_CASE("seen: without a folder to remember in everything goes on") {
    Shop shop;
    write_file_atomic(shop.dir / "data", "no folder");
    shop.seen().check_newest(shop.claim(1));
    CHECK(shop.seen().versions().empty());
}

TEST_CASE("seen: of very many the newest are remembered") {
    Shop shop;
    std::vector<StoredRecord> many(max_seen_versions + 2, shop.record(1));
    for (std::size_t i = 0; i < many.size(); ++i) {
        many[i].record.sequence = i + 1;
        many[i].record.version = "v" + std::to_string(i + 1);
    }
    shop.seen().check_all(many);
    CHECK(shop.seen().versions().size() == max_seen_versions);
    CHECK(shop.seen().versions().front().sequence == 3);
}

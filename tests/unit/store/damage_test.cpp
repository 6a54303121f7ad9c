// Bit rot: whatever is damaged, the outcome is an error or the very bytes; check() names it.
#include "base/error.hpp"
#include "codec/hash.hpp"
#include "store/content.hpp"
#include "store/ingest.hpp"
#include "store_support.hpp"

#include <doctest/doctest.h>

using namespace ds;
using namespace ds_test;

namespace {

struct Damaged {
    TempDir dir;
    std::string path = dir / "s";
    std::vector<std::pair<Entry, std::string>> files;
    Sha256 node;
    Quiet quiet;

    Damaged() {
        ObjectStore::create(path, small_params());
        auto store = ObjectStore::open(path);
        for (unsigned session = 0; session < 2; ++session) {
            auto writer = store->writer();
            for (unsigned i = 0; i < 6; ++i) {
                const std::string data =
                    i % 2 == 0 ? noise(300 + 900 * i, i + session * 10) : rows(5000, i + session * 10);
                files.emplace_back(ingest_bytes(data, EntryKind::file, *writer, store->params()), data);
            }
            writer->save_node(sha256("node"), "node");
            writer->commit();
        }
    }

    /// The number of files that could be read, every one of them exactly.
    std::size_t readable() const {
        std::size_t good = 0;
        std::unique_ptr<ObjectStore> store;
        try {
            store = ObjectStore::open(path);
        } catch (const Error&) {
            return 0;
        }
        for (const auto& [entry, data] : files) {
            std::string got;
            try {
                got = streamed(*store, entry);
            } catch (const Error&) {
                continue;
            }
            CHECK(got == data);
            ++good;
        }
        return good;
    }
    std::vector<StoreProblem> check() {
        std::vector<StoreProblem> out;
        ObjectStore::open(path)->check(quiet.context, [&](const StoreProblem& p) { out.push_back(p); });
        return out;
    }
};

} // namespace

TEST_CASE("a whole store has no problems") {
    Damaged d;
    CHECK(d.check().empty());
    CHECK(d.readable() == d.files.size());
}

TEST_CASE("bit flips and cuts anywhere are errors or harmless") {
    Damaged d;
    std::size_t unnoticed = 0;
    for (const std::string& file : files_below(d.path)) {
        const std::string good = read_text(file);
        const std::size_t step = std::max<std::size_t>(1, good.size() / 60);
        for (std::size_t i = 0; i < good.size(); i += step) {
            std::string bad = good;
            bad[i] = static_cast<char>(bad[i] ^ 1 << (i % 8));
            write_text(file, bad);
            static_cast<void>(d.readable()); // checks what is handed out
            if (!file.ends_with("format") && d.check().empty()) {
                ++unnoticed;
            }
        }
        for (std::size_t n = 0; n < good.size(); n += std::max<std::size_t>(1, good.size() / 12)) {
            write_text(file, good.substr(0, n));
            static_cast<void>(d.readable());
            if (!file.ends_with("format")) {
                CHECK_FALSE(d.check().empty());
            }
        }
        std::filesystem::remove(file);
        static_cast<void>(d.readable());
        write_text(file, good);
    }
    CHECK(unnoticed == 0);
    CHECK(d.readable() == d.files.size());
}

TEST_CASE("the index is rebuilt from the packs alone") {
    Damaged d;
    for (const std::string& file : files_below(d.path + "/index")) {
        std::filesystem::remove(file);
    }
    CHECK(d.readable() == 0);
    ObjectStore::open(d.path)->rebuild_index(d.quiet.context,
                                             [](const StoreProblem&) { FAIL("no problem expected"); });
    CHECK(d.readable() == d.files.size());
    CHECK(d.check().empty());
    // A damaged segment does not keep the store from opening and is replaced, too.
    const std::string index = files_below(d.path + "/index").front();
    write_text(index, read_text(index).substr(0, 50));
    CHECK_THROWS_AS(streamed(*ObjectStore::open(d.path), d.files[0].first), CorruptObject);
    CHECK_FALSE(d.check().empty());
    ObjectStore::open(d.path)->rebuild_index(d.quiet.context, [](const StoreProblem&) {});
    CHECK(d.readable() == d.files.size());
    CHECK(d.check().empty());
}

TEST_CASE("packs without a footer are rebuilt from their frames") {
    Damaged d;
    for (const std::string& file : files_below(d.path + "/packs")) {
        const std::string good = read_text(file);
        write_text(file, good.substr(0, good.size() - 40));
    }
    CHECK(d.readable() == 0);
    std::size_t reports = 0;
    ObjectStore::open(d.path)->rebuild_index(d.quiet.context, [&](const StoreProblem&) { ++reports; });
    CHECK(reports > 0);
    CHECK(d.readable() == d.files.size());
    CHECK(d.check().empty());
    // With a frame damaged as well the others are saved.
    const std::string file = files_below(d.path + "/packs").front();
    std::string bad = read_text(file);
    bad[20] = static_cast<char>(bad[20] ^ 1);
    bad.resize(bad.size() - 10);
    write_text(file, bad);
    ObjectStore::open(d.path)->rebuild_index(d.quiet.context, [](const StoreProblem&) {});
    CHECK(d.check().empty());
    CHECK(d.readable() < d.files.size());
    CHECK(std::filesystem::exists(file + ".damaged"));
}

TEST_CASE("a second copy repairs a damaged object") {
    Damaged d;
    auto store = ObjectStore::open(d.path);
    const auto& [entry, data] = d.files[0];
    const auto place = store->locate(ObjectKind::chunk, entry.hash);
    REQUIRE(place.has_value());
    for (const std::string& file : files_below(d.path + "/packs")) {
        std::string bytes = read_text(file);
        if (const auto at = bytes.find(place->frame); at != std::string::npos) {
            bytes[at + place->frame.size() - 1] ^= 1;
            write_text(file, bytes);
        }
    }
    store = ObjectStore::open(d.path);
    CHECK_THROWS_AS(streamed(*store, entry), CorruptObject);
    const auto problems = d.check();
    CHECK(std::any_of(problems.begin(), problems.end(),
                      [&, hash = entry.hash](const StoreProblem& p) { return p.hash == hash; }));
    auto writer = store->writer();
    CHECK_FALSE(writer->put(ObjectKind::chunk, entry.hash, data));
    writer->put_copy(ObjectKind::chunk, entry.hash, data);
    writer->commit();
    CHECK(streamed(*store, entry) == data);
}

TEST_CASE("a wrong chunk with a right checksum never proves a whole file") {
    const TempDir dir;
    ObjectStore::create(dir / "s", small_params());
    auto store = ObjectStore::open(dir / "s");
    // 5 MiB: read by several threads. One chunk is kept under the hash of another's bytes.
    const std::string data = noise(5u << 20, 7);
    auto writer = store->writer();
    const std::size_t step = 1000;
    const std::size_t bad = 2000 * step;
    RecipeBuilder recipe = recipe_builder(*writer);
    for (std::size_t at = 0; at < data.size(); at += step) {
        const std::string chunk = data.substr(at, step);
        std::string kept = chunk;
        kept[0] = static_cast<char>(kept[0] ^ (at == bad ? 1 : 0));
        writer->put(ObjectKind::chunk, sha256(chunk), kept);
        recipe.add(chunk.size(), sha256(chunk));
    }
    store_recipe(*writer, recipe, sha256(data));
    writer->commit();
    const Entry entry{EntryKind::file, data.size(), sha256(data)};
    std::string got;
    CHECK_THROWS_AS(store->stream_whole("f", entry, [&](ByteView piece) { got += piece; }), CorruptObject);
    CHECK(got.size() == data.size()); // all was handed out, and then refused
    got.clear();
    CHECK_THROWS_AS(store->stream("f", entry, [&](ByteView piece) { got += piece; }), CorruptObject);
    CHECK(got == data.substr(0, got.size()));
    CHECK(got.size() <= bad);
    // A second, good copy: found chunk by chunk.
    writer = store->writer();
    writer->put_copy(ObjectKind::chunk, sha256(data.substr(bad, step)), data.substr(bad, step));
    writer->commit();
    CHECK(streamed(*store, entry) == data);
}

TEST_CASE("what lies in a missing pack is stored again") {
    Damaged d;
    for (const std::string& file : files_below(d.path + "/packs")) {
        std::filesystem::remove(file);
    }
    auto store = ObjectStore::open(d.path);
    CHECK_THROWS_AS(streamed(*store, d.files[0].first), Error);
    auto writer = store->writer();
    CHECK(ingest_bytes(d.files[0].second, EntryKind::file, *writer, store->params()) == d.files[0].first);
    CHECK(writer->new_objects() > 0);
    writer->commit();
    CHECK(streamed(*store, d.files[0].first) == d.files[0].second);
}

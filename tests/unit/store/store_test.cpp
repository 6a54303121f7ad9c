// The store as its users see it: sessions, dedup, reading, frames, nodes.
#include "base/error.hpp"
#include "os/file.hpp"
#include "store/ingest.hpp"
#include "store_support.hpp"

#include <doctest/doctest.h>
#include <map>
#include <thread>

using namespace ds;
using namespace ds_test;

namespace {

std::unique_ptr<ObjectStore> make_store(const std::string& path, const StoreParams& params = small_params()) {
    ObjectStore::create(path, params);
    return ObjectStore::open(path);
}

bool session_left(const std::string& store) {
    return !std::filesystem::is_empty(store + "/tmp");
}

} // namespace

TEST_CASE("objects of all kinds survive a session") {
    const TempDir dir;
    auto store = make_store(dir / "s");
    std::map<Sha256, std::string> chunks;
    std::map<Sha256, std::string> nodes;
    {
        auto writer = store->writer();
        for (unsigned i = 0; i < 300; ++i) {
            const std::string chunk = i % 2 == 0 ? noise(50 + 37 * i, i) : rows(50 + 41 * i, i);
            chunks[sha256(chunk)] = chunk;
            CHECK(writer->put(ObjectKind::chunk, sha256(chunk), chunk));
            CHECK_FALSE(writer->put(ObjectKind::chunk, sha256(chunk), chunk));
            const std::string node = rows(10 + i, 1000 + i);
            nodes[sha256(node)] = node;
            writer->save_node(sha256(node), node);
            CHECK(*writer->find_pending_node(sha256(node)) == node);
        }
        CHECK(writer->new_objects() == chunks.size() + nodes.size());
        CHECK_FALSE(store->has(ObjectKind::chunk, chunks.begin()->first));
        SessionNodes session(*store, *writer);
        CHECK(*session.load_node(nodes.begin()->first) == nodes.begin()->second);
        writer->commit();
        CHECK(*session.load_node(nodes.begin()->first) == nodes.begin()->second);
    }
    CHECK_FALSE(session_left(dir / "s"));
    auto again = ObjectStore::open(dir / "s");
    for (ObjectStore* s : {store.get(), again.get()}) {
        for (const auto& [hash, bytes] : chunks) {
            CHECK(s->has(ObjectKind::chunk, hash));
            CHECK_FALSE(s->has(ObjectKind::tree, hash));
            CHECK(*s->read(ObjectKind::chunk, hash) == bytes);
        }
        for (const auto& [hash, bytes] : nodes) {
            CHECK(*s->load_node(hash) == bytes);
        }
        CHECK_FALSE(s->read(ObjectKind::chunk, sha256("absent")).has_value());
        CHECK_THROWS_AS(static_cast<void>(s->load_node(sha256("absent"))), Error);
    }
    const StoreUsage usage = store->usage();
    CHECK(usage.objects == chunks.size() + nodes.size());
    CHECK(usage.packs > 2);
}

TEST_CASE("what another session stored is not stored again") {
    const TempDir dir;
    auto store = make_store(dir / "s");
    const std::string data = noise(200'000, 1);
    Entry entry;
    {
        auto writer = store->writer();
        entry = ingest_bytes(data, EntryKind::file, *writer, store->params());
        writer->commit();
    }
    const StoreUsage before = store->usage();
    auto other = ObjectStore::open(dir / "s");
    {
        auto writer = other->writer();
        CHECK(ingest_bytes(data, EntryKind::file, *writer, store->params()) == entry);
        CHECK(writer->new_objects() == 0);
        // A change in the middle costs a few chunks and a recipe.
        std::string changed = data;
        changed[100'000] = static_cast<char>(changed[100'000] ^ 1);
        const Entry second = ingest_bytes(changed, EntryKind::file, *writer, store->params());
        CHECK(writer->new_objects() < 6);
        writer->commit();
        CHECK(streamed(*other, second) == changed);
    }
    CHECK(store->usage().packs == before.packs + 2);
    CHECK(streamed(*store, entry) == data);
}

TEST_CASE("an abandoned session leaves nothing") {
    const TempDir dir;
    auto store = make_store(dir / "s");
    const auto before = files_below(dir / "s");
    {
        auto writer = store->writer();
        static_cast<void>(ingest_bytes(noise(300'000, 2), EntryKind::file, *writer, store->params()));
        CHECK(session_left(dir / "s"));
    }
    CHECK(files_below(dir / "s") == before);
    {
        auto writer = store->writer();
        writer->commit(); // nothing to do
    }
    CHECK(files_below(dir / "s") == before);
}

TEST_CASE("many sessions are merged into few segments") {
    const TempDir dir;
    auto store = make_store(dir / "s");
    for (unsigned i = 0; i < 40; ++i) {
        auto writer = store->writer();
        writer->put(ObjectKind::chunk, sha256(std::to_string(i)), std::to_string(i));
        writer->commit();
    }
    CHECK(files_below(dir / "s/index").size() <= 8);
    auto again = ObjectStore::open(dir / "s");
    for (unsigned i = 0; i < 40; ++i) {
        CHECK(store->has(ObjectKind::chunk, sha256(std::to_string(i))));
        CHECK(again->read(ObjectKind::chunk, sha256(std::to_string(i))) == std::to_string(i));
    }
}

TEST_CASE("content streams whole and in ranges, with recipes of parts") {
    const TempDir dir;
    StoreParams params = small_params();
    params.chunks = {64, 64, 128};
    auto store = make_store(dir / "s", params);
    const std::string large = noise(700'000, 3); // more than 4,096 chunks: a recipe of parts
    const std::string medium = rows(9'000, 4);
    const std::string small = "tiny";
    std::vector<std::pair<Entry, std::string>> all;
    {
        auto writer = store->writer();
        for (const std::string& data : {large, medium, small, std::string()}) {
            all.emplace_back(ingest_bytes(data, EntryKind::file, *writer, params), data);
        }
        CHECK(writer->has(ObjectKind::recipe, sha256(large)));
        writer->commit();
    }
    for (const auto& [entry, data] : all) {
        CHECK(entry.hash == sha256(data));
        CHECK(entry.size == data.size());
        CHECK(store->has_content(entry));
        CHECK(streamed(*store, entry) == data);
        std::string whole;
        store->stream_whole("f", entry, [&](ByteView piece) { whole += piece; });
        CHECK(whole == data);
        std::uint64_t sum = 0;
        store->for_each_chunk(entry, [&](const Sha256& hash, std::uint32_t length) {
            CHECK(store->has(ObjectKind::chunk, hash));
            sum += length;
        });
        CHECK(sum == data.size());
        for (const auto& [offset, length] : {std::pair<std::uint64_t, std::uint64_t>{0, 1},
                                             {3, 100},
                                             {5'000, 2'000},
                                             {0, 1u << 30},
                                             {data.size(), 1},
                                             {650'000, 40'000}}) {
            std::string got;
            store->stream_range("f", entry, offset, length, [&](ByteView piece) { got += piece; });
            CHECK(got == (offset < data.size() ? data.substr(offset, length) : ""));
        }
    }
    CHECK_THROWS_AS(streamed(*store, {EntryKind::file, 5, sha256("other")}), Error);
    CHECK_THROWS_AS(streamed(*store, {EntryKind::file, 5, sha256(small)}), CorruptObject);
    CHECK_THROWS_AS(streamed(*store, {EntryKind::file, 0, sha256(small)}), CorruptObject);
    // An error of the consumer ends the stream.
    CHECK_THROWS_AS(store->stream("f", all[0].first, [](ByteView) { throw Interrupted(); }), Interrupted);
}

TEST_CASE("frames can be located and copied as they are") {
    const TempDir dir;
    auto store = make_store(dir / "a");
    auto other = make_store(dir / "b");
    std::vector<std::string> data;
    {
        auto writer = store->writer();
        for (unsigned i = 0; i < 50; ++i) {
            data.push_back(rows(100, i));
            writer->put(ObjectKind::chunk, sha256(data.back()), data.back());
        }
        writer->commit();
    }
    const auto view = store->locate(ObjectKind::chunk, sha256(data[7]));
    REQUIRE(view.has_value());
    CHECK(view->objects.size() > 10);
    CHECK(read_object_from_frame(view->frame, view->inner_offset, view->length, ObjectKind::chunk,
                                 sha256(data[7]), "t") == data[7]);
    CHECK(store->locate(ObjectKind::chunk, sha256(data[8]))->frame_id == view->frame_id);
    CHECK_FALSE(store->locate(ObjectKind::tree, sha256(data[8])).has_value());
    {
        auto writer = other->writer();
        writer->put_frame(view->frame, {view->objects.begin(), view->objects.end()});
        CHECK(writer->has(ObjectKind::chunk, sha256(data[8])));
        writer->commit();
    }
    CHECK(other->read(ObjectKind::chunk, sha256(data[7])) == data[7]);
}

TEST_CASE("many threads put into one session") {
    const TempDir dir;
    auto store = make_store(dir / "s");
    auto writer = store->writer();
    std::vector<std::thread> threads;
    std::atomic<unsigned> fresh = 0;
    for (unsigned t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (unsigned i = 0; i < 500; ++i) {
                const std::string data = rows(50 + i, i);
                fresh += writer->put(ObjectKind::chunk, sha256(data), data) ? 1 : 0;
            }
        });
    }
    for (auto& t : threads) {
        t.join();
    }
    CHECK(fresh == 500);
    writer->commit();
    for (unsigned i = 0; i < 500; ++i) {
        CHECK(*store->read(ObjectKind::chunk, sha256(rows(50 + i, i))) == rows(50 + i, i));
    }
}

TEST_CASE("nodes of a large session are read back from its own packs") {
    const TempDir dir;
    auto store = make_store(dir / "s");
    auto writer = store->writer();
    for (unsigned i = 0; i < 90; ++i) { // 18 MiB: more than what is kept
        const std::string node = noise(200'000, i);
        writer->save_node(sha256(node), node);
    }
    CHECK(*writer->find_pending_node(sha256(noise(200'000, 0))) == noise(200'000, 0));
    CHECK(*writer->find_pending_node(sha256(noise(200'000, 89))) == noise(200'000, 89));
    CHECK(writer->find_pending_node(sha256("absent")) == nullptr);
}

TEST_CASE("the format file is read strictly") {
    const TempDir dir;
    static_cast<void>(make_store(dir / "s"));
    const std::string good = read_text(dir / "s/format");
    const auto kind_of = [&](const std::string& text) {
        write_text(dir / "s/format", text);
        try {
            static_cast<void>(ObjectStore::open(dir / "s"));
        } catch (const Error& e) {
            return e.kind();
        }
        return ErrorKind::differs;
    };
    CHECK(kind_of(good) == ErrorKind::differs);
    CHECK(kind_of("dsctl-store 2\n") == ErrorKind::failure);
    CHECK(kind_of("") == ErrorKind::corrupt);
    CHECK(kind_of(good + "other 3\n") == ErrorKind::corrupt);
    CHECK(kind_of(good + "level 3\n") == ErrorKind::corrupt);
    CHECK(kind_of(good.substr(0, good.size() - 1)) == ErrorKind::corrupt);
    CHECK(kind_of(good.substr(0, good.size() - 8)) == ErrorKind::corrupt);
    StoreParams bad = small_params();
    bad.chunks.min_size = 5;
    CHECK_THROWS_AS(ObjectStore::create(dir / "t", bad), Error);
}

TEST_CASE("identity does not depend on how things are stored") {
    const TempDir dir;
    const std::string data = rows(500'000, 9) + noise(100'000, 9);
    std::vector<Entry> entries;
    int number = 0;
    for (const ChunkParams chunks :
         {ChunkParams{256, 1024, 4096}, ChunkParams{4096, 16384, 65536}, ChunkParams{}}) {
        for (const int level : {0, 1, 5}) {
            StoreParams params;
            params.chunks = chunks;
            params.level = level;
            params.pack_size = level == 0 ? 1u << 20 : 64u << 20;
            const std::string path = dir / std::to_string(number++);
            auto store = make_store(path, params);
            auto writer = store->writer();
            entries.push_back(ingest_bytes(data, EntryKind::file, *writer, params));
            writer->commit();
            CHECK(streamed(*store, entries.back()) == data);
        }
    }
    for (const Entry& e : entries) {
        CHECK(e == entries.front());
    }
    CHECK(entries.front().hash == sha256(data));
}

// Files held as they are: references to the work tree, taking over, sweeping; and the format's parser.
#include "doctest/doctest.h"
#include "os/file.hpp"
#include "store/held_file.hpp"
#include "store/ingest.hpp"
#include "store_support.hpp"

#include <fcntl.h>

using namespace ds;
using namespace ds_test;

namespace {

constexpr std::size_t big = (4u << 20) + 100'000;

struct Fixture {
    TempDir dir;
    std::string root = dir / "work";
    std::string path = dir / "work/.store";
    Quiet quiet;
    std::unique_ptr<ObjectStore> store;

    Fixture() {
        make_dirs(root);
        ObjectStore::create(path, StoreParams{});
        open(LargeFiles::reference);
    }
    void open(LargeFiles how) { store = ObjectStore::open(path, {root, how}); }
    Entry add(const std::string& name) {
        const auto writer = store->writer();
        Ingest ingest(root, writer.get(), store->params(), IngestMode::store, quiet.context);
        ingest.submit({name, FileStat::Kind::regular});
        const auto results = ingest.drain();
        REQUIRE(results.size() == 1);
        REQUIRE(!results[0].error);
        writer->commit();
        return results[0].entry;
    }
    Entry add(const std::string& name, const std::string& bytes) {
        write_text(root + "/" + name, bytes);
        return add(name);
    }
    std::uint64_t stored() {
        const StoreUsage usage = store->usage();
        return usage.pack_bytes + usage.held_bytes;
    }
    std::vector<std::string> problems() {
        std::vector<std::string> out;
        store->check(quiet.context, [&](const StoreProblem& p) { out.push_back(p.problem); });
        return out;
    }
    void mark_all(ObjectMarks& marks, const Entry& entry) {
        marks.mark(ObjectKind::recipe, entry.hash);
        store->for_each_chunk(entry,
                              [&](const Sha256& c, std::uint32_t) { marks.mark(ObjectKind::chunk, c); });
    }
};

} // namespace

TEST_CASE("a referenced file takes no space, and is read, checked and located like any other") {
    Fixture f;
    const std::string bytes = noise(big, 1);
    const Entry entry = f.add("a", bytes);
    CHECK(entry.hash == sha256(bytes));
    CHECK(f.stored() < 100'000);
    CHECK(f.store->usage().referenced_bytes == big);
    CHECK(f.store->has_content(entry));
    CHECK(streamed(*f.store, entry) == bytes);
    CHECK(f.problems().empty());
    std::uint64_t seen = 0;
    f.store->for_each_chunk(entry, [&](const Sha256& hash, std::uint32_t length) {
        const auto view = f.store->locate(ObjectKind::chunk, hash);
        REQUIRE(view);
        CHECK(sha256(read_object_from_frame(view->frame, view->inner_offset, length, ObjectKind::chunk, hash,
                                            "t")) == hash);
        seen += length;
    });
    CHECK(seen == big);
}

TEST_CASE("all ways of keeping a large file give the same entry and the same recipe") {
    const std::string bytes = rows(big, 3);
    std::vector<ByteString> recipes;
    for (const LargeFiles how : {LargeFiles::automatic, LargeFiles::copy, LargeFiles::reference}) {
        Fixture f;
        f.open(how);
        const Entry entry = f.add("a", bytes);
        CHECK(entry.hash == sha256(bytes));
        recipes.push_back(*f.store->read(ObjectKind::recipe, entry.hash));
    }
    CHECK(recipes[0] == recipes[1]);
    CHECK(recipes[0] == recipes[2]);
}

TEST_CASE("a change in place is noticed and named, and harms nothing else") {
    Fixture f;
    const Entry a = f.add("a", noise(big, 1));
    const Entry b = f.add("b", noise(big, 2));
    std::fstream(f.root + "/a", std::ios::in | std::ios::out | std::ios::binary)
        .seekp(3'000'000)
        .write("XX", 2);
    f.open(LargeFiles::reference);
    CHECK_FALSE(f.store->has_content(a));
    CHECK_THROWS_WITH_AS(streamed(*f.store, a), doctest::Contains("'a'"), ReferenceLost);
    CHECK(streamed(*f.store, b) == noise(big, 2));
    CHECK(f.problems().size() == 1);
    // Adding what it is now makes that whole, and what was changed stays lost.
    const Entry now = f.add("a");
    CHECK(streamed(*f.store, now) == read_text(f.root + "/a"));
    CHECK_THROWS_AS(streamed(*f.store, a), ReferenceLost);
    // Putting it back makes the old one whole again.
    write_text(f.root + "/a", noise(big, 1));
    f.open(LargeFiles::reference);
    CHECK(streamed(*f.store, a) == noise(big, 1));
}

TEST_CASE("a file with another stat is believed by its hashes") {
    Fixture f;
    const Entry entry = f.add("a", noise(big, 1));
    std::filesystem::last_write_time(f.root + "/a",
                                     std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
    f.open(LargeFiles::reference);
    CHECK(f.store->has_content(entry));
    CHECK(streamed(*f.store, entry) == noise(big, 1));
}

TEST_CASE("what a gone file held is stored again with the next file that has it") {
    Fixture f;
    const Entry entry = f.add("a", noise(big, 1));
    std::filesystem::rename(f.root + "/a", f.root + "/b");
    f.open(LargeFiles::reference);
    CHECK_FALSE(f.store->has_content(entry));
    CHECK(f.add("b") == entry);
    CHECK(f.store->has_content(entry));
    CHECK(streamed(*f.store, entry) == noise(big, 1));
}

TEST_CASE("adopting keeps what is about to go, without copying it") {
    Fixture f;
    const Entry entry = f.add("sub-a", noise(big, 1));
    f.store->adopt("other");
    CHECK(f.store->usage().referenced_bytes == big);
    f.store->adopt("sub-a");
    remove_file(f.root + "/sub-a");
    CHECK(f.store->usage().referenced_bytes == 0);
    CHECK(f.store->usage().held_bytes == big);
    CHECK(streamed(*f.store, entry) == noise(big, 1));
    f.open(LargeFiles::reference);
    CHECK(f.problems().empty());

    SUBCASE("a file with two links may be written to through the other, and is copied") {
        const Entry two = f.add("two", noise(big, 2));
        std::filesystem::create_hard_link(f.root + "/two", f.root + "/link");
        f.store->adopt("two");
        write_text(f.root + "/link", "gone");
        f.open(LargeFiles::reference);
        CHECK(streamed(*f.store, two) == noise(big, 2));
    }
    SUBCASE("gc removes it with its data once nothing marks it") {
        const auto marks = f.store->new_marks();
        CHECK(f.store->sweep(*marks, f.quiet.context, ObjectStore::DryRun::yes).bytes_freed >= big);
        CHECK(f.store->sweep(*marks, f.quiet.context, ObjectStore::DryRun::no).bytes_freed >= big);
        CHECK(f.stored() == 0);
        CHECK(files_below(f.path + "/held").empty());
    }
    SUBCASE("gc keeps what is marked") {
        const auto marks = f.store->new_marks();
        f.mark_all(*marks, entry);
        f.store->sweep(*marks, f.quiet.context, ObjectStore::DryRun::no);
        CHECK(streamed(*f.store, entry) == noise(big, 1));
    }
}

TEST_CASE("references follow a rename") {
    Fixture f;
    const Entry entry = f.add("a", noise(big, 1));
    f.store->rename_references("a", "b", [&] { std::filesystem::rename(f.root + "/a", f.root + "/b"); });
    CHECK(f.store->usage().held_bytes == 0);
    const auto referenced = f.store->referenced_files();
    REQUIRE(referenced.size() == 1);
    CHECK(referenced[0].path == "b");
    CHECK(referenced[0].looks_same);
    CHECK(streamed(*f.store, entry) == noise(big, 1));
}

TEST_CASE("repair copies what can still be read of a changed file, and the index names no lost chunk") {
    Fixture f;
    const Entry entry = f.add("a", noise(big, 1));
    std::fstream(f.root + "/a", std::ios::in | std::ios::out | std::ios::binary).seekp(10).write("XX", 2);
    f.open(LargeFiles::reference);
    f.store->rebuild_index(f.quiet.context, [](const StoreProblem&) {});
    CHECK(f.problems().empty());
    std::uint64_t lost = 0;
    f.store->for_each_chunk(entry, [&](const Sha256& c, std::uint32_t length) {
        lost += f.store->has(ObjectKind::chunk, c) ? 0 : length;
    });
    CHECK(lost > 0);
    CHECK(lost <= f.store->params().chunks.max_size);
}

TEST_CASE("any flipped bit or cut of a held file is refused or harmless") {
    Fixture f;
    const std::string bytes = noise(big, 1);
    const Entry entry = f.add("a", bytes);
    const auto held = files_below(f.path + "/held");
    REQUIRE(held.size() == 1);
    const std::string whole = read_text(held[0]);
    std::mt19937 random(7);
    for (int i = 0; i < 60; ++i) {
        std::string bad = whole;
        if (i % 4 == 0) {
            bad.resize(random() % whole.size());
        } else {
            const std::size_t at = i < 30 ? random() % held_head_bytes : random() % whole.size();
            bad[at] = static_cast<char>(bad[at] ^ (1 << random() % 8));
        }
        write_text(held[0], bad);
        f.open(LargeFiles::reference);
        try {
            const std::string back = streamed(*f.store, entry);
            CHECK(back == bytes);
        } catch (const CorruptObject&) {
            CHECK(!f.problems().empty());
        }
    }
}

TEST_CASE("a reference that was touched is no damage once its file is taken over") {
    Fixture f;
    const std::string bytes = noise(big, 9);
    const Entry entry = f.add("a", bytes);
    write_text(f.root + "/a", bytes); // the same, but nobody can know without reading it
    f.open(LargeFiles::reference);
    f.store->rename_references("a", "b",
                               [&] { rename_file(f.root + "/a", f.root + "/b", Durability::volatile_); });
    CHECK(streamed(*f.store, entry) == bytes);
    CHECK(f.problems().empty());
    remove_file(f.root + "/b");
    CHECK(f.problems().empty());
    // Where nothing was taken over, it is one.
    f.add("c", noise(big, 10));
    remove_file(f.root + "/c");
    CHECK(f.problems().size() == 1);
}

TEST_CASE("damage to data that was taken over is never handed out") {
    Fixture f;
    const Entry entry = f.add("a", noise(big, 11));
    f.store->adopt("a");
    remove_file(f.root + "/a");
    std::string data;
    for (const auto& name : list_dir(f.path + "/held")) {
        data = name.ends_with(".data") ? f.path + "/held/" + name : data;
    }
    const Fd fd = open_file(data, O_RDWR);
    pwrite_full(fd.get(), "?!?", 1000, data); // its size says nothing
    f.open(LargeFiles::reference);
    std::string got;
    CHECK_THROWS_AS(f.store->stream_range("a", entry, 0, 2000, [&](ByteView bytes) { got.append(bytes); }),
                    CorruptObject);
    CHECK(got.empty());
    CHECK_THROWS_AS(streamed(*f.store, entry), CorruptObject);
}

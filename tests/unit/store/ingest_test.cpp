// Taking files in: kinds, order, changes, errors, streams.
#include "base/error.hpp"
#include "os/file.hpp"
#include "store/ingest.hpp"
#include "store_support.hpp"

#include <atomic>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <map>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using namespace ds;
using namespace ds_test;

namespace {

struct Fixture {
    TempDir dir;
    Quiet quiet;
    std::string root = dir / "tree";
    std::unique_ptr<ObjectStore> store;

    explicit Fixture(const StoreParams& params = small_params()) {
        std::filesystem::create_directories(root);
        ObjectStore::create(dir / "store", params);
        store = ObjectStore::open(dir / "store");
    }
    std::vector<IngestResult> run(const std::vector<IngestItem>& items, IngestMode mode = IngestMode::store) {
        auto writer = store->writer();
        std::vector<IngestResult> out;
        {
            Ingest ingest(root, mode == IngestMode::store ? writer.get() : nullptr, store->params(), mode,
                          quiet.context);
            const auto keep = [&](std::vector<IngestResult> some) {
                std::move(some.begin(), some.end(), std::back_inserter(out));
            };
            for (const IngestItem& item : items) {
                ingest.submit(item);
                keep(ingest.full() ? ingest.take_wait() : ingest.take_ready());
            }
            keep(ingest.drain());
            CHECK(ingest.take_wait().empty());
        }
        writer->commit();
        return out;
    }
};

ErrorKind kind_of(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const Error& e) {
        return e.kind();
    }
}

} // namespace

TEST_CASE("all kinds and sizes come out as they went in, in order") {
    Fixture f;
    std::vector<IngestItem> items;
    std::map<std::string, std::string> content;
    const auto add = [&](const std::string& path, const std::string& data) {
        const auto parent = std::filesystem::path(f.root + "/" + path).parent_path();
        std::filesystem::create_directories(parent);
        write_text(f.root + "/" + path, data);
        content[path] = data;
        items.push_back({path});
    };
    add("a/empty", "");
    for (unsigned i = 0; i < 700; ++i) {
        add("b/" + std::to_string(i % 7) + "/f" + std::to_string(i), rows(i * 3, i));
    }
    add("c/medium", noise(100'000, 1));
    add("d/large", noise(9'000'000, 2)); // through the pipeline
    add("d/larger", rows(13'000'000, 3));
    add(std::string("e/odd\nname\xff", 11), "x");
    for (unsigned i = 0; i < 100; ++i) {
        add("z/f" + std::to_string(i), noise(1000 + i, 50 + i));
    }
    REQUIRE(chmod((f.root + "/c/medium").c_str(), 0755) == 0);
    REQUIRE(symlink("../some/where", (f.root + "/link").c_str()) == 0);
    items.push_back({"link", FileStat::Kind::symlink});
    std::filesystem::create_directories(f.root + "/void/inside");
    items.push_back({"void/inside", FileStat::Kind::directory});

    const auto hashed = f.run(items, IngestMode::hash_only);
    const auto stored = f.run(items);
    f.quiet.context.jobs = 4; // a thread of its own hashes large files as a whole
    const auto by_more = f.run(items);
    REQUIRE(stored.size() == items.size());
    REQUIRE(by_more.size() == items.size());
    REQUIRE(hashed.size() == items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
        const IngestResult& r = stored[i];
        REQUIRE_FALSE(r.error);
        CHECK(r.path == items[i].path);
        CHECK(hashed[i].entry == r.entry);
        CHECK(by_more[i].entry == r.entry);
        CHECK(r.stat == lstat_path(f.root + "/" + r.path));
        if (content.contains(r.path)) {
            CHECK(r.entry.kind == (r.path == "c/medium" ? EntryKind::executable : EntryKind::file));
            CHECK(r.entry.hash == sha256(content[r.path]));
            CHECK(streamed(*f.store, r.entry) == content[r.path]);
        }
    }
    const Entry link = stored[items.size() - 2].entry;
    CHECK(link.kind == EntryKind::symlink);
    CHECK(streamed(*f.store, link) == "../some/where");
    CHECK(stored.back().entry == Entry{EntryKind::empty_dir, 0, {}});
}

TEST_CASE("what cannot be read is named, the rest goes on") {
    Fixture f;
    write_text(f.root + "/good", "good");
    std::filesystem::create_directories(f.root + "/folder");
    REQUIRE(symlink("good", (f.root + "/link").c_str()) == 0);
    REQUIRE(symlink("folder", (f.root + "/dirlink").c_str()) == 0);
    write_text(f.root + "/folder/x", "x");
    REQUIRE(mkfifo((f.root + "/fifo").c_str(), 0600) == 0);
    const auto results = f.run({{"absent"},
                                {"link"},
                                {"folder"},
                                {"fifo"},
                                {"dirlink/x"},
                                {"../store/format"},
                                {"good", FileStat::Kind::symlink},
                                {"good"}});
    REQUIRE(results.size() == 8);
    CHECK(kind_of(results[0].error) == ErrorKind::not_found);
    for (const std::size_t i : {1u, 2u, 3u, 6u}) {
        CHECK(kind_of(results[i].error) == ErrorKind::retry);
    }
    CHECK(results[4].error); // a link in the middle is not followed
    CHECK(results[5].error); // nothing outside of the root is read
    CHECK_FALSE(results[7].error);
    CHECK(streamed(*f.store, results[7].entry) == "good");
}

TEST_CASE("a file larger than any may be is an error, a sparse one is not") {
    Fixture f;
    write_text(f.root + "/huge", "");
    REQUIRE(truncate((f.root + "/huge").c_str(), static_cast<off_t>(max_file_size + 1)) == 0);
    write_text(f.root + "/sparse", "");
    REQUIRE(truncate((f.root + "/sparse").c_str(), 6'000'000) == 0);
    const auto results = f.run({{"huge"}, {"sparse"}});
    CHECK(kind_of(results[0].error) == ErrorKind::failure);
    CHECK(results[1].entry.hash == sha256(std::string(6'000'000, '\0')));
}

TEST_CASE("a file that keeps changing is an error, small or large") {
    Fixture f;
    // A file that never has the size that stat says.
    f.root = "/proc/self";
    const auto small = f.run({{"status"}});
    REQUIRE(small.at(0).error);
    CHECK(kind_of(small[0].error) == ErrorKind::retry);

    // A large one that is written whenever some of it was read.
    struct Scribbler : Progress {
        std::string file;
        unsigned writes = 0;
        void start(std::string_view, std::uint64_t, std::uint64_t) noexcept override {}
        void set_total(std::uint64_t, std::uint64_t) noexcept override {}
        void advance(std::uint64_t, std::uint64_t) noexcept override {
            const Fd fd = open_file(file, O_WRONLY);
            pwrite_full(fd.get(), std::to_string(++writes), 5, file);
        }
        void finish() noexcept override {}
    } scribbler;
    f.root = f.dir / "tree";
    scribbler.file = f.root + "/busy";
    write_text(scribbler.file, noise(9'000'000, 1));
    Context context{f.quiet.log, scribbler, {}, 2};
    auto writer = f.store->writer();
    Ingest ingest(f.root, writer.get(), f.store->params(), IngestMode::store, context);
    ingest.submit({"busy"});
    const auto large = ingest.drain();
    REQUIRE(large.at(0).error);
    CHECK(kind_of(large[0].error) == ErrorKind::retry);
    CHECK(scribbler.writes >= 8); // it was tried again
}

TEST_CASE("streams of any length equal the files") {
    Fixture f;
    auto writer = f.store->writer();
    for (const std::size_t size : {0u, 1u, 1024u, 1025u, 70'000u, 4u << 20, (4u << 20) + 1, 11'000'000u}) {
        const std::string data = rows(size, size);
        for (const std::size_t step : {std::size_t{1} << 30, std::size_t{9999}}) {
            std::size_t at = 0;
            const Entry entry = ingest_stream(
                [&](char* to, std::size_t n) {
                    n = std::min({n, step, data.size() - at});
                    data.copy(to, n, at);
                    at += n;
                    return n;
                },
                EntryKind::file, *writer, f.store->params(), f.quiet.context);
            CHECK(entry == Entry{EntryKind::file, size, sha256(data)});
            CHECK(ingest_bytes(data, EntryKind::file, *writer, f.store->params()) == entry);
        }
    }
    // The same bytes by any way make the same chunks: nothing new the second time.
    const auto before = writer->new_objects();
    write_text(f.root + "/f", rows(11'000'000, 11'000'000));
    {
        Ingest ingest(f.root, writer.get(), f.store->params(), IngestMode::store, f.quiet.context);
        ingest.submit({"f"});
        CHECK(ingest.drain().at(0).entry.size == 11'000'000);
    }
    CHECK(writer->new_objects() == before);
    writer->commit();
    CHECK(streamed(*f.store, {EntryKind::file, 11'000'000, sha256(rows(11'000'000, 11'000'000))}).size() ==
          11'000'000);
}

TEST_CASE("an error of the source or a stop ends a stream, and nothing hangs") {
    Fixture f;
    auto writer = f.store->writer();
    std::size_t total = 0;
    const auto source = [&](char* to, std::size_t n) {
        std::memset(to, static_cast<int>(total / 5000), n);
        total += n;
        if (total > 20'000'000) {
            throw Error(ErrorKind::failure, "no more");
        }
        return n;
    };
    CHECK_THROWS_AS(static_cast<void>(
                        ingest_stream(source, EntryKind::file, *writer, f.store->params(), f.quiet.context)),
                    Error);
    write_text(f.root + "/f", noise(30'000'000, 1));
    {
        Ingest ingest(f.root, writer.get(), f.store->params(), IngestMode::store, f.quiet.context);
        ingest.submit({"f"});
        f.quiet.stop.request_stop();
        CHECK_THROWS_AS(static_cast<void>(ingest.drain()), Interrupted);
    }
    { // going away with work under way
        Quiet other;
        Ingest ingest(f.root, writer.get(), f.store->params(), IngestMode::store, other.context);
        ingest.submit({"f"});
        static_cast<void>(ingest.take_ready());
    }
}

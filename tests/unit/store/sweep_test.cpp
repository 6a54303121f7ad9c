// Collecting: what is marked stays, what is not goes, and a kill in between harms nothing.
#include "base/error.hpp"
#include "store_support.hpp"

#include <doctest/doctest.h>

using namespace ds;
using namespace ds_test;

namespace {

std::string object(unsigned i) {
    return i % 3 == 0 ? noise(700 + i, i) : rows(700 + i, i);
}

std::unique_ptr<ObjectStore> filled(const std::string& path, unsigned objects) {
    ObjectStore::create(path, small_params());
    auto store = ObjectStore::open(path);
    auto writer = store->writer();
    for (unsigned i = 0; i < objects; ++i) {
        writer->put(i % 10 == 9 ? ObjectKind::tree : ObjectKind::chunk, sha256(object(i)), object(i));
    }
    writer->commit();
    return store;
}

ObjectKind kind(unsigned i) {
    return i % 10 == 9 ? ObjectKind::tree : ObjectKind::chunk;
}

} // namespace

TEST_CASE("a sweep removes what is not marked") {
    const TempDir dir;
    Quiet quiet;
    constexpr unsigned n = 600;
    for (const unsigned keep_each : {1u, 7u, 1000u}) {
        const std::string path = dir / std::to_string(keep_each);
        auto store = filled(path, n);
        auto reader = ObjectStore::open(path);
        CHECK(reader->read(kind(0), sha256(object(0))).has_value());
        auto marks = store->new_marks();
        for (unsigned i = 0; i < n; i += keep_each) {
            CHECK(marks->mark(kind(i), sha256(object(i))));
            CHECK_FALSE(marks->mark(kind(i), sha256(object(i))));
        }
        CHECK_FALSE(marks->mark(ObjectKind::chunk, sha256("absent")));
        const StoreUsage before = store->usage();
        const SweepResult guess = store->sweep(*marks, quiet.context, ObjectStore::DryRun::yes);
        CHECK(store->usage().pack_bytes == before.pack_bytes);
        const SweepResult result = store->sweep(*marks, quiet.context, ObjectStore::DryRun::no);
        CHECK(guess.packs_removed == result.packs_removed);
        CHECK(guess.packs_rewritten == result.packs_rewritten);
        const StoreUsage after = store->usage();
        if (keep_each == 1) {
            CHECK(result.objects_removed == 0);
            CHECK(after.packs == before.packs);
        } else {
            CHECK(result.objects_removed > n / 2);
            CHECK(after.pack_bytes < before.pack_bytes / 2);
        }
        for (ObjectStore* s :
             {store.get(), reader.get()}) { // the reader finds its packs gone and looks again
            for (unsigned i = 0; i < n; i += keep_each) {
                CHECK(s->read(kind(i), sha256(object(i))) == object(i));
            }
        }
        if (keep_each == 1000) {
            CHECK_FALSE(store->has(kind(1), sha256(object(1))));
        }
        std::size_t problems = 0;
        store->check(quiet.context, [&](const StoreProblem&) { ++problems; });
        CHECK(problems == 0);
        // What went can come again.
        auto writer = store->writer();
        writer->put(kind(1), sha256(object(1)), object(1));
        writer->commit();
        CHECK(store->read(kind(1), sha256(object(1))) == object(1));
    }
}

TEST_CASE("a sweep cut short is finished by the next") {
    const TempDir dir;
    Quiet quiet;
    auto store = filled(dir / "s", 300);
    // As after a kill: packs whose segment is gone already.
    const auto packs = files_below(dir / "s/packs");
    std::filesystem::copy_file(packs[0], dir / ("s/packs/" + std::string(64, 'a') + ".pack"));
    auto marks = store->new_marks();
    for (unsigned i = 0; i < 300; ++i) {
        marks->mark(kind(i), sha256(object(i)));
    }
    const SweepResult result = store->sweep(*marks, quiet.context, ObjectStore::DryRun::no);
    CHECK(result.packs_removed == 1);
    CHECK(files_below(dir / "s/packs") == packs);
    CHECK(store->read(kind(5), sha256(object(5))) == object(5));
}

TEST_CASE("two copies of an object: one stays") {
    const TempDir dir;
    Quiet quiet;
    auto store = filled(dir / "s", 30);
    auto writer = store->writer();
    for (unsigned i = 0; i < 30; ++i) {
        writer->put_copy(kind(i), sha256(object(i)), object(i));
    }
    writer->commit();
    auto marks = store->new_marks();
    for (unsigned i = 0; i < 30; ++i) {
        CHECK(marks->mark(kind(i), sha256(object(i))));
    }
    const SweepResult result = store->sweep(*marks, quiet.context, ObjectStore::DryRun::no);
    CHECK(result.objects_removed == 30);
    for (unsigned i = 0; i < 30; ++i) {
        CHECK(store->read(kind(i), sha256(object(i))) == object(i));
    }
}

TEST_CASE("the small packs of many sessions are gathered") {
    const TempDir dir;
    Quiet quiet;
    const std::string path = dir / "store";
    constexpr unsigned n = 60;
    auto store = filled(path, 0);
    for (unsigned i = 0; i < n; ++i) {
        auto writer = store->writer();
        writer->put(kind(i), sha256(object(i)), object(i));
        writer->commit();
    }
    CHECK(store->usage().packs == n);
    const auto reader = ObjectStore::open(path); // maps packs that go away
    CHECK(reader->read(kind(0), sha256(object(0))).has_value());
    auto marks = store->new_marks();
    for (unsigned i = 0; i < n; ++i) {
        marks->mark(kind(i), sha256(object(i)));
    }
    const SweepResult result = store->sweep(*marks, quiet.context, ObjectStore::DryRun::no);
    CHECK(result.packs_rewritten == n);
    CHECK(result.objects_removed == 0);
    CHECK(store->usage().packs <= 10);
    const auto again = ObjectStore::open(path);
    for (unsigned i = 0; i < n; ++i) {
        for (ObjectStore* const each : {store.get(), reader.get(), again.get()}) {
            CHECK(each->read(kind(i), sha256(object(i))) == object(i));
        }
    }
}

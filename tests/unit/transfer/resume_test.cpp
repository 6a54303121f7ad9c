// An interrupted push goes on where it stopped; the journal is a hint that is never taken at its word.
#include "unit/transfer/fixture.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace ds;
using namespace ds_test;

namespace {

constexpr std::size_t pack_bytes = 256u << 10;

/// Some five packs.
Files bulk() {
    Files files;
    for (int i = 0; i < 80; ++i) {
        files[fmt::format("f{:02}", i)] = {EntryKind::file, noise(16 << 10, i)};
    }
    return files;
}

struct Stop {};

} // namespace

TEST_CASE("an interrupted push sends acknowledged packs only once") {
    const TempDir dir;
    Local here(dir / "here", 16 << 10);
    Local there(dir / "there");
    const Files files = bulk();
    const auto tree = here.commit(files);
    const auto registry = make_registry(dir / "registry");
    const std::string journal = dir / "journal";
    std::filesystem::create_directory(journal);
    int packs = 0;
    CHECK_THROWS_AS((void)push(
                        *registry, here, tree, {}, nullptr, journal,
                        [&](const PackRef&) {
                            if (++packs == 2) {
                                throw Stop{};
                            }
                        },
                        pack_bytes),
                    Stop);
    const std::string file =
        journal + "/" + std::filesystem::directory_iterator(journal)->path().filename().string();

    SUBCASE("and completes") {
        TransferStats stats;
        const auto roots = push(*registry, here, tree, {}, &stats, journal, {}, pack_bytes);
        CHECK(stats.bytes < 1'100'000);
        fetch(*registry, roots, *there);
        CHECK(compare(*there, tree, files) == "");

        // Until a head names it, a changed version still profits from it.
        Files changed = files;
        changed["more"] = {EntryKind::file, "a little"};
        TransferStats more;
        const auto next = here.commit(changed);
        const auto second = push(*registry, here, next, {}, &more, journal, {}, pack_bytes);
        CHECK(more.chunks == 1);
        CHECK(more.bytes < 100'000);
        fetch(*registry, second, *there);
        CHECK(compare(*there, next, changed) == "");

        // Once a base has it, the journal starts anew.
        CHECK(std::filesystem::file_size(file) > 4000);
        changed["more"].content = "little more";
        (void)push(*registry, here, here.commit(changed), {second}, nullptr, journal, {}, pack_bytes);
        CHECK(std::filesystem::file_size(file) < 1000);
        forget_push(*registry, "ns", journal);
        CHECK(std::filesystem::is_empty(journal));
    }
    SUBCASE("a damaged journal costs bytes only") {
        std::string bytes;
        {
            std::ifstream in(file, std::ios::binary);
            bytes.assign(std::istreambuf_iterator<char>(in), {});
        }
        for (const std::size_t at : {std::size_t{0}, std::size_t{9}, std::size_t{40}, bytes.size() - 1}) {
            std::string damaged = bytes;
            damaged[at] ^= 0x40;
            std::ofstream(file, std::ios::binary) << damaged;
            const auto roots = push(*registry, here, tree, {}, nullptr, journal, {}, pack_bytes);
            Local fresh(dir / fmt::format("fresh{}", at));
            fetch(*registry, roots, *fresh);
            CHECK(compare(*fresh, tree, files) == "");
            std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
        }
    }
    SUBCASE("a pack that is gone is sent again") {
        std::vector<DataBucket::Version> versions;
        registry->data().list_versions("ns/packs/", [&](const DataBucket::Version& version) {
            versions.push_back(version);
            return true;
        });
        for (const auto& version : versions) {
            registry->data().remove(version.key, version.version_id);
        }
        TransferStats stats;
        const auto roots = push(*registry, here, tree, {}, &stats, journal, {}, pack_bytes);
        CHECK(stats.chunks == 80);
        fetch(*registry, roots, *there);
        CHECK(compare(*there, tree, files) == "");
    }
}

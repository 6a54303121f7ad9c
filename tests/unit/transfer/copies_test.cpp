// Content that crosses from one namespace into another inside of the storage, counted in bytes.
#include "registry/samples.hpp"
#include "unit/transfer/fixture.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace ds;
using namespace ds_test;

namespace {

Files some_files() {
    Files files;
    for (int i = 0; i < 600; ++i) {
        files[fmt::format("small/{:04}", i)] = {EntryKind::file, noise(500, i)};
    }
    files["large"] = {EntryKind::file, noise(4096 * 300, 1)};
    files["again"] = files["large"];
    files["text"] = {EntryKind::file, std::string(300'000, 'x')};
    files["none"] = {EntryKind::file, ""};
    return files;
}

/// Copies a version into the namespace "other" and gives its roots there.
VersionRoots inherit(Registry& registry, RegistryVersion& source, TransferStats& stats,
                     std::uint64_t& copied) {
    Quiet quiet;
    PackCopies copies(source, "other", quiet.context, {});
    copies.copy_all();
    PushRequest request{registry, "other", source.roots().tree, nullptr, &source, nullptr, {}, {}, {}};
    request.copies = &copies;
    request.condemned = [](const PackRef&) { return false; };
    const auto roots = push_tree(request, quiet.context, stats);
    copied = copies.bytes();
    return roots;
}

std::string check_there(Registry& registry, const VersionRoots& roots, const std::string& path,
                        const Files& files) {
    Local there(path);
    Quiet quiet;
    TransferStats stats;
    RegistryVersion version(registry, "other", roots);
    fetch_tree(version, *there, quiet.context, stats);
    fetch_content(version, *there, {}, quiet.context, stats);
    return compare(*there, roots.tree, files);
}

} // namespace

TEST_CASE("across namespaces nothing but metadata passes the client") {
    const TempDir dir;
    Local here(dir / "here");
    const auto registry = make_registry(dir / "registry");
    const Files files = some_files();
    const auto roots = push(*registry, here, here.commit(files), {}, nullptr, {}, {}, 512u << 10);
    RegistryVersion source(*registry, "ns", roots);

    const std::uint64_t up = registry->requests().bytes_up;
    const std::uint64_t down = registry->requests().bytes_down;
    TransferStats stats;
    std::uint64_t copied = 0;
    const auto inherited = inherit(*registry, source, stats, copied);
    CHECK(stats.chunks == 0);
    CHECK(registry->requests().bytes_up - up < 120'000);
    CHECK(registry->requests().bytes_down - down < 120'000);
    CHECK(registry->requests().copy >= 3);
    CHECK(copied > 1'500'000);
    CHECK(check_there(*registry, inherited, dir / "there", files) == "");
}

TEST_CASE("a draft made here takes what it inherits from another namespace out of the storage") {
    const TempDir dir;
    Local here(dir / "here");
    const auto registry = make_registry(dir / "registry");
    Files files = some_files();
    const auto roots = push(*registry, here, here.commit(files));
    RegistryVersion source(*registry, "ns", roots, here.get());
    files.erase("text");
    files["new"] = {EntryKind::file, noise(5000, 77)};
    files["large"].content[9000] ^= 1;
    const auto tree = here.commit(files);

    Quiet quiet;
    PackCopies copies(source, "other", quiet.context, {});
    PushRequest request{*registry, "other", tree, here.get(), nullptr, nullptr, {}, {}, {}};
    request.copies = &copies;
    const std::uint64_t up = registry->requests().bytes_up;
    TransferStats stats;
    const auto pushed = push_tree(request, quiet.context, stats);
    CHECK(registry->requests().bytes_up - up < 150'000);
    CHECK(check_there(*registry, pushed, dir / "there", files) == "");
}

TEST_CASE("what a version no longer reaches does not cross into another namespace") {
    const TempDir dir;
    Local here(dir / "here");
    const auto registry = make_registry(dir / "registry");
    Files files = some_files();
    const std::string secret = noise(3000, 4711);
    files["small/secret"] = {EntryKind::file, secret};
    const auto first = push(*registry, here, here.commit(files), {}, nullptr, {}, {}, 512u << 10);
    files.erase("small/secret");
    const auto second = push(*registry, here, here.commit(files), {first});

    RegistryVersion source(*registry, "ns", second);
    TransferStats stats;
    std::uint64_t copied = 0;
    const auto inherited = inherit(*registry, source, stats, copied);
    CHECK(copied > 500'000); // packs without the secret
    CHECK(stats.chunks > 0);
    registry->data().list_versions("other/", [&](const DataBucket::Version& version) {
        std::string pack;
        registry->data().get(version.key, version.version_id, 0, version.size, pack);
        CHECK(pack.find(secret) == std::string::npos);
        return true;
    });
    CHECK(check_there(*registry, inherited, dir / "there", files) == "");
}

TEST_CASE("what was copied into a namespace is found there by its samples") {
    const TempDir dir;
    Local here(dir / "here");
    const auto registry = make_registry(dir / "registry");
    Files files;
    for (int i = 0; i < 1500; ++i) {
        files[fmt::format("s/{:04}", i)] = {EntryKind::file, noise(2000, i)};
    }
    files["large"] = {EntryKind::file, noise(4u << 20, 100'000)};
    const auto roots = push(*registry, here, here.commit(files), {}, nullptr, {}, {}, 1u << 20);
    RegistryVersion source(*registry, "ns", roots);
    TransferStats stats;
    std::uint64_t copied = 0;
    (void)inherit(*registry, source, stats, copied);
    REQUIRE(copied > 6'000'000);
    const auto samples = list_samples(*registry, "other", 10);
    REQUIRE(samples.size() == 1);
    for (const SampledPack& pack : read_sample(*registry, "other", samples[0]).packs) {
        ByteString bytes;
        registry->data().get(pack_key("other", pack.ref.name), pack.ref.version_id, 0, pack.size, bytes);
        CHECK(parse_footer(bytes, "pack").entries.size() == pack.objects);
    }
    // Somebody there imports the same under other names.
    Files moved;
    for (const auto& [path, file] : files) {
        moved["imported/" + path] = file;
    }
    Quiet quiet;
    PushRequest request{*registry, "other", here.commit(moved), here.get(), nullptr, nullptr, {}, {}, {}};
    request.condemned = [](const PackRef&) { return false; };
    const std::uint64_t up = registry->requests().bytes_up;
    TransferStats again;
    const auto imported = push_tree(request, quiet.context, again);
    CHECK(registry->requests().bytes_up - up < 400'000);
    CHECK(again.reused > 6'000'000);
    CHECK(check_there(*registry, imported, dir / "there", moved) == "");
}

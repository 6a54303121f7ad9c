// Versions go up and come down byte-identical; what a registry has is not sent again.
#include "unit/transfer/fixture.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace ds;
using namespace ds_test;

namespace {

Files mixed() {
    Files files;
    files["a/empty"] = {EntryKind::file, ""};
    files["a/folder"] = {EntryKind::empty_dir, ""};
    files["a/link"] = {EntryKind::symlink, "../somewhere/else"};
    files["bin/run"] = {EntryKind::executable, "#!/bin/sh\n"};
    files["copy/one"] = {EntryKind::file, "the same bytes"};
    files["copy/two"] = {EntryKind::file, "the same bytes"};
    for (int i = 0; i < 700; ++i) {
        files[fmt::format("small/{:04}.txt", i)] = {EntryKind::file,
                                                    fmt::format("file {}\n", i) + noise(i % 97, i)};
    }
    files["large/random"] = {EntryKind::file, noise(300'000, 1)};
    files["large/zeros"] = {EntryKind::file, std::string(200'000, '\0')};
    return files;
}

} // namespace

TEST_CASE("a version that went through a registry is what it was") {
    const TempDir dir;
    Local here(dir / "here");
    Local there(dir / "there");
    const Files files = mixed();
    const auto tree = here.commit(files);
    const auto registry = make_registry(dir / "registry");
    TransferStats stats;
    const auto roots = push(*registry, here, tree, {}, &stats);
    CHECK(roots.tree == tree);
    CHECK(stats.packs == 2);
    CHECK(stats.files == files.size() - 2);

    const auto fetched = fetch(*registry, roots, *there);
    CHECK(fetched.files == files.size() - 2);
    CHECK(compare(*there, tree, files) == "");
    SUBCASE("and nothing is fetched twice") {
        const auto again = fetch(*registry, roots, *there);
        CHECK(again.files == 0);
        CHECK(again.chunks == 0);
    }
    SUBCASE("and the same tree is not pushed again") {
        TransferStats none;
        auto again = push(*registry, here, tree, {roots}, &none);
        CHECK(again == roots);
        CHECK(none.packs == 0);
    }
    SUBCASE("and can be pushed on from there") {
        const auto second = make_registry(dir / "second");
        CHECK(push(*second, there, tree).tree == tree);
    }
}

TEST_CASE("an empty version and a version of one file") {
    const TempDir dir;
    Local here(dir / "here");
    Local there(dir / "there");
    const auto registry = make_registry(dir / "registry");
    for (const Files& files :
         {Files{}, Files{{"a", {EntryKind::file, "x"}}}, Files{{"d", {EntryKind::empty_dir, ""}}}}) {
        const auto tree = here.commit(files);
        fetch(*registry, push(*registry, here, tree), *there);
        CHECK(compare(*there, tree, files) == "");
    }
}

TEST_CASE("files of many segments, fetched, streamed and read by range") {
    const TempDir dir;
    Local here(dir / "here", 512);
    Local there(dir / "there");
    // 10,000 chunks: 16 inline and three segments; another that fits one job, with repeats.
    const std::string big = noise(512 * 10'000 + 100, 3);
    std::string repeats = noise(512 * 40, 4);
    repeats += repeats;
    const Files files{{"big", {EntryKind::file, big}}, {"medium", {EntryKind::file, repeats}}};
    const auto tree = here.commit(files);
    const auto registry = make_registry(dir / "registry");
    const auto roots = push(*registry, here, tree);
    RegistryVersion version(*registry, "ns", roots);
    const auto located = version.locate("big");
    REQUIRE(located);
    CHECK(located->file.chunks.size() == 16);
    CHECK(located->file.segments.size() == 3);

    fetch(*registry, roots, *there);
    CHECK(compare(*there, tree, files) == "");
    std::string streamed;
    version.stream("big", located->entry, [&](ByteView bytes) { streamed.append(bytes); });
    CHECK(streamed == big);
    for (const auto& [offset, length] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
             {0, 1}, {511, 2}, {8000, 1000}, {512 * 16 - 3, 7}, {5'000'000, 1'000'000}, {big.size(), 5}}) {
        std::string range;
        version.stream_range("big", located->entry, offset, length,
                             [&](ByteView bytes) { range.append(bytes); });
        CHECK(range == big.substr(offset, length));
    }
}

TEST_CASE("a push sends only what changed") {
    const TempDir dir;
    Local here(dir / "here");
    Local there(dir / "there");
    const auto registry = make_registry(dir / "registry");
    Files files = mixed();
    const auto first = push(*registry, here, here.commit(files));

    SUBCASE("a changed file") {
        files["small/0100.txt"].content = noise(1000, 99);
        TransferStats stats;
        const auto tree = here.commit(files);
        const auto second = push(*registry, here, tree, {first}, &stats);
        CHECK(stats.chunks == 1);
        CHECK(stats.files == 1);
        fetch(*registry, second, *there);
        CHECK(compare(*there, tree, files) == "");
    }
    SUBCASE("a part of a large file") {
        files["large/random"].content[150'000] ^= 1;
        TransferStats stats;
        const auto tree = here.commit(files);
        Quiet quiet;
        PushRequest request{*registry, "ns", tree, here.get(), nullptr, nullptr, {first}, {}, {}};
        const auto measured = measure_push(request, quiet.context);
        CHECK(measured.files == 1);
        CHECK(measured.bytes == 4096);
        const auto second = push(*registry, here, tree, {first}, &stats);
        CHECK(stats.chunks == 1);
        fetch(*registry, first, *there);
        const auto fetched = fetch(*registry, second, *there);
        CHECK(fetched.bytes < 100'000); // the other chunks are here
        CHECK(compare(*there, tree, files) == "");
    }
    SUBCASE("renamed files and folders send no content") {
        Files renamed;
        for (auto& [path, file] : files) {
            renamed[path.starts_with("small/") ? "zz/" + path.substr(6) : "0" + path] = file;
        }
        TransferStats stats;
        const auto tree = here.commit(renamed);
        const auto second = push(*registry, here, tree, {first}, &stats);
        CHECK(stats.chunks == 0);
        CHECK(stats.packs == 1); // metadata
        fetch(*registry, second, *there);
        CHECK(compare(*there, tree, renamed) == "");
    }
    SUBCASE("an older base helps where the first does not") {
        const Files other{{"x", {EntryKind::file, noise(2'000'000, 5)}}};
        const auto small = push(*registry, here, here.commit(other));
        Files both = files;
        both["x"] = other.at("x");
        TransferStats stats;
        (void)push(*registry, here, here.commit(both), {first, small}, &stats);
        CHECK(stats.chunks == 0);
    }
}

TEST_CASE("ten changes among many files cost little") {
    const TempDir dir;
    Local here(dir / "here");
    const auto registry = make_registry(dir / "registry");
    Files files;
    for (int i = 0; i < 50'000; ++i) {
        files[fmt::format("d{:02}/{:05}", i % 50, i)] = {EntryKind::file, fmt::format("{}", i)};
    }
    const auto first = push(*registry, here, here.commit(files));
    for (int i = 0; i < 10; ++i) {
        files[fmt::format("d{:02}/{:05}", i * 5, i * 5)].content = noise(100, i);
    }
    TransferStats stats;
    (void)push(*registry, here, here.commit(files), {first}, &stats);
    CHECK(stats.chunks == 10);
    CHECK(stats.packs == 2);
    CHECK(stats.bytes < 500'000);
    MESSAGE("bytes for 10 changes of 50,000: " << stats.bytes);
}

TEST_CASE("nothing that the version does not reach is sent") {
    const TempDir dir;
    Local here(dir / "here");
    const auto registry = make_registry(dir / "registry");
    Files files;
    for (int i = 0; i < 20; ++i) {
        files[fmt::format("f{}", i)] = {EntryKind::file, fmt::format("text of {}", i)};
    }
    const std::string secret = "amended away";
    files["f10"].content = secret;
    (void)here.commit(files);
    files["f10"].content = "harmless";
    const auto tree = here.commit(files);
    (void)push(*registry, here, tree);
    const Held chunks = held(*registry, ObjectKind::chunk, sha256(secret));
    CHECK_FALSE(chunks.found);
    CHECK(chunks.objects == 20);
    for (const std::string& pack : all_packs(*registry)) {
        CHECK(pack.find(secret) == std::string::npos);
    }
}

TEST_CASE("a version goes from one registry to another without a store between") {
    const TempDir dir;
    Local here(dir / "here", 512);
    Local there(dir / "there");
    Files files = mixed();
    files["big"] = {EntryKind::file, noise(512 * 5'000, 8)};
    const auto tree = here.commit(files);
    const auto one = make_registry(dir / "one");
    const auto two = make_registry(dir / "two");
    const auto roots = push(*one, here, tree);
    RegistryVersion source(*one, "ns", roots);
    Quiet quiet;
    TransferStats stats;
    PushRequest request{*two, "ns", tree, nullptr, &source, nullptr, {}, {}, {}};
    const auto copied = push_tree(request, quiet.context, stats);
    CHECK(copied.tree == roots.tree);
    fetch(*two, copied, *there);
    CHECK(compare(*there, tree, files) == "");
}

TEST_CASE("a partial clone pushes what it does not hold through its fallback") {
    const TempDir dir;
    Local here(dir / "here");
    Local partial(dir / "partial");
    Local there(dir / "there");
    const Files files = mixed();
    const auto tree = here.commit(files);
    const auto one = make_registry(dir / "one");
    const auto two = make_registry(dir / "two");
    const auto roots = push(*one, here, tree);
    const auto got = fetch(*one, roots, *partial,
                           [](std::string_view path, const Entry&) { return path.starts_with("small/"); });
    CHECK(got.files == 700);
    CHECK_FALSE(partial->has_content({EntryKind::file, 300'000, sha256(files.at("large/random").content)}));

    Quiet quiet;
    TransferStats stats;
    LazyContent lazy(*partial, {std::make_shared<RegistryVersion>(*one, "ns", roots)});
    PushRequest request{*two, "ns", tree, partial.get(), nullptr, &lazy, {}, {}, {}};
    const auto copied = push_tree(request, quiet.context, stats);
    fetch(*two, copied, *there);
    CHECK(compare(*there, tree, files) == "");
    request.fallback = nullptr;
    CHECK_THROWS_AS((void)push_tree(request, quiet.context, stats), Error);
}

TEST_CASE("every pack of a version is found") {
    const TempDir dir;
    Local here(dir / "here", 512);
    const auto registry = make_registry(dir / "registry");
    const auto first = push(*registry, here, here.commit({{"a", {EntryKind::file, noise(512 * 5000, 1)}}}));
    const auto second =
        push(*registry, here,
             here.commit({{"a", {EntryKind::file, noise(512 * 5000, 1)}}, {"b", {EntryKind::file, "b"}}}),
             {first});
    RegistryVersion version(*registry, "ns", second);
    std::map<std::string, int> packs;
    version.walk_packs({}, [&](const PackRef& pack) { ++packs[pack.name.hex()]; });
    CHECK(packs.size() == 4);
    for (const auto& [name, times] : packs) {
        CHECK(times > 0);
        CHECK(registry->data().versions("ns/packs/" + name).size() == 1);
    }
}

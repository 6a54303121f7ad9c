// A base that is damaged or gone is passed over: the push sends what it cannot find.
#include "unit/transfer/fixture.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace ds;
using namespace ds_test;

namespace {

struct CountWarnings final : Log {
    int warnings = 0;
    void warn(std::string_view) override { ++warnings; }
    void info(std::string_view) override {}
    void trace(std::string_view) override {}
};

void remove_packs(Registry& registry, const std::function<bool(ObjectKind)>& of) {
    std::vector<DataBucket::Version> gone;
    registry.data().list_versions("ns/packs/", [&](const DataBucket::Version& version) {
        std::string pack;
        registry.data().get(version.key, version.version_id, 0, version.size, pack);
        if (of(parse_footer(pack, "pack").entries.front().kind)) {
            gone.push_back(version);
        }
        return true;
    });
    for (const auto& version : gone) {
        registry.data().remove(version.key, version.version_id);
    }
}

} // namespace

TEST_CASE("a damaged base is passed over, and what it would have saved is sent") {
    const TempDir dir;
    Local here(dir / "here");
    const auto registry = make_registry(dir / "registry");
    Files files;
    for (int i = 0; i < 5000; ++i) {
        files[fmt::format("d{:02}/{:04}", i % 20, i)] = {EntryKind::file, fmt::format("{}", i)};
    }
    files["large"] = {EntryKind::file, noise(4096 * 40, 3)};
    auto base = push(*registry, here, here.commit(files));
    files["d03/new"] = {EntryKind::file, "new"};
    files["large"].content[1] ^= 1;
    const auto tree = here.commit(files);

    SUBCASE("its root is not what its head says") {
        base.layout_place.hash = sha256("something else");
    }
    SUBCASE("its metadata is gone") {
        remove_packs(*registry, [](ObjectKind kind) { return kind != ObjectKind::chunk; });
    }
    SUBCASE("it reaches beyond its pack") {
        base.tree_place.frame_offset += 1u << 30;
    }
    CountWarnings log;
    NoProgress progress;
    Context context{log, progress, {}, 2};
    PushRequest request{*registry, "ns", tree, nullptr, nullptr, nullptr, {base}, {}, {}};
    TransferStats stats;
    // Without its own trees, so that the damage is not hidden by what is here.
    Local other(dir / "other");
    (void)other.commit(files);
    request.local = other.get();
    const auto pushed = push_tree(request, context, stats);
    CHECK(log.warnings == 1);
    Local there(dir / "there");
    fetch(*registry, pushed, *there);
    CHECK(compare(*there, tree, files) == "");
}

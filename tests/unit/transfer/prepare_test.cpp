// Small files that are read together before they are streamed: few requests, bounded memory, the same bytes.
#include "transfer/version_nodes.hpp"
#include "unit/transfer/fixture.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace ds;
using namespace ds_test;

namespace {

/// Files of noise.
Files many(int count, std::size_t size) {
    Files files;
    for (int i = 0; i < count; ++i) {
        files[fmt::format("f{:04}", i)] = {EntryKind::file, noise(size, i)};
    }
    return files;
}

struct Pushed {
    Pushed(const TempDir& dir, const Files& files, std::size_t piece) : local(dir / "here", piece) {
        const auto tree = local.commit(files);
        registry = make_registry(dir / "registry");
        version = std::make_unique<RegistryVersion>(*registry, "ns", push(*registry, local, tree));
        for (TreeCursor at(*local, tree.root); at.valid(); at.next()) {
            entries.emplace_back(at.path(), at.entry());
        }
        for (const auto& [path, entry] : entries) {
            wanted.push_back({path, entry});
        }
    }
    [[nodiscard]] std::vector<FramePlace> places() const {
        std::vector<FramePlace> out;
        for (const auto& [path, entry] : entries) {
            const auto at = version->locate(path);
            const Extent& extent = at->file.chunks.at(0).at;
            out.push_back({at->packs[extent.pack], extent.frame_offset, extent.frame_length});
        }
        return out;
    }

    Local local;
    std::unique_ptr<Registry> registry;
    std::unique_ptr<RegistryVersion> version;
    std::vector<std::pair<std::string, Entry>> entries;
    std::vector<ContentSource::Wanted> wanted;
};

} // namespace

TEST_CASE("what was prepared is streamed without further reads, and is right") {
    const TempDir dir;
    const Files files = many(400, 6000);
    Pushed there(dir, files, 16 << 10);
    const auto kept = there.version->prepare(there.wanted);
    const std::uint64_t read = there.version->bytes_read();
    for (const auto& [path, entry] : there.entries) {
        ByteString content;
        there.version->stream(path, entry, [&](ByteView bytes) { content += bytes; });
        CHECK(content == files.at(path).content);
    }
    CHECK(there.version->bytes_read() == read);
}

TEST_CASE("frames that do not fit the room given are left to be read one by one") {
    const TempDir dir;
    const Files files = many(40, 100'000);
    Pushed there(dir, files, 128 << 10);
    PackReader& reader = there.version->nodes().reader();
    const auto places = there.places();
    const auto some = reader.frames(places, 2, {.run = 1u << 20, .raw = 1'000'000});
    const auto found =
        std::count_if(some.begin(), some.end(), [](const auto& frame) { return frame != nullptr; });
    CHECK(found > 0);
    CHECK(found <= 10);
    const auto all = reader.frames(places, 2);
    CHECK(std::count(all.begin(), all.end(), nullptr) == 0);
}

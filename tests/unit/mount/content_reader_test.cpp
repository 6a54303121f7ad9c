// Ranges of files: right from every offset, by many at once, with little memory, and never unverified.
#include "unit/mount/version.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <thread>

using namespace ds;
using namespace ds_test;

namespace {

Files some_files() {
    Files files;
    files["empty"] = {EntryKind::file, ""};
    files["small"] = {EntryKind::file, "small"};
    files["link"] = {EntryKind::symlink, "small"};
    files["inline"] = {EntryKind::file, noise(16 * 4096, 1)};       // all chunks stand in the layout itself
    files["one-more"] = {EntryKind::file, noise(16 * 4096 + 1, 2)}; // and one in a segment
    files["large"] = {EntryKind::file, noise(25'000'000, 3)};       // two segments
    files["same"] = {EntryKind::file, std::string(100'000, 'z')};   // one chunk again and again
    for (unsigned i = 0; i < 300; ++i) {
        files[fmt::format("many/{:03}", i)] = {EntryKind::file, noise(1000 + i, i)};
    }
    return files;
}

/// Changes a byte in every frame of content that is stored as it is, and makes the frame's checksum right again.
void forge(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::string pack((std::istreambuf_iterator<char>(in)), {});
    if (!pack.starts_with(pack_magic)) {
        return; // a document
    }
    const auto frames_end = find_footer(pack, "pack").start;
    for (std::size_t at = pack_magic.size(); at < frames_end;) {
        const auto header = FrameHeader::parse(ByteView(pack).substr(at), "frame");
        if (header.kind == ObjectKind::chunk && header.codec == Codec::raw) {
            const auto payload = at + header.payload_offset;
            for (std::size_t i = 0, begin = payload; i < header.lengths.size();
                 begin += header.lengths[i++]) {
                pack[begin] = static_cast<char>(pack[begin] + 1);
            }
            const auto crc = crc32c(ByteView(pack).substr(payload, header.stored_length),
                                    crc32c(ByteView(pack).substr(at, header.payload_offset - 4u)));
            store_u32(pack.data() + payload - 4, crc);
        }
        at += header.frame_length();
    }
    std::ofstream(path, std::ios::binary) << pack;
}

/// Every pack of the registry, made writable.
std::vector<std::string> packs_of(const Pushed& pushed) {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(pushed.path("registry/data"))) {
        if (entry.is_regular_file() && entry.file_size() > 1000) {
            std::filesystem::permissions(entry.path(), std::filesystem::perms::owner_write,
                                         std::filesystem::perm_options::add);
            out.push_back(entry.path());
        }
    }
    return out;
}

/// Overwrites bytes all over a file.
void spoil(const std::string& path) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    const auto size = std::filesystem::file_size(path);
    for (std::uintmax_t at = 60; at < size; at += 997) {
        file.seekp(static_cast<std::streamoff>(at));
        file.put('\x5a');
    }
}

} // namespace

TEST_CASE("ranges of every file are the file's") {
    const auto files = some_files();
    const Pushed pushed(files);
    for (const std::size_t memory : {std::size_t{64} << 20, std::size_t{1} << 20, std::size_t{0}}) {
        CAPTURE(memory);
        const Opened opened(pushed, nullptr, {memory, 3});
        std::mt19937_64 random(memory);
        for (const auto& [path, file] : files) {
            const auto node = opened.view->find(path);
            REQUIRE(node);
            const auto size = file.content.size();
            CHECK(opened.read(node->inode, 0, size + 10) == file.content);
            CHECK(opened.read(node->inode, size, 10).empty());
            CHECK(opened.read(node->inode, ~0ull - 5, 10).empty());
            for (unsigned i = 0; i < (size > 10000 ? 30 : 2); ++i) {
                const auto at = random() % (size + 1);
                const auto n = random() % 200'000;
                CHECK((opened.read(node->inode, at, n) == file.content.substr(at, n)));
            }
        }
    }
}

TEST_CASE("many readers of few files share what is fetched") {
    const auto files = some_files();
    const Pushed pushed(files);
    Opened opened(pushed);
    const auto& large = files.at("large").content;
    const auto inode = opened.view->find("large")->inode;
    std::atomic<unsigned> wrong{0};
    std::vector<std::thread> readers;
    for (unsigned reader = 0; reader < 8; ++reader) {
        readers.emplace_back([&, reader] {
            if (reader < 3) { // in order
                for (std::size_t at = 0; at < large.size(); at += 131072) {
                    wrong += opened.read(inode, at, 131072) == large.substr(at, 131072) ? 0 : 1;
                }
                return;
            }
            std::mt19937_64 random(reader);
            for (unsigned i = 0; i < 200; ++i) {
                const auto at = random() % large.size();
                wrong += opened.read(inode, at, 4096) == large.substr(at, 4096) ? 0 : 1;
            }
        });
    }
    for (auto& reader : readers) {
        reader.join();
    }
    CHECK(wrong == 0);
    // 25 MB in ranges of 4 MiB, and what the readers here and there wanted before those came.
    CHECK(opened.probe.requests < 900);
}

TEST_CASE("a file read in order comes in large ranges, small files come along with their neighbours") {
    const auto files = some_files();
    const Pushed pushed(files);
    Opened opened(pushed);
    const auto inode = opened.view->find("large")->inode;
    unsigned before = opened.probe.requests;
    for (std::size_t at = 0; at < 25'000'000; at += 131072) {
        (void)opened.read(inode, at, 131072);
    }
    CHECK(opened.probe.requests - before <= 12); // 6 ranges, and where packs end
    before = opened.probe.requests;
    for (unsigned i = 0; i < 300; ++i) {
        (void)opened.read(opened.walk(fmt::format("many/{:03}", i))->inode, 0, 4096);
    }
    CHECK(opened.probe.requests - before <= 10);
    // Here and there costs what it takes, not more.
    const auto bytes = opened.version.bytes_read();
    Opened random(pushed);
    for (unsigned i = 0; i < 10; ++i) {
        (void)random.read(inode, 24'000'000 - i * 2'300'000, 100);
    }
    CHECK(random.version.bytes_read() < bytes / 4);
}

TEST_CASE("a damaged cache heals, without a wrong byte; a damaged registry is an error that names the file") {
    const auto files = some_files();
    const Pushed pushed(files);
    const auto folder = pushed.path("cache");
    const auto read_all = [&](const Opened& opened) {
        for (const auto& [path, file] : files) {
            const auto node = opened.walk(path);
            REQUIRE(node);
            CHECK((opened.read(node->inode, 0, file.content.size()) == file.content));
        }
    };
    {
        BlockCache cache(folder, 1u << 30);
        read_all(Opened(pushed, &cache));
    }
    {
        BlockCache cache(folder, 1u << 30);
        Opened opened(pushed, &cache);
        const unsigned before = opened.probe.requests;
        read_all(opened);
        CHECK(opened.probe.requests.load() == before); // all of it was kept
    }
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() == ".blocks") {
            spoil(entry.path());
        }
    }
    {
        BlockCache cache(folder, 1u << 30);
        Opened opened(pushed, &cache);
        read_all(opened);
        CHECK(opened.version.bytes_read() > 20'000'000); // the registry was read again
    }
    {
        BlockCache cache(folder, 1u << 30);
        Opened opened(pushed, &cache);
        read_all(opened);
        CHECK(opened.probe.requests.load() < 10); // healed, but for what came along with a neighbour
    }
    for (const auto& pack : packs_of(pushed)) {
        if (std::filesystem::file_size(pack) > 1'000'000) {
            spoil(pack);
        }
    }
    BlockCache empty(pushed.path("cache2"), 1u << 30);
    const Opened opened(pushed, &empty);
    const auto inode = opened.view->find("large")->inode;
    try {
        (void)opened.read(inode, 0, 100'000);
        FAIL("no error");
    } catch (const CorruptObject& error) {
        CHECK(error.message().find("'large'") != std::string::npos);
    }
}

TEST_CASE("a registry that lies, with right checksums: every piece is refused, what is true can be read") {
    const auto files = some_files();
    const Pushed pushed(files);
    for (const auto& pack : packs_of(pushed)) {
        forge(pack);
    }
    BlockCache cache(pushed.path("cache"), 1u << 30);
    const Opened opened(pushed, &cache);
    for (const auto* path : {"large", "inline", "many/007"}) {
        const auto node = opened.view->find(path);
        REQUIRE(node);
        for (const std::uint64_t at : {std::uint64_t{0}, node->entry.size / 2, node->entry.size - 1}) {
            CHECK_THROWS_AS((void)opened.read(node->inode, at, 1), CorruptObject);
        }
    }
    CHECK(opened.read(opened.view->find("same")->inode, 0, 1) == "z"); // compressed: left alone
}

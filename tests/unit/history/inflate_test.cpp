// The inflater against streams of stock git, and against damage.
#include "history/inflate.hpp"
#include "unit/history/helpers.hpp"

using namespace ds;
using namespace ds::git;

namespace {

constexpr std::size_t max_bytes = 1u << 20;

/// What `git hash-object -w` leaves on the disk: deflated.
std::string deflated_by_git(const std::string& content) {
    ds_test::Repo repo;
    write_file_atomic(repo.dir / "file", content, Durability::volatile_);
    auto id = ds_test::git(repo.path, "-c core.compression=9 hash-object -w '" + (repo.dir / "file") + "'");
    REQUIRE(id.size() == 41);
    id.pop_back();
    return read_file(repo.path + "/objects/" + id.substr(0, 2) + "/" + id.substr(2));
}

std::string object(const std::string& content) {
    return "blob " + std::to_string(content.size()) + std::string(1, '\0') + content;
}

} // namespace

TEST_CASE("streams of other writers are read") {
    std::string mixed;
    std::uint32_t state = 1;
    for (int i = 0; i < 200'000; ++i) { // noise, runs and text: all kinds of blocks, far distances
        state = state * 1664525 + 1013904223;
        mixed += i % 3 == 0 ? std::string(state >> 28, 'r') : std::string(1, static_cast<char>(state >> 24));
        if (mixed.size() > 300'000) {
            break;
        }
    }
    std::string noise;
    for (int i = 0; i < 100'000; ++i) {
        state = state * 1664525 + 1013904223;
        noise.push_back(static_cast<char>(state >> 24));
    }
    for (const auto& content : {std::string(), std::string("a"), std::string("tree sha256:0000\nentries 3\n"),
                                std::string(500'000, 'x'), mixed, noise}) {
        const auto stream = deflated_by_git(content);
        CHECK(inflate_zlib(stream, max_bytes, "it") == object(content));
        if (content.size() > 1000) {
            CHECK_THROWS_AS((void)inflate_zlib(stream, 1000, "it"), CorruptObject); // bounded
        }
    }
}

TEST_CASE("stored streams round trip") {
    for (const std::size_t n : {0u, 1u, 65535u, 65536u, 200'000u}) {
        const std::string data(n, 's');
        CHECK(inflate_zlib(store_zlib(data), max_bytes, "it") == data);
    }
}

TEST_CASE("every truncation and every flipped bit is an error") {
    const std::string text = "tree 1\nparent 2\nauthor 3\ncommitter 4\n\nmessage message message\n";
    for (const auto& stream : {store_zlib(text), deflated_by_git(text + text + "0123456789abcdef")}) {
        const auto good = inflate_zlib(stream, max_bytes, "it");
        for (std::size_t i = 0; i < stream.size(); ++i) {
            CHECK_THROWS_AS((void)inflate_zlib(stream.substr(0, i), max_bytes, "it"), CorruptObject);
            for (int bit = 0; bit < 8; ++bit) {
                auto bad = stream;
                bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
                std::string out = good; // padding bits and the header's level may change without harm
                try {
                    out = inflate_zlib(bad, max_bytes, "it");
                } catch (const CorruptObject&) {
                }
                CHECK(out == good);
            }
        }
        CHECK_THROWS_AS((void)inflate_zlib(stream + "x", max_bytes, "it"), CorruptObject);
    }
}

TEST_CASE("malformed blocks are refused") {
    const auto stream = [](std::initializer_list<unsigned> bytes) {
        std::string out("\x78\x01", 2);
        for (const auto b : bytes) {
            out.push_back(static_cast<char>(b));
        }
        return out + std::string(64, '\0');
    };
    for (const auto& bad : {stream({0x07}),                   // unknown block type
                            stream({0x01, 1, 0, 0xff, 0xff}), // length does not match its complement
                            stream({0x03, 0x02}),             // fixed codes, a distance before the beginning
                            stream({0xfd, 0xff, 0xff}),       // too many codes
                            stream({0x05, 0x00, 0x00}),       // dynamic codes without a code
                            std::string("\x78\x02", 2), std::string("x")}) {
        CHECK_THROWS_AS((void)inflate_zlib(bad, max_bytes, "it"), CorruptObject);
    }
}

// The cuts are part of the repository format: golden vectors hold them still.
#include "base/error.hpp"
#include "chunk/chunker.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <set>
#include <string>
#include <vector>

using namespace ds;

namespace {

/// Pseudo-random bytes (xorshift64) that are the same everywhere.
std::string noise(std::size_t n, std::uint64_t seed) {
    std::string out(n, '\0');
    for (char& c : out) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        c = static_cast<char>(seed >> 32 & 0xff);
    }
    return out;
}

std::vector<std::size_t> lengths(const Chunker& chunker, ByteView data) {
    std::vector<std::size_t> out;
    while (!data.empty()) {
        out.push_back(chunker.cut(data));
        REQUIRE(out.back() > 0);
        REQUIRE(out.back() <= data.size());
        data.remove_prefix(out.back());
    }
    return out;
}

/// The definition without any of the tricks: every length from its own 64 bytes.
std::size_t slow_cut(ByteView data, const ChunkParams& p) {
    std::uint64_t gear[256];
    std::uint64_t state = 0x647363746c01;
    for (auto& g : gear) {
        state += 0x9e3779b97f4a7c15;
        std::uint64_t z = state;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
        z = (z ^ z >> 27) * 0x94d049bb133111eb;
        g = z ^ z >> 31;
    }
    const std::size_t n = std::min<std::size_t>(data.size(), p.max_size);
    unsigned bits = 0;
    while (1u << bits != p.avg_size) {
        ++bits;
    }
    for (std::size_t length = p.min_size + 1; length <= n; ++length) {
        std::uint64_t hash = 0;
        for (std::size_t i = length - 64; i < length; ++i) {
            hash = hash * 2 + gear[static_cast<unsigned char>(data[i])];
        }
        if (hash >> (64 - (length <= p.avg_size ? bits + 2 : bits - 2)) == 0) {
            return length;
        }
    }
    return n;
}

} // namespace

TEST_CASE("golden vectors") {
    const std::string data = noise(1 << 20, 0x5eed);
    CHECK(lengths(Chunker({}), data) == std::vector<std::size_t>{74956, 94699, 84125, 80092, 73664, 80389,
                                                                 99466, 70654, 117011, 87004, 84111, 66406,
                                                                 35999});
    CHECK(lengths(Chunker({1024, 4096, 16384}), ByteView(data).substr(0, 65536)) ==
          std::vector<std::size_t>{2314, 4615, 5125, 4195, 4459, 4277, 4833, 4353, 4201, 4192, 4307, 5017,
                                   5187, 5000, 3461});
}

TEST_CASE("the fast search finds what the definition says") {
    const ChunkParams sets[] = {
        {64, 64, 64}, {64, 256, 1024}, {256, 1024, 2000}, {1000, 1024, 5003}, {77, 512, 513}};
    for (const auto& params : sets) {
        const Chunker chunker(params);
        const std::string data = noise(40000, params.avg_size + params.max_size);
        ByteView rest = data;
        while (!rest.empty()) {
            const std::size_t n = chunker.cut(rest);
            REQUIRE(n == slow_cut(rest, params));
            rest.remove_prefix(n);
        }
    }
}

TEST_CASE("sizes stay within their bounds, and near the average") {
    const ChunkParams params{1024, 4096, 16384};
    const std::string data = noise(4 << 20, 7);
    auto all = lengths(Chunker(params), data);
    all.pop_back();
    CHECK(*std::min_element(all.begin(), all.end()) >= params.min_size);
    CHECK(*std::max_element(all.begin(), all.end()) <= params.max_size);
    const std::size_t mean = data.size() / all.size();
    CHECK(mean > 3500);
    CHECK(mean < 5500);
    // Constant bytes never meet the condition, so they end at the maximum.
    for (const auto n : lengths(Chunker(params), std::string(4 * params.max_size, '\0'))) {
        CHECK(n == params.max_size);
    }
}

TEST_CASE("short data is one chunk, and a cut does not depend on what follows") {
    const ChunkParams params{1024, 4096, 16384};
    const Chunker chunker(params);
    const std::string data = noise(20000, 3);
    CHECK(chunker.cut("") == 0);
    CHECK(chunker.cut(ByteView(data).substr(0, 1)) == 1);
    CHECK(chunker.cut(ByteView(data).substr(0, 1024)) == 1024);
    const std::size_t first = chunker.cut(data);
    REQUIRE(first < params.max_size);
    CHECK(chunker.cut(ByteView(data).substr(0, first)) == first);
    CHECK(chunker.cut(ByteView(data).substr(0, first + 1)) == first);
    CHECK(chunker.cut(ByteView(data).substr(0, first - 1)) == first - 1);
}

TEST_CASE("an insertion moves only the cuts near it") {
    const Chunker chunker({1024, 4096, 16384});
    std::string data = noise(1 << 20, 11);
    const auto chunks = [&] {
        std::multiset<std::string> out;
        std::size_t at = 0;
        for (const auto n : lengths(chunker, data)) {
            out.insert(data.substr(at, n));
            at += n;
        }
        return out;
    };
    const auto before = chunks();
    data.insert(500'000, "some bytes more");
    const auto after = chunks();
    std::size_t kept = 0;
    for (const auto& chunk : after) {
        kept += before.count(chunk);
    }
    CHECK(after.size() - kept <= 5);
}

TEST_CASE("parameters out of order or range are refused") {
    for (const ChunkParams& p : {ChunkParams{0, 64, 64}, ChunkParams{63, 64, 64}, ChunkParams{64, 100, 200},
                                 ChunkParams{128, 64, 256}, ChunkParams{64, 256, 128}, ChunkParams{64, 0, 64},
                                 ChunkParams{64, 128, 4 * 1024 * 1024 + 1}}) {
        CHECK_THROWS_AS(Chunker{p}, Error);
    }
    CHECK_NOTHROW(Chunker(ChunkParams{64, 4194304, 4194304}));
}

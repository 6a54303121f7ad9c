// Samples: what is written is read again, whole and in part, and whatever is malformed is refused.
#include "model/sample.hpp"

#include "base/error.hpp"
#include "codec/hash.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

using namespace ds;

namespace {

Sample make(std::size_t packs, std::size_t chunks) {
    Sample sample;
    for (std::size_t p = 0; p < packs; ++p) {
        std::vector<Sha256> hashes;
        for (std::size_t c = 0; c < chunks; ++c) {
            hashes.push_back(sha256(fmt::format("{} {}", p, c)));
        }
        sample.add({{sha256(fmt::format("pack {}", p)), fmt::format("version-{}", p)},
                    1000 + p,
                    static_cast<std::uint32_t>(chunks)},
                   hashes);
    }
    return sample;
}

} // namespace

TEST_CASE("a sample is read as it was written, whole and in part") {
    Sample sample = make(40, 900);
    sample.replaces = {sha256("one"), sha256("two")};
    const ByteString bytes = sample.serialise();
    CHECK(bytes.size() <= sample.bytes());
    const Sample read = Sample::parse(bytes, "sample");
    CHECK(read.packs == sample.packs);
    CHECK(read.entries == sample.entries);
    CHECK(read.replaces == sample.replaces);
    CHECK(sample.entries.size() > 40 * 900 / 64); // one in 32, and each pack's smallest
    CHECK(sample.entries.size() < 40 * 900 / 20);

    const auto head =
        SampleHead::parse(ByteView(bytes).substr(0, SampleHead::max_bytes), bytes.size(), "sample");
    CHECK(head.fan_bits > 0);
    std::size_t found = 0;
    for (const SampleEntry& wanted : sample.entries) {
        const auto at = head.bucket(wanted.prefix);
        const auto bucket =
            parse_sample_entries(ByteView(bytes).substr(at.offset, at.length), head.packs, "part");
        found += std::count(bucket.begin(), bucket.end(), wanted);
        const auto row = head.pack(wanted.pack);
        CHECK(parse_sampled_pack(ByteView(bytes).substr(row.offset, row.length), "row") ==
              sample.packs[wanted.pack]);
    }
    CHECK(found == sample.entries.size());
}

TEST_CASE("a pack of few chunks is listed by its smallest") {
    Sample sample;
    const std::vector<Sha256> one{sha256("a")};
    REQUIRE(!is_sampled(one[0]));
    sample.add({{sha256("pack"), "v"}, 100, 1}, one);
    REQUIRE(sample.entries.size() == 1);
    CHECK(sample.entries[0].prefix == one[0].prefix64());
    sample.add({{sha256("other"), std::string(200, 'v')}, 100, 1}, one); // its version id does not fit
    sample.add({{sha256("empty"), "v"}, 100, 1}, {});
    CHECK(sample.packs.size() == 1);
}

TEST_CASE("too many replaced names lose the oldest") {
    Sample sample = make(1, 10);
    for (std::size_t i = 0; i < max_sample_replaces + 5; ++i) {
        sample.replaces.push_back(sha256(std::to_string(i)));
    }
    const auto read = Sample::parse(sample.serialise(), "sample");
    REQUIRE(read.replaces.size() == max_sample_replaces);
    CHECK(read.replaces.front() == sha256("5"));
}

TEST_CASE("malformed samples are refused") {
    Sample sample = make(3, 200);
    sample.replaces = {sha256("one")};
    const ByteString good = sample.serialise();
    const auto refused = [&](const ByteString& bytes) {
        CHECK_THROWS_AS((void)Sample::parse(bytes, "sample"), CorruptObject);
    };
    for (std::size_t length = 0; length < good.size(); length += 1 + length / 7) {
        refused(good.substr(0, length));
    }
    refused(good + "x");
    const auto changed = [&](std::size_t at, char with) {
        ByteString bytes = good;
        bytes[at] = with;
        return bytes;
    };
    refused(changed(0, 'X'));
    refused(changed(8, 13));      // fan bits
    refused(changed(9, 1));       // padding
    refused(changed(15, '\x7f')); // replaces
    refused(changed(19, '\x7f')); // packs
    refused(changed(23, '\x7f')); // entries
    const auto head = SampleHead::parse(good, good.size(), "sample");
    refused(changed(head.packs_begin() - 1, '\x7f'));    // the fan table
    refused(changed(head.packs_begin() + 44, 68));       // the length of a version id
    refused(changed(head.packs_begin() + 111, 'x'));     // behind a version id
    refused(changed(head.entries_begin() + 11, '\x7f')); // no such pack
    ByteString unsorted = good;
    std::swap_ranges(unsorted.end() - 12, unsorted.end(), unsorted.end() - 24);
    refused(unsorted);
    // Whatever else is changed is read or refused, never worse.
    for (std::size_t at = 0; at < good.size(); ++at) {
        try {
            (void)Sample::parse(changed(at, static_cast<char>(good[at] ^ 0x55)), "sample");
        } catch (const CorruptObject&) {
            continue;
        }
    }
}

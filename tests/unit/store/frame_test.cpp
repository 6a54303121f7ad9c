// Frames and footers: round trips, and every damage an error.
#include "base/error.hpp"
#include "store_support.hpp"

#include <doctest/doctest.h>

using namespace ds;
using namespace ds_test;

namespace {

struct Sample {
    std::vector<std::string> objects;
    ByteString frame;
    std::vector<FooterEntry> entries;
};

Sample sample(ObjectKind kind, int level) {
    Sample s;
    FrameBuilder builder(kind);
    for (unsigned i = 0; i < 20; ++i) {
        s.objects.push_back(rows(100 + 200 * i, i));
        builder.add(sha256(s.objects.back()), s.objects.back());
    }
    s.entries = builder.encode(level, s.frame);
    CHECK(builder.empty());
    return s;
}

} // namespace

TEST_CASE("frames give back what was put in") {
    for (const int level : {0, 1, 3}) {
        const Sample s = sample(ObjectKind::chunk, level);
        REQUIRE(s.entries.size() == s.objects.size());
        for (std::size_t i = 0; i < s.objects.size(); ++i) {
            const FooterEntry& e = s.entries[i];
            CHECK(read_object_from_frame(s.frame, e.inner_offset, e.length, e.kind, e.hash, "t") ==
                  s.objects[i]);
        }
        const FrameHeader h = FrameHeader::parse(s.frame, "t");
        CHECK(h.codec == (level == 0 ? Codec::raw : Codec::zstd));
        CHECK(h.frame_length() == s.frame.size());
    }
}

TEST_CASE("incompressible objects are stored raw") {
    for (const std::size_t n : {100u, 5000u, 300'000u}) {
        FrameBuilder builder(ObjectKind::chunk);
        const std::string data = noise(n, n);
        builder.add(sha256(data), data);
        ByteString frame;
        const auto entries = builder.encode(3, frame);
        CHECK(FrameHeader::parse(frame, "t").codec == Codec::raw);
        CHECK(frame.size() < n + 40);
        CHECK(looks_random(data) == (n > 256));
    }
    CHECK_FALSE(looks_random(rows(5000, 1)));
}

TEST_CASE("every flipped bit and every cut of a frame is an error") {
    for (const int level : {0, 1}) {
        const Sample s = sample(ObjectKind::tree, level);
        for (std::size_t i = 0; i < s.frame.size(); i += i < 80 ? 1 : 37) {
            for (int bit = 0; bit < 8; ++bit) {
                ByteString bad = s.frame;
                bad[i] = static_cast<char>(bad[i] ^ 1 << bit);
                CHECK_THROWS_AS(static_cast<void>(decode_frame(bad, "t")), CorruptObject);
            }
        }
        for (std::size_t n = 0; n < s.frame.size(); n += 61) {
            CHECK_THROWS_AS(static_cast<void>(decode_frame(s.frame.substr(0, n), "t")), CorruptObject);
        }
        CHECK_THROWS_AS(static_cast<void>(decode_frame(s.frame + "x", "t")), CorruptObject);
        const FooterEntry& e = s.entries[3];
        CHECK_THROWS_AS(static_cast<void>(read_object_from_frame(s.frame, e.inner_offset + 1, e.length,
                                                                 e.kind, e.hash, "t")),
                        CorruptObject);
        CHECK_THROWS_AS(
            static_cast<void>(read_object_from_frame(s.frame, e.inner_offset, 1u << 31, e.kind, e.hash, "t")),
            CorruptObject);
    }
}

TEST_CASE("a frame refuses more than it may hold") {
    FrameBuilder builder(ObjectKind::chunk);
    for (std::size_t i = 0; i < max_frame_objects; ++i) {
        builder.add({}, "x");
    }
    CHECK_THROWS_AS(builder.add({}, "x"), Error);
    FrameBuilder large(ObjectKind::chunk);
    CHECK_THROWS_AS(large.add({}, std::string(max_frame_raw + 1, 'x')), Error);
    // A claimed size beyond the bound is refused before anything is allocated.
    ByteString bomb{"\xFA\x01\x01\x01", 4};
    ByteWriter w(bomb);
    w.varint(max_frame_raw + 1);
    w.varint(10);
    CHECK_THROWS_AS(static_cast<void>(FrameHeader::parse(bomb, "t")), CorruptObject);
}

TEST_CASE("a footer is read back strictly") {
    const Sample s = sample(ObjectKind::chunk, 1);
    std::vector<FooterEntry> entries = s.entries;
    for (FooterEntry& e : entries) {
        e.frame_offset = static_cast<std::uint32_t>(pack_magic.size());
    }
    const PackFooter footer = make_footer(entries);
    CHECK(make_footer(entries).name != footer.name); // the nonce
    const ByteString pack = ByteString(pack_magic) + s.frame + footer.bytes;
    const PackFooter back = parse_footer(pack, "t");
    CHECK(back.name == footer.name);
    REQUIRE(back.entries.size() == entries.size());
    CHECK(back.entries[7].hash == entries[7].hash);
    CHECK(back.entries[7].inner_offset == entries[7].inner_offset);
    const std::size_t begin = pack.size() - footer.bytes.size();
    for (std::size_t i = begin; i < pack.size(); ++i) {
        ByteString bad = pack;
        bad[i] = static_cast<char>(bad[i] ^ 4);
        const bool in_nonce = i >= pack.size() - 32 && i < pack.size() - 16;
        if (in_nonce) { // changes the name, which fsck holds against the file's
            CHECK(parse_footer(bad, "t").name != footer.name);
        } else {
            CHECK_THROWS_AS(static_cast<void>(parse_footer(bad, "t")), Error);
        }
    }
    for (std::size_t n = 0; n < pack.size(); n += 97) {
        CHECK_THROWS_AS(static_cast<void>(parse_footer(pack.substr(0, n), "t")), CorruptObject);
    }
}

TEST_CASE("an entry that points outside of its frame gives nothing") {
    const ByteString raw(10, 'x');
    CHECK(object_in(raw, 2, 8)->size() == 8);
    CHECK(object_in(raw, 10, 0)->empty());
    CHECK(!object_in(raw, 2, 9));
    CHECK(!object_in(raw, 11, 0));
    CHECK(!object_in(raw, 11, 0xffffffff));
}

TEST_CASE("an open frame is a part of its bytes where it is stored raw, and keeps them") {
    for (const int level : {0, 3}) {
        Sample s = sample(ObjectKind::chunk, level);
        const ByteString copy = s.frame;
        auto bytes = SharedBytes::of(std::move(s.frame));
        const OpenFrame open = open_frame(bytes, "t");
        CHECK(open.raw.view == decode_frame(copy, "t"));
        CHECK((open.raw.keep == bytes.keep) == (level == 0));
        bytes = {};
        CHECK(open.raw.view == decode_frame(copy, "t"));
    }
}

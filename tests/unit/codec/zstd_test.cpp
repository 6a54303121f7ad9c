// Decompression accepts exactly the frames that are written, nothing else.
#include "base/error.hpp"
#include "codec/zstd.hpp"

#include <doctest/doctest.h>
#include <string>
#include <zstd.h>

using namespace ds;

namespace {

std::string compressed(ByteView data, int level = 1) {
    std::string out;
    zstd_compress(data, level, out);
    return out;
}

void check_refused(ByteView frame, std::size_t expected) {
    std::string out = "before";
    CHECK_THROWS_AS(zstd_decompress(frame, expected, out, "frame"), CorruptObject);
    CHECK(out == "before");
    CHECK(out.capacity() < 4096);
}

std::string text() {
    std::string out;
    for (int i = 0; i < 5000; ++i) {
        out += std::to_string(i * i) + ",";
    }
    return out;
}

} // namespace

TEST_CASE("data round-trips, appended to what is there") {
    for (const std::string& data : {std::string(), std::string("x"), std::string(300'000, '\0'), text()}) {
        for (const int level : {1, 3, 9}) {
            std::string frame = "head";
            const std::size_t n = zstd_compress(data, level, frame);
            CHECK(frame.size() == 4 + n);
            std::string out = "head";
            zstd_decompress(ByteView(frame).substr(4), data.size(), out, "frame");
            CHECK(out == "head" + data);
        }
    }
}

TEST_CASE("a wrong size, cut or longer frame is refused before anything is allocated") {
    const std::string data = text();
    const std::string frame = compressed(data);
    check_refused(frame, data.size() - 1);
    check_refused(frame, data.size() + 1);
    check_refused(frame, std::size_t{1} << 40);
    check_refused(frame + "x", data.size());
    check_refused(frame + compressed("more"), data.size());
    for (std::size_t n = 0; n < frame.size(); n += 97) {
        check_refused(ByteView(frame).substr(0, n), data.size());
    }
}

TEST_CASE("frames of other kinds are refused") {
    const std::string data = text();
    // Skippable, alone and in front.
    const std::string skippable("\x50\x2a\x4d\x18\x04\x00\x00\x00skip", 12);
    check_refused(skippable, 0);
    check_refused(skippable + compressed(data), data.size());
    // Without a declared size.
    ZSTD_CCtx* context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
    std::string out(ZSTD_compressBound(data.size()), '\0');
    out.resize(ZSTD_compress2(context, out.data(), out.size(), data.data(), data.size()));
    ZSTD_freeCCtx(context);
    check_refused(out, data.size());
    check_refused("\x28\xb5\x2f\xfd", 0);
    check_refused("no frame at all", 15);
}

TEST_CASE("lying headers are refused") {
    // A frame that declares 2^40 bytes in a few: magic, descriptor (8-byte size, single segment), size, RLE
    // block.
    std::string bomb("\x28\xb5\x2f\xfd\xe0\x00\x00\x00\x00\x00\x01\x00\x00\x03\x00\x10\x00", 17);
    check_refused(bomb, std::size_t{1} << 40);
    // One RLE block of 131,072 bytes under a header that claims 4.
    const std::string liar("\x28\xb5\x2f\xfd\x20\x04\x03\x00\x10\x41", 10);
    check_refused(liar, 4);
    // A window of 2^30 bytes: descriptor with a 2-byte size field (256 + 0) and a window byte.
    const std::string window("\x28\xb5\x2f\xfd\x40\xa0\x00\x00\x03\x08\x00\x41", 12);
    check_refused(window, 256);
    // A dictionary id of 7.
    const std::string dictionary("\x28\xb5\x2f\xfd\x21\x07\x01\x09\x00\x00\x41", 11);
    check_refused(dictionary, 1);
}

TEST_CASE("no flipped bit yields another size or a crash") {
    const std::string data = text().substr(0, 2000);
    const std::string frame = compressed(data);
    for (std::size_t bit = 0; bit < frame.size() * 8; ++bit) {
        std::string bad = frame;
        bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ 1 << bit % 8);
        std::string out;
        try {
            zstd_decompress(bad, data.size(), out, "frame");
            CHECK(out.size() == data.size()); // other bytes are the hash's business
        } catch (const CorruptObject&) {
            CHECK(out.empty());
        }
    }
}

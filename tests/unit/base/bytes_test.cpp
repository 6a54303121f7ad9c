// The bounded reader: what is written comes back, and nothing malformed gets through.
#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/sha256.hpp"

#include <doctest/doctest.h>

using namespace ds;

TEST_CASE("numbers and strings round-trip") {
    ByteString out;
    ByteWriter w(out);
    const std::uint64_t numbers[] = {
        0, 1, 127, 128, 300, 16383, 16384, 1ull << 32, (1ull << 63) - 1, 1ull << 63, ~0ull};
    w.u8(0xab);
    w.u16(0x1234);
    w.u32(0xdeadbeef);
    w.u64(0x0123456789abcdef);
    for (const auto n : numbers) {
        w.varint(n);
    }
    w.string("hello");
    CHECK(out.substr(0, 7) == std::string("\xab\x34\x12\xef\xbe\xad\xde", 7));

    ByteReader r(out, "test");
    CHECK(r.u8() == 0xab);
    CHECK(r.u16() == 0x1234);
    CHECK(r.u32() == 0xdeadbeef);
    CHECK(r.u64() == 0x0123456789abcdef);
    for (const auto n : numbers) {
        CHECK(r.varint() == n);
    }
    CHECK(r.string(5, "greeting") == "hello");
    CHECK(r.remaining() == 0);
    r.expect_end();
}

TEST_CASE("every truncation of a record is an error") {
    ByteString out;
    ByteWriter w(out);
    w.u32(7);
    w.varint(1u << 20);
    w.string("abc");
    for (std::size_t n = 0; n < out.size(); ++n) {
        ByteReader r(ByteView(out).substr(0, n), "test");
        CHECK_THROWS_AS((r.u32(), r.varint(), r.string(10, "x")), CorruptObject);
    }
}

TEST_CASE("malformed varints are refused") {
    const auto read = [](ByteView v) { return ByteReader(v, "test").varint(); };
    CHECK(read("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01") == ~0ull);
    CHECK_THROWS_AS(read("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), CorruptObject);     // 65 bits
    CHECK_THROWS_AS(read("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), CorruptObject); // longer still
    CHECK_THROWS_AS(read(ByteView("\x80\x00", 2)), CorruptObject);                        // a long form of 0
    CHECK_THROWS_AS(read(ByteView("\xff\x00", 2)), CorruptObject);
    CHECK_THROWS_AS(read("\x80"), CorruptObject);
    CHECK_THROWS_AS(read(""), CorruptObject);
}

TEST_CASE("bounds are enforced before anything is read, and errors name the object and the field") {
    ByteString out;
    ByteWriter w(out);
    w.varint(~0ull);
    CHECK_THROWS_AS(ByteReader(out, "t").string(100, "name"), CorruptObject);
    CHECK_THROWS_AS(ByteReader(out, "t").string(~0ull, "name"), CorruptObject);
    try {
        (void)ByteReader(out, "tree node 4c1d").varint_max(9, "count");
        FAIL("accepted");
    } catch (const CorruptObject& e) {
        CHECK(e.message() ==
              "tree node 4c1d is damaged: count is 18446744073709551615, more than 9 (at byte 10)");
        CHECK(exit_code(e.kind()) == 7);
    }
    ByteReader r("ab", "t");
    CHECK_THROWS_AS(r.expect_end(), CorruptObject);
    CHECK_THROWS_AS(r.bytes(~std::size_t{0}), CorruptObject);
}

TEST_CASE("a SHA-256 in its forms") {
    const std::string hex = "00ff0123456789abcdef00112233445566778899aabbccddeeff0123456789ab";
    const auto h = Sha256::from_hex(hex);
    REQUIRE(h);
    CHECK(h->hex() == hex);
    CHECK(h->short_hex() == hex.substr(0, 12));
    CHECK(h->prefix64() == 0x00ff0123456789ab);
    CHECK(Sha256::from_bytes(h->view()) == *h);
    CHECK_FALSE(h->is_zero());
    CHECK(Sha256{}.is_zero());
    CHECK(Sha256{} < *h);
    CHECK_FALSE(Sha256::from_hex(hex.substr(1)));
    CHECK_FALSE(Sha256::from_hex(hex + "0"));
    CHECK_FALSE(Sha256::from_hex("00FF" + hex.substr(4)));
    CHECK_FALSE(Sha256::from_hex("0g" + hex.substr(2)));
    CHECK_FALSE(Sha256::from_hex("../" + hex.substr(3)));
    CHECK_THROWS_AS((void)Sha256::from_bytes("short"), CorruptObject);
}

TEST_CASE("exit codes are a contract") {
    CHECK(exit_code(ErrorKind::differs) == 1);
    CHECK(exit_code(ErrorKind::not_found) == 3);
    CHECK(exit_code(ErrorKind::auth) == 4);
    CHECK(exit_code(ErrorKind::retry) == 5);
    CHECK(exit_code(ErrorKind::unknown) == 5);
    CHECK(exit_code(ErrorKind::conflict) == 6);
    CHECK(exit_code(ErrorKind::immutable) == 6);
    CHECK(exit_code(ErrorKind::corrupt) == 7);
    CHECK(exit_code(ErrorKind::locked) == 8);
    CHECK(exit_code(ErrorKind::failure) == 128);
    CHECK(exit_code(ErrorKind::usage) == 129);
    CHECK(exit_code(ErrorKind::interrupted) == 130);
}

// The writer and the bounded reader of the binary formats.
#include "base/bytes.hpp"

#include "base/error.hpp"

#include <fmt/core.h>

namespace ds {

namespace {
template <class T>
void append_le(ByteString& out, T v) {
    char raw[sizeof(T)];
    for (char& byte : raw) {
        byte = static_cast<char>(v & 0xff);
        v = static_cast<T>(v >> 8);
    }
    out.append(raw, sizeof raw);
}
} // namespace

void ByteWriter::u8(std::uint8_t v) {
    out_.push_back(static_cast<char>(v));
}
void ByteWriter::u16(std::uint16_t v) {
    append_le(out_, v);
}
void ByteWriter::u32(std::uint32_t v) {
    append_le(out_, v);
}
void ByteWriter::u64(std::uint64_t v) {
    append_le(out_, v);
}

void ByteWriter::varint(std::uint64_t v) {
    char raw[10];
    std::size_t n = 0;
    while (v >= 0x80) {
        raw[n++] = static_cast<char>(0x80 | (v & 0x7f));
        v >>= 7;
    }
    raw[n++] = static_cast<char>(v);
    out_.append(raw, n);
}

void ByteWriter::string(ByteView v) {
    varint(v.size());
    out_.append(v);
}

std::uint8_t ByteReader::u8() {
    return static_cast<std::uint8_t>(bytes(1)[0]);
}

std::uint16_t ByteReader::u16() {
    const ByteView raw = bytes(2);
    return static_cast<std::uint16_t>(static_cast<unsigned char>(raw[0]) | static_cast<unsigned char>(raw[1])
                                                                               << 8);
}

std::uint32_t ByteReader::u32() {
    return load_u32(bytes(4).data());
}

std::uint64_t ByteReader::u64() {
    return load_u64(bytes(8).data());
}

std::uint64_t ByteReader::varint_slow() {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        const std::uint8_t byte = u8();
        if (shift == 63 && byte > 1) {
            fail("number is larger than 64 bits");
        }
        value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) {
            if (byte == 0 && shift != 0) {
                fail("number is not in its shortest form");
            }
            return value;
        }
    }
}

std::uint64_t ByteReader::varint_max(std::uint64_t max, std::string_view field) {
    const std::uint64_t v = varint();
    if (v > max) {
        fail(fmt::format("{} is {}, more than {}", field, v, max));
    }
    return v;
}

ByteView ByteReader::bytes(std::size_t n) {
    if (n > remaining()) {
        fail(fmt::format("{} bytes needed, {} left", n, remaining()));
    }
    const ByteView out = data_.substr(pos_, n);
    pos_ += n;
    return out;
}

ByteView ByteReader::string(std::size_t max, std::string_view field) {
    const std::uint64_t n = varint();
    if (n > max) {
        fail(fmt::format("length of {} is {}, more than {}", field, n, max));
    }
    return bytes(static_cast<std::size_t>(n));
}

void ByteReader::expect_end() const {
    if (remaining() != 0) {
        fail(fmt::format("{} bytes too many", remaining()));
    }
}

void ByteReader::fail(std::string_view why) const {
    throw CorruptObject(fmt::format("{} is damaged: {} (at byte {})", what_, why, pos_));
}

} // namespace ds

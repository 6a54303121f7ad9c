// A small inflate: canonical Huffman codes decoded bit by bit, every read and write checked.
#include "history/inflate.hpp"

#include "base/error.hpp"

#include <array>
#include <fmt/format.h>
#include <span>

namespace ds::git {

namespace {

constexpr unsigned max_code_bits = 15;
constexpr std::size_t max_literal_codes = 286;
constexpr std::size_t max_distance_codes = 30;
constexpr std::size_t end_of_block = 256;

std::uint32_t adler32(ByteView data) {
    std::uint32_t a = 1;
    std::uint32_t b = 0;
    for (const char c : data) {
        a = (a + static_cast<unsigned char>(c)) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}

/// Lengths of codes, in the order that decodes them.
struct Huffman {
    std::array<std::uint16_t, max_code_bits + 1> count{};
    std::array<std::uint16_t, 288> symbol{};

    /// Returns how many codes are left unused (0: complete), negative for too many codes.
    int build(std::span<const std::uint8_t> lengths) {
        count.fill(0);
        for (const auto length : lengths) {
            ++count[length];
        }
        int left = 1;
        for (unsigned bits = 1; bits <= max_code_bits; ++bits) {
            left = left * 2 - count[bits];
            if (left < 0) {
                return left;
            }
        }
        std::array<std::uint16_t, max_code_bits + 1> offset{};
        for (unsigned bits = 1; bits < max_code_bits; ++bits) {
            offset[bits + 1] = static_cast<std::uint16_t>(offset[bits] + count[bits]);
        }
        for (std::size_t i = 0; i < lengths.size(); ++i) {
            if (lengths[i] != 0) {
                symbol[offset[lengths[i]]++] = static_cast<std::uint16_t>(i);
            }
        }
        return left;
    }
};

class Inflater {
  public:
    Inflater(ByteView in, std::size_t max, std::string_view what) : in_(in), max_(max), what_(what) {}

    ByteString run() {
        const unsigned method = byte();
        const unsigned flags = byte();
        if ((method & 15) != 8 || method >> 4 > 7 || (method * 256 + flags) % 31 != 0 || (flags & 32) != 0) {
            fail("no zlib stream");
        }
        bool last = false;
        while (!last) {
            last = bits(1) != 0;
            switch (bits(2)) {
            case 0:
                stored();
                break;
            case 1:
                fixed();
                break;
            case 2:
                dynamic();
                break;
            default:
                fail("unknown block");
            }
        }
        std::uint32_t sum = 0;
        for (int i = 0; i < 4; ++i) {
            sum = sum << 8 | byte();
        }
        if (sum != adler32(out_) || pos_ != in_.size()) {
            fail("wrong checksum or length");
        }
        return std::move(out_);
    }

  private:
    [[noreturn]] void fail(std::string_view why) const {
        throw CorruptObject(fmt::format("{} is damaged: {}", what_, why), "dsctl fsck --repair");
    }
    /// The next whole byte; drops the rest of a begun one.
    unsigned byte() {
        held_ = 0;
        if (pos_ == in_.size()) {
            fail("it is cut off");
        }
        return static_cast<unsigned char>(in_[pos_++]);
    }
    unsigned bits(unsigned n) {
        unsigned value = 0;
        for (unsigned i = 0; i < n; ++i) {
            if (held_ == 0) {
                current_ = byte();
                held_ = 8;
            }
            value |= (current_ & 1) << i;
            current_ >>= 1;
            --held_;
        }
        return value;
    }
    void room_for(std::size_t n) const {
        if (n > max_ - out_.size()) {
            fail("it is larger than any object");
        }
    }
    void stored() {
        const unsigned low = byte();
        const unsigned n = low | byte() << 8;
        const unsigned low_check = byte();
        if ((low_check | byte() << 8) != (~n & 0xffff) || n > in_.size() - pos_) {
            fail("wrong length of a block");
        }
        room_for(n);
        out_.append(in_.substr(pos_, n));
        pos_ += n;
    }
    unsigned decode(const Huffman& huffman) {
        int code = 0;
        int first = 0;
        int index = 0;
        for (unsigned length = 1; length <= max_code_bits; ++length) {
            code |= static_cast<int>(bits(1));
            const int count = huffman.count[length];
            if (code - count < first) {
                return huffman.symbol[static_cast<std::size_t>(index + code - first)];
            }
            index += count;
            first = (first + count) * 2;
            code *= 2;
        }
        fail("unknown code");
    }
    void block(const Huffman& literals, const Huffman& distances) {
        static constexpr std::array<std::uint16_t, 29> length_base = {
            3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
            31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
        static constexpr std::array<std::uint8_t, 29> length_bits = {
            0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
        static constexpr std::array<std::uint16_t, 30> distance_base = {
            1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
            193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
        static constexpr std::array<std::uint8_t, 30> distance_bits = {
            0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13};
        for (;;) {
            const unsigned symbol = decode(literals);
            if (symbol == end_of_block) {
                return;
            }
            if (symbol < end_of_block) {
                room_for(1);
                out_.push_back(static_cast<char>(symbol));
                continue;
            }
            const std::size_t l = symbol - end_of_block - 1;
            if (l >= length_base.size()) {
                fail("unknown length");
            }
            const std::size_t length = length_base[l] + bits(length_bits[l]);
            const unsigned d = decode(distances);
            if (d >= distance_base.size()) {
                fail("unknown distance");
            }
            const std::size_t distance = distance_base[d] + bits(distance_bits[d]);
            if (distance > out_.size()) {
                fail("it refers to before its beginning");
            }
            room_for(length);
            for (std::size_t i = 0; i < length; ++i) { // may overlap what it writes
                out_.push_back(out_[out_.size() - distance]);
            }
        }
    }
    void fixed() {
        std::array<std::uint8_t, 288> lengths{};
        for (std::size_t i = 0; i < lengths.size(); ++i) {
            lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
        }
        std::array<std::uint8_t, max_distance_codes> distance_lengths{};
        distance_lengths.fill(5);
        Huffman literals;
        Huffman distances;
        literals.build(lengths);
        distances.build(distance_lengths);
        block(literals, distances);
    }
    void dynamic() {
        static constexpr std::array<std::uint8_t, 19> order = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                               11, 4,  12, 3, 13, 2, 14, 1, 15};
        const std::size_t n_literals = bits(5) + 257;
        const std::size_t n_distances = bits(5) + 1;
        const std::size_t n_lengths = bits(4) + 4;
        if (n_literals > max_literal_codes || n_distances > max_distance_codes) {
            fail("too many codes");
        }
        std::array<std::uint8_t, max_literal_codes + max_distance_codes> lengths{};
        for (std::size_t i = 0; i < n_lengths; ++i) {
            lengths[order[i]] = static_cast<std::uint8_t>(bits(3));
        }
        Huffman code;
        if (code.build(std::span(lengths).first(order.size())) != 0) {
            fail("incomplete codes");
        }
        lengths.fill(0);
        for (std::size_t i = 0; i < n_literals + n_distances;) {
            const unsigned symbol = decode(code);
            if (symbol < 16) {
                lengths[i++] = static_cast<std::uint8_t>(symbol);
                continue;
            }
            if (symbol == 16 && i == 0) {
                fail("nothing to repeat");
            }
            const std::uint8_t value = symbol == 16 ? lengths[i - 1] : std::uint8_t{0};
            const std::size_t repeat = symbol == 16 ? 3 + bits(2) : symbol == 17 ? 3 + bits(3) : 11 + bits(7);
            if (repeat > n_literals + n_distances - i) {
                fail("too many lengths");
            }
            for (std::size_t k = 0; k < repeat; ++k) {
                lengths[i++] = value;
            }
        }
        if (lengths[end_of_block] == 0) {
            fail("a block without end");
        }
        Huffman literals;
        Huffman distances;
        const auto incomplete = [](int left, const Huffman& huffman, std::size_t n) {
            // A single code of one bit is the one incomplete set that is allowed.
            return left < 0 ||
                   (left > 0 && n != static_cast<std::size_t>(huffman.count[0]) + huffman.count[1]);
        };
        const int left = literals.build(std::span(lengths).first(n_literals));
        const int left_distances = distances.build(std::span(lengths).subspan(n_literals, n_distances));
        if (incomplete(left, literals, n_literals) || incomplete(left_distances, distances, n_distances)) {
            fail("incomplete codes");
        }
        block(literals, distances);
    }

    ByteView in_;
    std::size_t max_;
    std::string_view what_;
    std::size_t pos_ = 0;
    unsigned current_ = 0;
    unsigned held_ = 0;
    ByteString out_;
};

} // namespace

ByteString inflate_zlib(ByteView stream, std::size_t max, std::string_view what) {
    return Inflater(stream, max, what).run();
}

ByteString store_zlib(ByteView data) {
    constexpr std::size_t max_block = 65535;
    ByteString out("\x78\x01", 2);
    const std::uint32_t sum = adler32(data);
    do {
        const auto block = data.substr(0, max_block);
        data.remove_prefix(block.size());
        const auto n = static_cast<unsigned>(block.size());
        out.push_back(data.empty() ? '\x01' : '\x00');
        for (const unsigned v : {n, n >> 8, ~n, ~n >> 8}) {
            out.push_back(static_cast<char>(v));
        }
        out.append(block);
    } while (!data.empty());
    for (const unsigned shift : {24u, 16u, 8u, 0u}) {
        out.push_back(static_cast<char>(sum >> shift));
    }
    return out;
}

} // namespace ds::git

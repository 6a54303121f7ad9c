// Previews read little, and hostile files end in bytes or text, never in trouble.
#include "preview/formats.hpp"
#include "preview/preview.hpp"

#include "base/error.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace ds;

namespace {

struct File {
    std::string name;
    ByteString bytes;
    std::uint64_t read = 0;
    std::uint64_t size = 0; ///< beyond the bytes there are zeros
    PreviewSource source() {
        size = std::max<std::uint64_t>(size, bytes.size());
        return {name, size, [this](std::uint64_t offset, std::uint64_t length) {
                    REQUIRE(offset + length <= size);
                    read += length;
                    auto part = offset < bytes.size() ? bytes.substr(offset, length) : ByteString();
                    part.resize(length);
                    return part;
                }};
    }
};

Preview look(const std::string& name, const ByteString& bytes, std::size_t lines = 20) {
    File file{name, bytes};
    return preview(file.source(), lines);
}

std::string varint(std::uint64_t n) {
    std::string out;
    for (; n > 127; n >>= 7) {
        out += static_cast<char>((n & 127) | 128);
    }
    return out + static_cast<char>(n);
}

/// A schema of one column "a", three rows.
std::string metadata() {
    using namespace std::string_literals;
    return "\x15\x02\x19\x2c\x48\x01s\x15\x02\x00\x15\x02\x25\x00\x18\x01"
           "a\x00\x16\x06\x19\x0c\x00"s;
}

} // namespace

TEST_CASE("preview: a file of many gigabytes costs its beginning, or its ends") {
    File text{"a.log", std::string(100'000, 'a')};
    text.size = 100ull << 30;
    CHECK(preview(text.source(), 20).kind == "text");
    CHECK(text.read <= 1u << 20); // a line without an end
    File lines{"a.csv", {}};
    for (int i = 0; i < 100'000; ++i) {
        lines.bytes += "a,b\n";
    }
    const auto table = preview(lines.source(), 20);
    CHECK(table.table->rows.size() == 20);
    CHECK(table.table->more);
    CHECK(lines.read <= 64u << 10);
    File binary{"a.bin", std::string(100, '\0')};
    binary.size = 100ull << 30;
    CHECK(preview(binary.source(), 20).kind == "binary");
    CHECK(binary.read <= 64u << 10);
}

TEST_CASE("preview: kinds by content, whatever the name") {
    CHECK(look("a.csv", "\x89PNG\r\n\x1a\n\0\0").kind == "png");
    CHECK(look("a.png", "words").kind == "text");
    CHECK(look("a.csv", std::string("\0\1\2", 3)).kind == "binary");
    CHECK(look("a.txt", "\xff\xfe\xff").kind == "binary");
    CHECK(look("a.txt", std::string(70'000, 'x') + "\xff").kind == "text");
    CHECK(look("a", "").kind == "empty");
    CHECK(look("a.txt", "a\r\nb").text->lines == std::vector<std::string>{"a", "b"});
    CHECK_FALSE(look("a.txt", "a\n").text->more);
    CHECK(look("a.txt", "a\nb\n", 1).text->more);
}

TEST_CASE("preview: tables of uneven rows, quotes that never end, wide ones") {
    const auto table = *look("a.csv", "a,b\n1\n1,2,3\n\n").table;
    CHECK(table.columns == std::vector<std::string>{"a", "b", ""});
    CHECK(table.rows == std::vector<std::vector<std::string>>{{"1", "", ""}, {"1", "2", "3"}});
    CHECK(look("a.csv", "a,\"b\n1,2\n").table->columns.size() == 2);
    std::string wide;
    for (int i = 0; i < 5000; ++i) {
        wide += "x,";
    }
    CHECK(look("a.csv", wide + "\n" + wide).table->columns.size() == max_preview_columns);
    CHECK(look("a.csv", "a\n" + std::string(2u << 20, 'y') + "\nz").table->rows.size() <= 1);
    CHECK(look("a.jsonl", "{\"a\":1}\n[2]\n").kind == "text");
    CHECK(look("a.jsonl", "{\"a\":{\"b\":[1]}}\n").table->rows[0][0] == "{\"b\":[1]}");
}

TEST_CASE("preview: Parquet's metadata") {
    const auto parquet = parse_parquet_metadata(metadata());
    CHECK(parquet.rows == 3);
    REQUIRE(parquet.columns.size() == 1);
    CHECK(parquet.columns[0].name == "a");
    CHECK(parquet.columns[0].type == "INT32");
    CHECK(parquet.columns[0].repetition == "required");
    CHECK_THROWS_AS((void)parse_parquet_metadata(metadata() + "x"), CorruptObject);
    CHECK_THROWS_AS((void)parse_parquet_metadata(""), CorruptObject);
    // 10^9 items in a few bytes; structures without end.
    CHECK_THROWS_AS((void)parse_parquet_metadata("\x49\xfc" + varint(1'000'000'000)), CorruptObject);
    std::string deep;
    for (int i = 0; i < 100'000; ++i) {
        deep += "\x5c";
    }
    CHECK_THROWS_AS((void)parse_parquet_metadata(deep), CorruptObject);
    std::string lists = "\x59";
    for (int i = 0; i < 100'000; ++i) {
        lists += "\x19";
    }
    CHECK_THROWS_AS((void)parse_parquet_metadata(lists), CorruptObject);
}

TEST_CASE("preview: mutations of every kind end in a preview") {
    using namespace std::string_literals;
    const auto meta = metadata();
    std::string parquet = "PAR1" + meta + static_cast<char>(meta.size()) + "\0\0\0PAR1"s;
    REQUIRE(look("a", parquet).parquet);
    const std::pair<std::string, std::string> samples[] = {
        {"a.parquet", parquet},
        {"a.csv", "a;\"b\"\"c\";d\r\n1;2;3\r\n"},
        {"a.jsonl", "{\"a\":1,\"b\":[2]}\n{\"c\":\"d\"}\n"},
        {"a.jpg", "\xff\xd8\xff\xe0\x00\x04xx\xff\xc0\x00\x11\x08\x00\x10\x00\x20\x03rest of it"s},
        {"a.webp", "RIFF\x20\0\0\0WEBPVP8L\0\0\0\0\x2f\1\2\3\4________"s},
        {"a.bmp", "BM\1\1\1\1\0\0\0\0\x36\0\0\0\x28\0\0\0\7\0\0\0\xf7\xff\xff\xff________"s},
        {"a.txt", "text\nümlaut\x1b[0m\n"},
    };
    std::mt19937_64 random(1);
    for (const auto& [name, good] : samples) {
        for (int i = 0; i < 3000; ++i) {
            auto bytes = good;
            for (auto n = 1 + random() % 4; n > 0 && !bytes.empty(); --n) {
                const auto at = random() % bytes.size();
                if (random() % 6 == 0) {
                    bytes.resize(at);
                } else {
                    bytes[at] = static_cast<char>(random());
                }
            }
            CHECK_FALSE(look(name, bytes).kind.empty());
        }
    }
}

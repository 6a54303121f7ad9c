// The schema of a Parquet file.
//
//   file     := "PAR1" pages… metadata length:u32le "PAR1"
//   metadata := FileMetaData of parquet.thrift, in thrift's compact protocol
//
// Only what is shown is taken out of it: 1 version, 2 schema, 3 num_rows, 4 row_groups (how many), 6 created_by. Everything
// else is skipped by its type. Bounded: 16 MiB of metadata, 64 levels of structures, 20,000 columns of which 1,000 are kept.
#include "preview/formats.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <array>
#include <fmt/core.h>

namespace ds {

namespace {

constexpr std::uint32_t max_metadata = 16u << 20;
constexpr unsigned max_depth = 64;
constexpr std::size_t max_schema = 20'000;
constexpr std::size_t max_kept = 1'000;
constexpr std::size_t max_name = 1u << 10;
constexpr std::string_view magic = "PAR1";

/// Types of the compact protocol.
enum class Type : std::uint8_t {
    stop = 0,
    yes = 1,
    no = 2,
    byte = 3,
    i16 = 4,
    i32 = 5,
    i64 = 6,
    real = 7,
    binary = 8,
    list = 9,
    set = 10,
    map = 11,
    structure = 12,
};

class Thrift {
  public:
    explicit Thrift(ByteView bytes) : in_(bytes, "the metadata of the Parquet file") {}

    /// Calls `field(id, type)` for each field of a structure; it reads the value.
    template <class Field>
    void structure(Field field) {
        if (++depth_ > max_depth) {
            in_.fail("structures lie too deep");
        }
        std::int64_t id = 0;
        while (true) {
            const auto head = in_.u8();
            const auto type = checked(head & 0x0fU);
            if (type == Type::stop) {
                if (head != 0) {
                    in_.fail("a structure ends with other bytes than 0");
                }
                break;
            }
            const auto step = head >> 4U;
            id = step != 0 ? id + step : number();
            field(id, type);
        }
        --depth_;
    }

    /// A list's number of items and their type. Each takes a byte at least.
    std::pair<std::uint64_t, Type> list() {
        const auto head = in_.u8();
        std::uint64_t count = head >> 4U;
        if (count == 15) {
            count = in_.varint();
        }
        if (count > in_.remaining()) {
            in_.fail("a list claims more items than there are bytes");
        }
        return {count, checked(head & 0x0fU)};
    }

    /// A zigzag number.
    std::int64_t number() {
        const auto raw = in_.varint();
        return static_cast<std::int64_t>(raw >> 1U) ^ -static_cast<std::int64_t>(raw & 1U);
    }

    ByteView binary() {
        const auto length = in_.varint();
        if (length > in_.remaining()) {
            in_.fail("a text is longer than what is left");
        }
        return in_.bytes(static_cast<std::size_t>(length));
    }

    /// @throws CorruptObject unless the field has the type it should have
    void expect(Type found, Type wanted) const {
        if (found != wanted) {
            in_.fail("a field has another type than it should");
        }
    }

    /// @param in_list there a boolean has a byte of its own
    void skip(Type type, bool in_list = false) {
        switch (type) {
        case Type::yes:
        case Type::no:
            if (in_list) {
                (void)in_.u8();
            }
            break;
        case Type::byte:
            (void)in_.u8();
            break;
        case Type::i16:
        case Type::i32:
        case Type::i64:
            (void)number();
            break;
        case Type::real:
            (void)in_.u64();
            break;
        case Type::binary:
            (void)binary();
            break;
        case Type::list:
        case Type::set: {
            const auto [count, item] = list();
            nested([&, count = count, item = item] {
                for (std::uint64_t i = 0; i < count; ++i) {
                    skip(item, true);
                }
            });
            break;
        }
        case Type::map:
            nested([&] { skip_map(); });
            break;
        case Type::structure:
            structure([&](std::int64_t, Type field) { skip(field); });
            break;
        case Type::stop:
            in_.fail("a value has no type");
        }
    }

    void end() const { in_.expect_end(); }

  private:
    Type checked(unsigned code) const {
        if (code > static_cast<unsigned>(Type::structure)) {
            in_.fail("a value is of no known type");
        }
        return static_cast<Type>(code);
    }

    template <class Body>
    void nested(Body body) {
        if (++depth_ > max_depth) {
            in_.fail("structures lie too deep");
        }
        body();
        --depth_;
    }

    void skip_map() {
        const auto count = in_.varint();
        if (count == 0) {
            return;
        }
        if (count > in_.remaining()) {
            in_.fail("a map claims more items than there are bytes");
        }
        const auto types = in_.u8();
        const auto key = checked(types >> 4U);
        const auto value = checked(types & 0x0fU);
        for (std::uint64_t i = 0; i < count; ++i) {
            skip(key, true);
            skip(value, true);
        }
    }

    ByteReader in_;
    unsigned depth_ = 0;
};

template <std::size_t N>
std::string name_of(const std::array<std::string_view, N>& names, std::int64_t code) {
    return code >= 0 && static_cast<std::size_t>(code) < N
               ? std::string(names[static_cast<std::size_t>(code)])
               : fmt::format("type {}", code);
}

constexpr std::array<std::string_view, 8> physical = {
    "BOOLEAN", "INT32", "INT64", "INT96", "FLOAT", "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"};
constexpr std::array<std::string_view, 3> repetitions = {"required", "optional", "repeated"};
constexpr std::array<std::string_view, 22> converted = {"STRING",
                                                        "MAP",
                                                        "MAP_KEY_VALUE",
                                                        "LIST",
                                                        "ENUM",
                                                        "DECIMAL",
                                                        "DATE",
                                                        "TIME_MILLIS",
                                                        "TIME_MICROS",
                                                        "TIMESTAMP_MILLIS",
                                                        "TIMESTAMP_MICROS",
                                                        "UINT_8",
                                                        "UINT_16",
                                                        "UINT_32",
                                                        "UINT_64",
                                                        "INT_8",
                                                        "INT_16",
                                                        "INT_32",
                                                        "INT_64",
                                                        "JSON",
                                                        "BSON",
                                                        "INTERVAL"};
/// By the field of the union that is set.
constexpr std::array<std::string_view, 19> logical = {
    "",        "STRING", "MAP",  "LIST", "ENUM", "DECIMAL", "DATE",    "TIME",     "TIMESTAMP", "",
    "INTEGER", "NULL",   "JSON", "BSON", "UUID", "FLOAT16", "VARIANT", "GEOMETRY", "GEOGRAPHY"};

struct SchemaElement {
    std::string name;
    std::optional<std::int64_t> type, repetition, converted_type, length;
    std::string logical_type;
    std::uint64_t children = 0;
};

SchemaElement read_element(Thrift& thrift) {
    SchemaElement element;
    thrift.structure([&](std::int64_t id, Type type) {
        const auto number = [&] {
            thrift.expect(type, Type::i32);
            return thrift.number();
        };
        switch (id) {
        case 1:
            element.type = number();
            break;
        case 2:
            element.length = number();
            break;
        case 3:
            element.repetition = number();
            break;
        case 4:
            thrift.expect(type, Type::binary);
            element.name = thrift.binary().substr(0, max_name);
            break;
        case 5: {
            const auto children = number();
            if (children < 0) {
                throw CorruptObject("the metadata of the Parquet file: a column has less than no children");
            }
            element.children = static_cast<std::uint64_t>(children);
            break;
        }
        case 6:
            element.converted_type = number();
            break;
        case 10:
            thrift.expect(type, Type::structure);
            thrift.structure([&](std::int64_t which, Type inner) {
                element.logical_type = name_of(logical, which);
                thrift.skip(inner);
            });
            break;
        default:
            thrift.skip(type);
        }
    });
    return element;
}

std::string type_text(const SchemaElement& element) {
    std::string text = element.children > 0 || !element.type ? "group" : name_of(physical, *element.type);
    if (element.type == 7 && element.length) {
        text += fmt::format("[{}]", *element.length);
    }
    const auto meaning = !element.logical_type.empty() ? element.logical_type
                         : element.converted_type      ? name_of(converted, *element.converted_type)
                                                       : std::string();
    return meaning.empty() ? text : fmt::format("{} ({})", text, meaning);
}

void read_schema(Thrift& thrift, ParquetPreview& result) {
    const auto [count, item] = thrift.list();
    thrift.expect(item, Type::structure);
    if (count > max_schema) {
        throw CorruptObject(fmt::format("the metadata of the Parquet file: a schema of {} columns", count));
    }
    std::vector<std::uint64_t> open; // children still to come, outermost first
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto element = read_element(thrift);
        while (!open.empty() && open.back() == 0) {
            open.pop_back();
        }
        if (i > 0 && open.empty()) {
            throw CorruptObject("the metadata of the Parquet file: a column belongs to no group");
        }
        if (i > 0) {
            --open.back();
            if (result.columns.size() < max_kept) {
                result.columns.push_back({element.name, type_text(element),
                                          element.repetition ? name_of(repetitions, *element.repetition) : "",
                                          static_cast<unsigned>(open.size() - 1)});
            }
        }
        if (element.children > 0) {
            if (open.size() >= max_depth) {
                throw CorruptObject("the metadata of the Parquet file: groups lie too deep");
            }
            open.push_back(element.children);
        }
    }
    if (std::any_of(open.begin(), open.end(), [](std::uint64_t left) { return left > 0; })) {
        throw CorruptObject("the metadata of the Parquet file: columns are missing");
    }
}

} // namespace

ParquetPreview parse_parquet_metadata(ByteView metadata) {
    ParquetPreview result;
    Thrift thrift(metadata);
    bool schema = false;
    bool rows = false;
    thrift.structure([&](std::int64_t id, Type type) {
        switch (id) {
        case 2:
            thrift.expect(type, Type::list);
            read_schema(thrift, result);
            schema = true;
            break;
        case 3: {
            thrift.expect(type, Type::i64);
            const auto n = thrift.number();
            if (n < 0) {
                throw CorruptObject("the metadata of the Parquet file: less than no rows");
            }
            result.rows = static_cast<std::uint64_t>(n);
            rows = true;
            break;
        }
        case 4: {
            thrift.expect(type, Type::list);
            const auto [count, item] = thrift.list();
            result.row_groups = count;
            for (std::uint64_t i = 0; i < count; ++i) {
                thrift.skip(item, true);
            }
            break;
        }
        case 6:
            thrift.expect(type, Type::binary);
            result.created_by = thrift.binary().substr(0, max_name);
            break;
        default:
            thrift.skip(type);
        }
    });
    thrift.end();
    if (!schema || !rows) {
        throw CorruptObject("the metadata of the Parquet file: it has no schema or no number of rows");
    }
    return result;
}

std::optional<Preview> preview_parquet(const PreviewSource& source, Beginning& beginning) {
    constexpr std::uint64_t trailer = 8;
    if (!beginning.first(0).starts_with(magic) || source.size < magic.size() + trailer) {
        return std::nullopt;
    }
    const auto end = source.read(source.size - trailer, trailer);
    if (!end.ends_with(magic)) {
        return std::nullopt;
    }
    Preview result;
    result.kind = "parquet";
    const auto length = load_u32(end.data());
    if (length > max_metadata) {
        result.remark = fmt::format("its metadata has {} bytes; at most {} are read", length, max_metadata);
    } else if (length > source.size - trailer - magic.size()) {
        result.remark = "its metadata is longer than the file";
    } else {
        try {
            result.parquet = parse_parquet_metadata(source.read(source.size - trailer - length, length));
        } catch (const CorruptObject& error) {
            result.remark = error.message();
        }
    }
    return result;
}

} // namespace ds

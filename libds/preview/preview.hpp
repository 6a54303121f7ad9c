// What a file is and how it begins, by reading a few ranges of it: never more than 17 MiB, mostly 64 KiB, however
// large the file is. Content is hostile: every parser here is strict and bounded, and none of them is more than
// a guess about the file: what it does not understand is shown as text or as bytes.
#pragma once

#include "base/bytes.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

/// A file to look at.
struct PreviewSource {
    std::string name; ///< its ending is a hint
    std::uint64_t size = 0;
    /// Exactly the bytes [offset, offset + length), which lie within the size. May throw.
    std::function<ByteString(std::uint64_t offset, std::uint64_t length)> read;
};

struct TextPreview {
    std::vector<std::string> lines; ///< as they are: UTF-8 that may hold control characters
    bool more = false;              ///< the file goes on
};
/// CSV, TSV or JSON Lines. Rows have as many cells as there are columns.
struct TablePreview {
    std::vector<std::string> columns;
    std::vector<std::vector<std::string>> rows;
    bool more = false; ///< the file goes on
};
struct ImagePreview {
    std::uint32_t width = 0, height = 0;
};
/// A column, or (with children) a group of columns.
struct ParquetColumn {
    std::string name;
    std::string type;       ///< "INT64", "BYTE_ARRAY (STRING)", "group"
    std::string repetition; ///< "required", "optional", "repeated"
    unsigned depth = 0;     ///< 0: of the table itself
};
struct ParquetPreview {
    std::uint64_t rows = 0;
    std::uint64_t row_groups = 0;
    std::string created_by;
    std::vector<ParquetColumn> columns;
};

struct Preview {
    /// "text", "csv", "tsv", "jsonl", "png", "jpeg", "gif", "webp", "bmp", "parquet", "empty" or "binary".
    std::string kind;
    std::optional<TextPreview> text;
    std::optional<TablePreview> table;
    std::optional<ImagePreview> image;
    std::optional<ParquetPreview> parquet;
    /// Why a file of a known kind is shown as bytes only; empty else.
    std::string remark;
};

/// @param lines how many lines or rows at most @throws what `read` throws
[[nodiscard]] Preview preview(const PreviewSource& source, std::size_t lines);

} // namespace ds

// One function for each kind of file. Internal to this module.
#pragma once

#include "preview/preview.hpp"

namespace ds {

/// More of a line or of a cell is not kept.
inline constexpr std::size_t max_preview_cell = 4096;
inline constexpr std::size_t max_preview_columns = 256;

/// The first bytes of a file, read on as they are asked for, up to a bound.
class Beginning {
  public:
    explicit Beginning(const PreviewSource& source) : source_(source) {}
    /// The first bytes, at least `n` of them if the file (and the bound) has so many.
    [[nodiscard]] ByteView first(std::size_t n);
    /// All that may be read; `whole()` says whether that is the file.
    [[nodiscard]] bool more();
    [[nodiscard]] ByteView bytes() const noexcept { return bytes_; }
    /// Nothing lies behind what was read.
    [[nodiscard]] bool whole() const noexcept { return bytes_.size() == source_.size; }

  private:
    const PreviewSource& source_;
    ByteString bytes_;
};

// Each gives nothing when the file is not of its kind.
[[nodiscard]] std::optional<Preview> preview_image(const PreviewSource& source, Beginning& beginning);
/// A damaged footer gives a preview with a remark.
[[nodiscard]] std::optional<Preview> preview_parquet(const PreviewSource& source, Beginning& beginning);
[[nodiscard]] std::optional<Preview> preview_table(const PreviewSource& source, Beginning& beginning,
                                                   std::size_t rows);
[[nodiscard]] std::optional<Preview> preview_text(const PreviewSource& source, Beginning& beginning,
                                                  std::size_t lines);

/// Whether the bytes look like text: UTF-8 (a character may be cut off at the end) without NUL and hardly any control
/// characters.
[[nodiscard]] bool looks_like_text(ByteView bytes, bool whole) noexcept;
/// The schema out of the metadata of a Parquet file (the thrift structure between the pages and the trailer).
/// @throws CorruptObject
[[nodiscard]] ParquetPreview parse_parquet_metadata(ByteView metadata);

} // namespace ds

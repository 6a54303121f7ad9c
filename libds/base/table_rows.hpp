// Rows of tables kept as text, found in a stream of any length.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

/// csv: RFC 4180 (a field that begins with a quote may hold commas and line breaks). tsv: no quoting.
/// jsonl: one JSON value a line.
enum class TableForm { csv, tsv, jsonl };

/// By the ending of the name: .csv, .tsv, .jsonl or .ndjson.
[[nodiscard]] std::optional<TableForm> table_form_of(std::string_view path) noexcept;

/// Cuts bytes into rows. Line breaks (LF, or CR LF) are not part of a row; empty rows are passed over.
/// Not thread-safe.
class RowScanner {
  public:
    static constexpr std::size_t max_row_bytes = 16u << 20;
    /// `row` is valid during the call; `offset` is where it begins in the stream.
    using Visit = std::function<void(std::string_view row, std::uint64_t offset)>;

    RowScanner(TableForm form, Visit visit) : form_(form), visit_(std::move(visit)) {}
    /// @throws Error(failure) naming the row that is longer than 16 MiB
    void feed(std::string_view bytes);
    /// The last row may lack its line break.
    void finish();
    [[nodiscard]] std::uint64_t rows() const noexcept { return rows_; }

  private:
    /// Where in `bytes` the row ends (its LF), from what is known of its beginning.
    [[nodiscard]] std::size_t row_end(std::string_view bytes) noexcept;
    void emit(std::string_view row);

    TableForm form_;
    Visit visit_;
    std::string part_; ///< of a row that began in an earlier piece
    std::uint64_t offset_ = 0;
    std::uint64_t rows_ = 0;
    bool quoted_ = false;     ///< within a quoted field
    bool field_start_ = true; ///< a quote here opens a quoted field
};

/// The fields of a row of csv or tsv, unquoted.
[[nodiscard]] std::vector<std::string> row_fields(std::string_view row, TableForm form);

} // namespace ds

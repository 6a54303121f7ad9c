// Columns for people: aligned by what a terminal shows, not by bytes.
#pragma once

#include "term/terminal.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ds::cli {

/// Columns that `text` takes on a terminal: wide characters two, combining ones none, colour codes none.
[[nodiscard]] std::size_t display_width(std::string_view text);
/// `text` with blanks up to `width` columns, before it when `right`.
[[nodiscard]] std::string padded(std::string_view text, std::size_t width, bool right = false);

/// A small table held in memory: for lists whose length people can read. Value type.
class Table {
  public:
    enum class Align { left, right };
    Table& column(std::string title, Align align = Align::left);
    void row(std::vector<std::string> cells);
    [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
    /// Header and rows, two blanks between columns, nothing behind the last one.
    [[nodiscard]] std::string text(const Style& style) const;

  private:
    struct Column {
        std::string title;
        Align align;
    };
    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

} // namespace ds::cli

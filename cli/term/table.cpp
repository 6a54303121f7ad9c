#include "term/table.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <cwchar>

namespace ds::cli {

namespace {

/// Blocks that terminals show two columns wide; libc's wcwidth depends on the locale, which nobody set.
bool is_wide(char32_t c) {
    return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) || (c >= 0xac00 && c <= 0xd7a3) ||
           (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
           (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x1f300 && c <= 0x1f64f) || (c >= 0x1f900 && c <= 0x1f9ff) ||
           (c >= 0x20000 && c <= 0x3fffd);
}

bool is_combining(char32_t c) {
    return (c >= 0x300 && c <= 0x36f) || (c >= 0x1ab0 && c <= 0x1aff) || (c >= 0x1dc0 && c <= 0x1dff) ||
           (c >= 0x200b && c <= 0x200d) || (c >= 0x20d0 && c <= 0x20ff) || (c >= 0xfe00 && c <= 0xfe0f) ||
           (c >= 0xfe20 && c <= 0xfe2f);
}

} // namespace

std::size_t display_width(std::string_view text) {
    std::size_t width = 0;
    while (!text.empty()) {
        if (text.starts_with("\x1b[")) {
            const auto end = text.find('m');
            text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
            continue;
        }
        const auto c = decode_utf8(text);
        width += c.length == 0 ? 1 : is_combining(c.code) ? 0 : is_wide(c.code) ? 2 : 1;
        text.remove_prefix(std::max<std::size_t>(c.length, 1));
    }
    return width;
}

std::string padded(std::string_view text, std::size_t width, bool right) {
    const auto have = display_width(text);
    const std::string blanks(width > have ? width - have : 0, ' ');
    return right ? blanks + std::string(text) : std::string(text) + blanks;
}

Table& Table::column(std::string title, Align align) {
    columns_.push_back({std::move(title), align});
    return *this;
}

void Table::row(std::vector<std::string> cells) {
    cells.resize(columns_.size());
    rows_.push_back(std::move(cells));
}

std::string Table::text(const Style& style) const {
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        std::size_t width = display_width(columns_[i].title);
        for (const auto& cells : rows_) {
            width = std::max(width, display_width(cells[i]));
        }
        widths.push_back(width);
    }
    std::string out;
    const auto add = [&](const auto& cell_of) {
        std::string line;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            line += (i > 0 ? "  " : "") + padded(cell_of(i), widths[i], columns_[i].align == Align::right);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + "\n";
    };
    add([&](std::size_t i) { return style.bold(columns_[i].title); });
    for (const auto& cells : rows_) {
        add([&](std::size_t i) { return cells[i]; });
    }
    return out;
}

} // namespace ds::cli

// CSV and TSV (RFC 4180, with the separator that the first line suggests), and JSON Lines.
#include "preview/formats.hpp"

#include "base/error.hpp"
#include "codec/json.hpp"

#include <algorithm>
#include <array>

namespace ds {

namespace {

using Row = std::vector<std::string>;

bool ends_with_any(std::string_view name, std::initializer_list<std::string_view> endings) {
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return std::any_of(endings.begin(), endings.end(), [&](auto ending) { return lower.ends_with(ending); });
}

/// One record from `at` on. `done` false: the bytes end within it.
struct Record {
    Row cells;
    std::size_t end = 0;
    bool done = false;
};

Record read_record(ByteView bytes, std::size_t at, char separator) {
    Record record;
    std::string cell;
    bool quoted = false;
    bool any = false;
    const auto add = [&](char c) {
        if (cell.size() < max_preview_cell) {
            cell += c;
        }
    };
    const auto close = [&] {
        if (record.cells.size() < max_preview_columns) {
            record.cells.push_back(std::move(cell));
        }
        cell.clear();
        any = false;
    };
    for (; at < bytes.size(); ++at) {
        const char c = bytes[at];
        if (quoted) {
            if (c != '"') {
                add(c);
            } else if (at + 1 < bytes.size() && bytes[at + 1] == '"') {
                add('"');
                ++at;
            } else {
                quoted = false;
            }
        } else if (c == '"' && !any) {
            quoted = true;
            any = true;
        } else if (c == separator) {
            close();
        } else if (c == '\n') {
            if (cell.ends_with('\r')) {
                cell.pop_back();
            }
            close();
            record.end = at + 1;
            record.done = true;
            return record;
        } else {
            add(c);
            any = true;
        }
    }
    if (!cell.empty() || !record.cells.empty()) {
        close();
    }
    record.end = bytes.size();
    return record;
}

/// Of several letters the one that the first line has most of, outside of quotes.
char separator_of(ByteView bytes) {
    constexpr std::array<char, 4> letters = {',', ';', '\t', '|'};
    std::array<std::size_t, 4> counts{};
    bool quoted = false;
    for (const char c : bytes.substr(0, 64u << 10)) {
        quoted = quoted != (c == '"');
        if (c == '\n' && !quoted) {
            break;
        }
        const auto* const found = std::find(letters.begin(), letters.end(), c);
        if (!quoted && found != letters.end()) {
            ++counts[static_cast<std::size_t>(found - letters.begin())];
        }
    }
    return letters[static_cast<std::size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin())];
}

std::size_t behind_mark(ByteView bytes) {
    return bytes.starts_with("\xEF\xBB\xBF") ? 3 : 0;
}

TablePreview separated(Beginning& beginning, char separator, std::size_t rows) {
    TablePreview table;
    std::vector<Row> records;
    std::size_t at = behind_mark(beginning.bytes());
    while (records.size() < rows + 1) {
        auto record = read_record(beginning.bytes(), at, separator);
        if (!record.done && beginning.more()) {
            continue; // the same once more, with more to read
        }
        if (!record.done && !beginning.whole() && !records.empty()) {
            break; // cut off by the bound
        }
        at = record.end;
        const bool blank = record.cells.size() == 1 && record.cells[0].empty();
        if (!record.cells.empty() && !blank) {
            records.push_back(std::move(record.cells));
        }
        if (at >= beginning.bytes().size()) {
            break;
        }
    }
    table.more = at < beginning.bytes().size() || !beginning.whole();
    std::size_t width = 0;
    for (const auto& record : records) {
        width = std::max(width, record.size());
    }
    for (auto& record : records) {
        record.resize(width);
    }
    if (!records.empty()) {
        table.columns = std::move(records.front());
        records.erase(records.begin());
    }
    table.rows = std::move(records);
    return table;
}

std::optional<TablePreview> json_lines(Beginning& beginning, std::size_t rows) {
    TablePreview table;
    std::size_t at = behind_mark(beginning.bytes());
    while (table.rows.size() < rows && at < beginning.bytes().size()) {
        const auto bytes = beginning.bytes();
        auto end = bytes.find('\n', at);
        if (end == ByteView::npos) {
            if (beginning.more()) {
                continue;
            }
            if (!beginning.whole() && !table.rows.empty()) {
                break; // cut off by the bound
            }
            end = bytes.size();
        }
        const auto line = bytes.substr(at, end - at);
        if (line.find_first_not_of(" \t\r") != ByteView::npos) {
            Row row(table.columns.size());
            try {
                const auto json = Json::parse(line, "a line");
                if (!json.is_object()) {
                    return std::nullopt;
                }
                for (const auto& [key, value] : json.members()) {
                    auto found = std::find(table.columns.begin(), table.columns.end(), key);
                    if (found == table.columns.end()) {
                        if (table.columns.size() >= max_preview_columns) {
                            continue;
                        }
                        table.columns.push_back(key);
                        row.emplace_back();
                        found = table.columns.end() - 1;
                    }
                    auto& cell = row[static_cast<std::size_t>(found - table.columns.begin())];
                    cell = (value.is_string() ? value.str() : value.dump()).substr(0, max_preview_cell);
                }
            } catch (const Error& error) {
                if (error.kind() != ErrorKind::corrupt) {
                    throw;
                }
                return std::nullopt; // it is text, whatever its name says
            }
            table.rows.push_back(std::move(row));
        }
        at = std::min(end + 1, bytes.size());
    }
    for (auto& row : table.rows) {
        row.resize(table.columns.size());
    }
    table.more = at < beginning.bytes().size() || !beginning.whole();
    return table.rows.empty() ? std::nullopt : std::optional(std::move(table));
}

} // namespace

std::optional<Preview> preview_table(const PreviewSource& source, Beginning& beginning, std::size_t rows) {
    Preview result;
    if (ends_with_any(source.name, {".csv"})) {
        result.kind = "csv";
        result.table = separated(beginning, separator_of(beginning.bytes()), rows);
    } else if (ends_with_any(source.name, {".tsv", ".tab"})) {
        result.kind = "tsv";
        result.table = separated(beginning, '\t', rows);
    } else if (ends_with_any(source.name, {".jsonl", ".ndjson"})) {
        result.kind = "jsonl";
        result.table = json_lines(beginning, rows);
    }
    return result.table ? std::optional(std::move(result)) : std::nullopt;
}

} // namespace ds

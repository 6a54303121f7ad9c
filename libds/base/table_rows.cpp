#include "base/table_rows.hpp"

#include "base/error.hpp"

#include <fmt/format.h>

namespace ds {

std::optional<TableForm> table_form_of(std::string_view path) noexcept {
    if (path.ends_with(".csv")) {
        return TableForm::csv;
    }
    if (path.ends_with(".tsv")) {
        return TableForm::tsv;
    }
    if (path.ends_with(".jsonl") || path.ends_with(".ndjson")) {
        return TableForm::jsonl;
    }
    return std::nullopt;
}

std::size_t RowScanner::row_end(std::string_view bytes) noexcept {
    const std::size_t line = bytes.find('\n');
    if (form_ != TableForm::csv || (!quoted_ && bytes.substr(0, line).find('"') == std::string_view::npos)) {
        // Nothing is quoted here: the usual case, at the speed of find.
        if (line == std::string_view::npos && !bytes.empty()) {
            field_start_ = bytes.back() == ',';
        }
        return line;
    }
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const char c = bytes[i];
        if (quoted_) {
            quoted_ = c != '"'; // a doubled quote closes and opens again: the next one is at a "start"
            field_start_ = c == '"';
        } else if (c == '\n') {
            return i;
        } else if (c == '"' && field_start_) {
            quoted_ = true;
        } else {
            field_start_ = c == ',';
        }
    }
    return std::string_view::npos;
}

void RowScanner::emit(std::string_view row) {
    ++rows_;
    const std::uint64_t at = offset_;
    if (row.ends_with('\r')) {
        row.remove_suffix(1);
    }
    if (!row.empty()) {
        visit_(row, at);
    }
}

void RowScanner::feed(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t end = row_end(bytes);
        const std::string_view piece = bytes.substr(0, end);
        if (part_.size() + piece.size() > max_row_bytes) {
            throw Error(ErrorKind::failure, fmt::format("row {} is longer than 16 MiB", rows_ + 1));
        }
        if (end == std::string_view::npos) {
            part_.append(piece);
            return;
        }
        quoted_ = false;
        field_start_ = true;
        std::uint64_t length = piece.size() + 1;
        if (part_.empty()) {
            emit(piece);
        } else {
            part_.append(piece);
            length = part_.size() + 1;
            emit(part_);
            part_.clear();
        }
        offset_ += length;
        bytes.remove_prefix(end + 1);
    }
}

void RowScanner::finish() {
    if (!part_.empty()) {
        emit(part_);
        offset_ += part_.size();
        part_.clear();
    }
}

std::vector<std::string> row_fields(std::string_view row, TableForm form) {
    std::vector<std::string> fields(1);
    const char separator = form == TableForm::tsv ? '\t' : ',';
    bool quoted = false;
    bool start = true;
    for (std::size_t i = 0; i < row.size(); ++i) {
        const char c = row[i];
        if (quoted) {
            if (c != '"') {
                fields.back() += c;
            } else if (i + 1 < row.size() && row[i + 1] == '"') {
                fields.back() += '"';
                ++i;
            } else {
                quoted = false;
            }
        } else if (c == separator) {
            fields.emplace_back();
            start = true;
            continue;
        } else if (c == '"' && start && form == TableForm::csv) {
            quoted = true;
        } else {
            fields.back() += c;
        }
        start = false;
    }
    return fields;
}

} // namespace ds

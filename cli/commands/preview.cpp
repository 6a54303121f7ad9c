// dsctl preview: what a file is and how it begins.
#include "dataset/preview.hpp"
#include "base/path.hpp"
#include "base/units.hpp"
#include "cli.hpp"
#include "term/table.hpp"
#include "view.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ds::cli {

namespace {

constexpr std::uint64_t default_lines = 20;
constexpr std::uint64_t max_lines = 10'000;
constexpr std::size_t shown_columns = 20;
constexpr std::size_t shown_cell = 40;
constexpr std::size_t shown_line = 400;

/// Escaped, and cut at so many columns of the terminal.
std::string cut(std::string_view text, std::size_t width) {
    auto shown = printable(text.substr(0, std::min(text.size(), 4 * width + 4)));
    if (display_width(shown) <= width && text.size() <= 4 * width + 4) {
        return shown;
    }
    // Whole characters, as many as there is room for.
    std::size_t end = 0;
    for (std::size_t next = 0; next < shown.size(); end = next) {
        ++next;
        while (next < shown.size() && (static_cast<unsigned char>(shown[next]) & 0xC0U) == 0x80U) {
            ++next;
        }
        if (display_width(shown.substr(0, next)) > width - 1) {
            break;
        }
    }
    return shown.substr(0, end) + "…";
}

void print_table(Cli& cli, const TablePreview& preview) {
    Table table;
    const auto columns = std::min(preview.columns.size(), shown_columns);
    for (std::size_t i = 0; i < columns; ++i) {
        const auto number = [&](const std::vector<std::string>& row) {
            return row[i].empty() || row[i].find_first_not_of("+-.0123456789eE") == std::string::npos;
        };
        const bool right =
            !preview.rows.empty() && std::all_of(preview.rows.begin(), preview.rows.end(), number);
        table.column(cut(preview.columns[i], shown_cell), right ? Table::Align::right : Table::Align::left);
    }
    for (const auto& row : preview.rows) {
        std::vector<std::string> cells;
        for (std::size_t i = 0; i < columns; ++i) {
            cells.push_back(cut(row[i], shown_cell));
        }
        table.row(std::move(cells));
    }
    cli.out().write(table.text(cli.style()));
    if (columns < preview.columns.size()) {
        cli.out().line(fmt::format("… and {}", plural(preview.columns.size() - columns, "more column")));
    }
}

void print_parquet(Cli& cli, const ParquetPreview& parquet) {
    cli.out().line(fmt::format("Parquet, {} in {}{}", plural(parquet.rows, "row"),
                               plural(parquet.row_groups, "row group"),
                               parquet.created_by.empty() ? "" : ", by " + cut(parquet.created_by, 80)));
    Table table;
    table.column("COLUMN").column("TYPE").column("NULLS");
    for (const auto& column : parquet.columns) {
        table.row({std::string(std::size_t{2} * std::min(column.depth, 20U), ' ') + cut(column.name, 80),
                   column.type, column.repetition});
    }
    cli.out().write(table.text(cli.style()));
}

void print_human(Cli& cli, const PreviewedFile& file) {
    const auto& preview = file.preview;
    if (file.entry.kind == EntryKind::symlink) {
        cli.out().line("link to " + printable(file.link));
        return;
    }
    bool more = false;
    if (preview.text) {
        for (const auto& line : preview.text->lines) {
            cli.out().line(cut(line, shown_line));
        }
        more = preview.text->more;
    } else if (preview.table) {
        print_table(cli, *preview.table);
        more = preview.table->more;
    } else if (preview.image) {
        cli.out().line(fmt::format("{} image, {} x {}, {}", preview.kind, preview.image->width,
                                   preview.image->height, human_bytes(file.entry.size)));
    } else if (preview.parquet) {
        print_parquet(cli, *preview.parquet);
    } else if (preview.kind == "empty") {
        cli.out().line("empty");
    } else {
        cli.out().line(
            fmt::format("{}, {} bytes, sha256 {}", preview.kind, file.entry.size, file.entry.hash.hex()));
        if (!preview.remark.empty()) {
            cli.warn(printable(preview.remark));
        }
    }
    if (more && !cli.quiet()) {
        cli.info(fmt::format("… of {}", human_bytes(file.entry.size)));
    }
}

Json text_of(std::string_view bytes) {
    return {bytes};
}

void print_json(Cli& cli, const std::string& path, const PreviewedFile& file) {
    const auto& preview = file.preview;
    JsonDocument json(cli.out(), "preview");
    json.bytes_member("path", path);
    json.member("size", Json(file.entry.size));
    json.member("sha256", Json(file.entry.hash.hex()));
    const bool link = file.entry.kind == EntryKind::symlink;
    json.member("kind", link ? Json("link") : Json(preview.kind));
    if (link) {
        json.bytes_member("target", file.link);
    } else if (preview.text) {
        json.begin_array("lines");
        for (const auto& line : preview.text->lines) {
            json.item(text_of(line));
        }
        json.end_array();
        json.member("more", Json(preview.text->more));
    } else if (preview.table) {
        auto columns = Json::array();
        for (const auto& column : preview.table->columns) {
            columns.push(text_of(column));
        }
        json.member("columns", columns);
        json.begin_array("rows");
        for (const auto& row : preview.table->rows) {
            auto cells = Json::array();
            for (const auto& cell : row) {
                cells.push(text_of(cell));
            }
            json.item(cells);
        }
        json.end_array();
        json.member("more", Json(preview.table->more));
    } else if (preview.image) {
        json.member("width", Json(preview.image->width));
        json.member("height", Json(preview.image->height));
    } else if (preview.parquet) {
        json.member("rows", Json(preview.parquet->rows));
        json.member("row_groups", Json(preview.parquet->row_groups));
        json.member("created_by", Json(preview.parquet->created_by));
        json.begin_array("columns");
        for (const auto& column : preview.parquet->columns) {
            json.item(Json::object()
                          .set("name", text_of(column.name))
                          .set("type", Json(column.type))
                          .set("repetition", Json(column.repetition))
                          .set("depth", Json(column.depth)));
        }
        json.end_array();
    }
    json.member("remark", preview.remark.empty() ? Json() : Json(preview.remark));
    json.finish();
}

int run_preview(Cli& cli, const Arguments& args) {
    const auto lines = args.number("lines").value_or(default_lines);
    if (lines == 0 || lines > max_lines) {
        throw Error(ErrorKind::usage, fmt::format("-n takes a number from 1 to {}", max_lines));
    }
    LookAt look(cli, args);
    const auto path = look.path(*args.operand(0));
    const auto file = preview_file(look.view(), path, static_cast<std::size_t>(lines));
    if (cli.json()) {
        print_json(cli, path, file);
    } else {
        print_human(cli, file);
    }
    return 0;
}

} // namespace

CommandSpec command_preview() {
    return CommandSpec("preview", Group::inspect, 6,
                       "Show how a file begins: text, a table, the size of an image, a Parquet schema")
        .option('n', "lines", "N", "how many lines or rows; default: 20")
        .option(0, "in", "REF", "look at this version instead, without a checkout", Complete::reference)
        .operand("PATH", Count::one, Complete::path)
        .json()
        .runs(run_preview);
}

} // namespace ds::cli

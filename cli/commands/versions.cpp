// dsctl versions: the table of versions.
#include "dataset/versions.hpp"
#include "base/path.hpp"
#include "base/units.hpp"
#include "cli.hpp"
#include "signature_view.hpp"
#include "term/table.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

std::string state_text(const VersionRow& row, const Style& style) {
    if (row.state == "published") {
        return style.green(row.state);
    }
    return row.state == "deprecated" ? style.red(row.state) : style.yellow(row.state);
}

void print_table(Cli& cli, const std::vector<VersionRow>& rows) {
    Table table;
    table.column("  VERSION").column("STATE").column("FROM").column("FILES", Table::Align::right);
    table.column("SIZE", Table::Align::right).column("CREATED").column("DIGEST").column("WHERE");
    for (const auto& row : rows) {
        table.row({(row.current ? "* " : "  ") + row.version, state_text(row, cli.style()),
                   row.from.empty() ? "-" : printable(row.from), row.files ? grouped(*row.files) : "-",
                   row.bytes ? human_bytes(*row.bytes) : "-",
                   row.created ? rfc3339(*row.created).substr(0, 10) : "-",
                   row.digest ? "sha256:" + row.digest->short_hex() : "-", row.where});
    }
    cli.out().write(table.text(cli.style()));
    for (const auto& row : rows) {
        if (!row.deprecated.empty()) {
            cli.warn(fmt::format("{} is deprecated: {}", row.version, printable(row.deprecated)));
        }
    }
}

int run_versions(Cli& cli, const Arguments& args) {
    const auto word = args.operand(0);
    std::vector<VersionRow> rows;
    std::optional<std::string> only; // a version: one row
    const auto signers = cli.json() ? WithSigners::yes : WithSigners::no;
    if (word && cli.classify(*word) == WordKind::reference) {
        const auto ref = cli.reference(*word);
        rows = versions_remote(cli.session(), ref, signers);
        only = ref.version ? std::optional(ref.version->str()) : std::nullopt;
    } else {
        rows = versions(cli.repository(), signers);
        only = word ? std::optional(version_word(*word)) : std::nullopt;
    }
    if (only) {
        std::erase_if(rows, [&](const auto& row) { return row.version != *only; });
        if (rows.empty()) {
            throw Error(ErrorKind::not_found, fmt::format("there is no version '{}'", printable(*only)),
                        "dsctl versions; another dataset is NAMESPACE/NAME");
        }
    }
    if (cli.json()) {
        JsonDocument json(cli.out(), "versions");
        json.begin_array("versions");
        for (const auto& row : rows) {
            Json item = Json::object();
            item.set("version", Json(row.version))
                .set("state", Json(row.state))
                .set("current", Json(row.current));
            item.set("from", row.from.empty() ? Json() : Json(row.from));
            item.set("files", row.files ? Json(*row.files) : Json())
                .set("bytes", row.bytes ? Json(*row.bytes) : Json());
            item.set("created", row.created ? Json(rfc3339(*row.created)) : Json());
            item.set("digest", row.digest ? Json(digest_str(*row.digest)) : Json());
            item.set("where", Json(row.where));
            item.set("deprecated", row.deprecated.empty() ? Json() : Json(row.deprecated));
            item.set("signers", signers_json(row.signers));
            json.item(item);
        }
        json.end_array();
        json.finish();
    } else if (cli.quiet()) {
        for (const auto& row : rows) {
            cli.out().line(row.version);
        }
    } else {
        print_table(cli, rows);
    }
    return 0;
}

} // namespace

CommandSpec command_versions() {
    return CommandSpec("versions", Group::versions, 2, "List the versions of this or another dataset")
        .operand("REF", Count::optional, Complete::reference)
        .json()
        .runs(run_versions);
}

} // namespace ds::cli

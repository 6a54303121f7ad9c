// The form `rows` of DiffView: each file's columns, then the rows that are gone, new or changed.
#include "base/path.hpp"
#include "base/units.hpp"
#include "diff_view.hpp"
#include "render.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace ds::cli {

namespace {

constexpr std::size_t json_rows = 10'000; // of one file; the counts are of all

/// Names of `columns` that `others` lacks.
std::vector<std::string> missing_in(const std::vector<std::string>& others,
                                    const std::vector<std::string>& columns) {
    std::vector<std::string> out;
    for (const auto& name : columns) {
        if (std::find(others.begin(), others.end(), name) == others.end()) {
            out.push_back(name);
        }
    }
    return out;
}

Json names_json(const std::vector<std::string>& names) {
    Json json = Json::array();
    for (const auto& name : names) {
        json.push(Json(name));
    }
    return json;
}

/// The columns of a changed row whose values differ: "price: 3 -> 4". Columns of one side only are left out.
std::string changed_fields(const RowDiff& table, const RowChange& row, TableForm form,
                           const std::vector<std::string>& key) {
    const auto before = row_fields(row.before, form);
    const auto after = row_fields(row.after, form);
    std::string which;
    std::string what;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        const auto& name = table.columns[i];
        const auto at = std::find(table.columns_after.begin(), table.columns_after.end(), name);
        if (at == table.columns_after.end()) {
            continue;
        }
        const auto j = static_cast<std::size_t>(at - table.columns_after.begin());
        const std::string old_value = i < before.size() ? before[i] : "";
        const std::string new_value = j < after.size() ? after[j] : "";
        if (std::find(key.begin(), key.end(), name) != key.end()) {
            which += fmt::format("{}{}={}", which.empty() ? "" : " ", name, old_value);
        } else if (old_value != new_value) {
            what += fmt::format("{}{}: {} -> {}", what.empty() ? "" : ", ", name, old_value, new_value);
        }
    }
    return which + "  " + what;
}

std::string sums_of(const RowDiff& rows) {
    std::string out;
    const auto add = [&](std::uint64_t n, const char* what) {
        if (n > 0) {
            out += fmt::format("{}{} {}", out.empty() ? "" : ", ", plural(n, "row"), what);
        }
    };
    add(rows.added, "added");
    add(rows.removed, "removed");
    add(rows.changed, "changed");
    return out.empty() ? "the same rows" : out;
}

} // namespace

void DiffView::rows(const DiffItem& item) {
    const auto& style = cli_.style();
    auto& out = cli_.out();
    flush_stat();
    const auto& change = item.change;
    out.line(style.bold((change.old_path.empty() ? "" : printable(change.old_path) + " -> ") +
                        printable(change.path)));
    const auto form = *table_form_of(change.path);
    RowDiff table;
    const auto begin = [&](const RowDiff& columns) {
        table = columns;
        std::string line;
        for (const auto& name : missing_in(columns.columns_after, columns.columns)) {
            line += " " + style.red("-" + printable(name));
        }
        for (const auto& name : missing_in(columns.columns, columns.columns_after)) {
            line += " " + style.green("+" + printable(name));
        }
        if (!line.empty()) {
            out.line("columns:" + line);
        } else if (columns.columns != columns.columns_after) {
            out.line("columns: in another order");
        }
    };
    const auto total = item.rows(key_, begin, [&](const RowChange& row) {
        switch (row.op) {
        case RowChange::Op::added:
            out.line(style.green("+" + printable(row.after)));
            break;
        case RowChange::Op::removed:
            out.line(style.red("-" + printable(row.before)));
            break;
        case RowChange::Op::changed:
            if (form == TableForm::jsonl) {
                out.line(style.red("-" + printable(row.before)));
                out.line(style.green("+" + printable(row.after)));
            } else {
                out.line(style.cyan("~" + printable(changed_fields(table, row, form, key_))));
            }
            break;
        }
    });
    out.line(" " + sums_of(total));
}

Json DiffView::rows_json(const DiffItem& item) const {
    Json changes = Json::array();
    std::size_t count = 0;
    const auto total = item.rows(
        key_, [](const RowDiff&) {},
        [&](const RowChange& row) {
            if (++count > json_rows) {
                return;
            }
            Json json = Json::object();
            json.set("op", Json(row.op == RowChange::Op::added     ? "added"
                                : row.op == RowChange::Op::removed ? "removed"
                                                                   : "changed"));
            if (row.op != RowChange::Op::added) {
                set_bytes(json, "before", row.before);
            }
            if (row.op != RowChange::Op::removed) {
                set_bytes(json, "after", row.after);
            }
            changes.push(std::move(json));
        });
    Json json = Json::object();
    json.set("added", Json(total.added))
        .set("removed", Json(total.removed))
        .set("changed", Json(total.changed));
    json.set("columns_removed", names_json(missing_in(total.columns_after, total.columns)));
    json.set("columns_added", names_json(missing_in(total.columns, total.columns_after)));
    json.set("changes", std::move(changes));
    json.set("truncated", Json(count > json_rows));
    return json;
}

} // namespace ds::cli

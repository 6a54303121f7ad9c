#include "diff_view.hpp"

#include "base/path.hpp"
#include "base/units.hpp"
#include "render.hpp"
#include "term/table.hpp"
#include "worktree/compare.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ds::cli {

namespace {

constexpr unsigned context_lines = 3;
/// --stat aligns so many lines at a time.
constexpr std::size_t stat_batch = 1000;
constexpr std::size_t widest_path = 70;

std::string size_text(const std::optional<Entry>& entry) {
    return !entry                                ? "nothing"
           : entry->kind == EntryKind::empty_dir ? "an empty folder"
                                                 : human_bytes(entry->size);
}

/// Texts of both sides, when both can be shown line by line (an absent side counts as empty text).
struct Texts {
    std::string before;
    std::string after;
};
std::optional<Texts> texts_of(const DiffItem& item) {
    const auto& change = item.change;
    const auto no_content = [](const std::optional<Entry>& entry) {
        return !entry || entry->kind == EntryKind::empty_dir;
    };
    if (no_content(change.before) && no_content(change.after)) {
        return std::nullopt;
    }
    const auto side = [](const std::optional<Entry>& entry,
                         const std::function<std::optional<std::string>()>& text) {
        return entry && entry->kind != EntryKind::empty_dir ? text() : std::optional<std::string>("");
    };
    const auto before = side(change.before, item.before_text);
    if (!before) {
        return std::nullopt;
    }
    const auto after = side(change.after, item.after_text);
    return after ? std::optional(Texts{*before, *after}) : std::nullopt;
}

/// Lines with control characters escaped, in colours.
std::string painted(std::string_view hunks, const Style& style) {
    std::string out;
    while (!hunks.empty()) {
        const auto end = hunks.find('\n');
        const auto raw = hunks.substr(0, end);
        hunks.remove_prefix(end == std::string_view::npos ? hunks.size() : end + 1);
        std::string line;
        for (std::size_t begin = 0; begin <= raw.size();) { // tabs are text, not a danger
            const auto tab = raw.find('\t', begin);
            line += printable(raw.substr(begin, tab == std::string_view::npos ? tab : tab - begin));
            if (tab == std::string_view::npos) {
                break;
            }
            line += '\t';
            begin = tab + 1;
        }
        const char kind = raw.empty() ? ' ' : raw.front();
        out += kind == '+'   ? style.green(line)
               : kind == '-' ? style.red(line)
               : kind == '@' ? style.cyan(line)
                             : line;
        out += '\n';
    }
    return out;
}

} // namespace

DiffForm diff_form(Cli& cli, const Arguments& args, DiffForm otherwise) {
    const int asked =
        int(args.has("stat")) + int(args.has("name-status")) + int(args.has("patch")) + int(args.has("rows"));
    if (asked > 1) {
        throw Error(ErrorKind::usage, "--stat, --name-status, --rows and --patch exclude each other");
    }
    return args.has("stat")                       ? DiffForm::stat
           : args.has("name-status") || cli.nul() ? DiffForm::name_status
           : args.has("patch")                    ? DiffForm::patch
           : args.has("rows")                     ? DiffForm::rows
           : cli.quiet()                          ? DiffForm::paths
                                                  : otherwise;
}

void DiffView::add(const DiffItem& item) {
    const auto& change = item.change;
    switch (change.kind) {
    case ChangeKind::added:
        ++added_;
        break;
    case ChangeKind::deleted:
        ++deleted_;
        break;
    case ChangeKind::renamed:
        ++renamed_;
        break;
    default:
        ++modified_;
    }
    bytes_before_ += change.before ? change.before->size : 0;
    bytes_after_ += change.after ? change.after->size : 0;
    if (json_ != nullptr) {
        Json json = change_json(change);
        if (form_ == DiffForm::rows && item.rows) {
            json.set("rows", rows_json(item));
        }
        json_->item(json);
        return;
    }
    switch (form_) {
    case DiffForm::paths:
        cli_.print_path(change.path);
        break;
    case DiffForm::name_status: {
        const std::string kind(1, static_cast<char>(change.kind));
        if (cli_.nul()) {
            cli_.out().write(kind + '\0');
            if (!change.old_path.empty()) {
                cli_.print_path(change.old_path);
            }
            cli_.print_path(change.path);
        } else {
            cli_.out().line(kind + "\t" +
                            (change.old_path.empty() ? "" : cli_.shown(change.old_path) + "\t") +
                            cli_.shown(change.path));
        }
        break;
    }
    case DiffForm::stat:
        stat(item);
        break;
    case DiffForm::patch:
        patch(item);
        break;
    case DiffForm::rows:
        item.rows ? rows(item) : stat(item);
        break;
    }
}

void DiffView::patch(const DiffItem& item) {
    const auto& change = item.change;
    const auto& style = cli_.style();
    const auto before_path = printable(change.old_path.empty() ? change.path : change.old_path);
    const auto after_path = printable(change.path);
    std::string head = fmt::format("diff a/{} b/{}", before_path, after_path);
    const auto add_line = [&](const std::string& line) { head += "\n" + line; };
    if (!change.before) {
        add_line(fmt::format("new {} mode {}", kind_str(change.after->kind), mode_str(change.after->kind)));
    } else if (!change.after) {
        add_line(
            fmt::format("deleted {} mode {}", kind_str(change.before->kind), mode_str(change.before->kind)));
    } else if (change.before->kind != change.after->kind) {
        add_line(fmt::format("old mode {}\nnew mode {}", mode_str(change.before->kind),
                             mode_str(change.after->kind)));
    }
    if (!change.old_path.empty()) {
        add_line(fmt::format("rename from {}\nrename to {}", before_path, after_path));
    }
    const bool same_content = change.before && change.after && change.before->hash == change.after->hash &&
                              change.before->size == change.after->size;
    std::string body;
    if (!same_content) {
        if (const auto texts = texts_of(item)) {
            std::string hunks;
            (void)diff_lines(texts->before, texts->after, context_lines, &hunks);
            if (!hunks.empty()) {
                add_line("--- " + (change.before ? "a/" + before_path : "/dev/null"));
                add_line("+++ " + (change.after ? "b/" + after_path : "/dev/null"));
                body = painted(hunks, style);
            }
        } else {
            body = fmt::format("not shown line by line: {} -> {}\n", size_text(change.before),
                               size_text(change.after));
        }
    }
    std::string_view rest = head;
    while (!rest.empty()) {
        const auto end = rest.find('\n');
        cli_.out().line(style.bold(rest.substr(0, end)));
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    cli_.out().write(body);
}

void DiffView::stat(const DiffItem& item) {
    const auto& change = item.change;
    const auto& style = cli_.style();
    std::string what;
    if (change.kind == ChangeKind::renamed) {
        what = "renamed";
    } else if (change.before && change.after && change.before->hash == change.after->hash) {
        what = fmt::format("mode {} -> {}", mode_str(change.before->kind), mode_str(change.after->kind));
    } else if (const auto texts = texts_of(item)) {
        const auto lines = diff_lines(texts->before, texts->after, 0, nullptr);
        what = fmt::format("{} {}", style.green(fmt::format("+{}", lines.added)),
                           style.red(fmt::format("-{}", lines.removed)));
    } else if (!change.before) {
        what = style.green("new, " + size_text(change.after));
    } else if (!change.after) {
        what = style.red("gone, " + size_text(change.before));
    } else {
        what = fmt::format("{} -> {}", size_text(change.before), size_text(change.after));
    }
    lines_.push_back(
        {(change.old_path.empty() ? "" : cli_.shown(change.old_path) + " -> ") + cli_.shown(change.path),
         std::move(what)});
    if (lines_.size() >= stat_batch) {
        flush_stat();
    }
}

void DiffView::flush_stat() {
    std::size_t width = 0;
    for (const auto& line : lines_) {
        width = std::max(width, std::min(widest_path, display_width(line.path)));
    }
    for (const auto& line : lines_) {
        cli_.out().line(" " + padded(line.path, width) + " | " + line.what);
    }
    lines_.clear();
}

void DiffView::finish() {
    flush_stat();
    if ((form_ != DiffForm::stat && form_ != DiffForm::rows) || json_ != nullptr || count() == 0) {
        return;
    }
    std::string sizes;
    if (bytes_after_ >= bytes_before_) {
        sizes = "+" + human_bytes(bytes_after_ - bytes_before_);
    } else {
        sizes = "-" + human_bytes(bytes_before_ - bytes_after_);
    }
    auto kinds = counts_text(added_, modified_, deleted_);
    if (renamed_ > 0) {
        kinds = (added_ + modified_ + deleted_ > 0 ? kinds + ", " : "") + grouped(renamed_) + " renamed";
    }
    cli_.out().line(fmt::format(" {}: {}; {}", plural(count(), "path"), kinds, sizes));
}

void DiffView::sums(JsonDocument& json) const {
    json.member("added", Json(added_));
    json.member("modified", Json(modified_));
    json.member("deleted", Json(deleted_));
    json.member("renamed", Json(renamed_));
    json.member("bytes_before", Json(bytes_before_));
    json.member("bytes_after", Json(bytes_after_));
}

} // namespace ds::cli

#include "render.hpp"

#include "base/path.hpp"
#include "base/units.hpp"

#include <fmt/format.h>

namespace ds::cli {

std::string_view state_word(VersionState state) {
    return state == VersionState::draft ? "draft" : "published";
}

std::string_view change_word(ChangeKind kind) {
    switch (kind) {
    case ChangeKind::added:
        return "added";
    case ChangeKind::modified:
        return "modified";
    case ChangeKind::deleted:
        return "deleted";
    case ChangeKind::type_changed:
        return "type-changed";
    case ChangeKind::renamed:
        return "renamed";
    case ChangeKind::conflicted:
        return "conflicted";
    }
    return "";
}

Json entry_json(const std::optional<Entry>& entry) {
    if (!entry) {
        return {};
    }
    Json json = Json::object();
    json.set("mode", Json(mode_str(entry->kind))).set("size", Json(entry->size));
    if (!entry->hash.is_zero()) {
        json.set("sha256", Json(entry->hash.hex()));
    }
    return json;
}

Json change_json(const Change& change) {
    Json json = Json::object();
    json.set("kind", Json(change_word(change.kind)));
    set_bytes(json, "path", change.path);
    if (!change.old_path.empty()) {
        set_bytes(json, "old_path", change.old_path);
    }
    json.set("before", entry_json(change.before)).set("after", entry_json(change.after));
    return json;
}

Json conflict_json(const MergeConflict& conflict) {
    Json json = Json::object();
    set_bytes(json, "path", conflict.path);
    json.set("reason", Json(conflict.reason));
    return json;
}

Json commit_json(const LogCommit& commit) {
    const auto& data = commit.commit.data;
    Json parents = Json::array();
    for (const auto& parent : data.parents) {
        parents.push(Json(parent.hex()));
    }
    Json names = Json::array();
    for (const auto& name : commit.names) {
        names.push(Json(name));
    }
    Json author = Json::object();
    author.set("name", Json(data.author.name)).set("email", Json(data.author.email));
    Json json = Json::object();
    json.set("id", Json(commit.commit.id.hex())).set("parents", parents).set("names", names);
    json.set("author", author).set("time", Json(rfc3339(data.author.time)));
    json.set("tree", Json(data.tree.root.hex()));
    json.set("entries", Json(data.tree.entries)).set("bytes", Json(data.tree.bytes));
    json.set("origin", data.origin ? Json(data.origin->ref) : Json());
    json.set("held", commit.held ? Json(*commit.held) : Json());
    json.set("message", Json(data.message));
    return json;
}

Json checkout_json(const CheckoutResult& result) {
    Json json = Json::object();
    json.set("written", Json(result.written))
        .set("removed", Json(result.removed))
        .set("bytes", Json(result.bytes));
    return json;
}

Json stats_json(const TransferStats& stats) {
    Json json = Json::object();
    json.set("files", Json(stats.files)).set("bytes", Json(stats.bytes)).set("packs", Json(stats.packs));
    json.set("chunks", Json(stats.chunks)).set("reused_bytes", Json(stats.reused));
    return json;
}

std::string counts_text(std::uint64_t added, std::uint64_t modified, std::uint64_t deleted) {
    std::string text;
    const auto add = [&](std::uint64_t n, std::string_view what) {
        if (n > 0) {
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ", grouped(n), what);
        }
    };
    add(added, "added");
    add(modified, "modified");
    add(deleted, "deleted");
    return text.empty() ? "nothing changed" : text;
}

std::string checkout_text(const CheckoutResult& result) {
    if (result.written == 0 && result.removed == 0) {
        return "no file changed";
    }
    std::string text;
    if (result.written > 0) {
        text = fmt::format("{} written ({})", plural(result.written, "file"), human_bytes(result.bytes));
    }
    if (result.removed > 0) {
        text += fmt::format("{}{} removed", text.empty() ? "" : ", ",
                            text.empty() ? plural(result.removed, "file") : grouped(result.removed));
    }
    return text;
}

std::string transfer_text(const TransferStats& stats, std::string_view verb) {
    if (stats.bytes == 0 && stats.packs == 0) {
        return fmt::format("nothing to {}", verb);
    }
    // Nobody knows beforehand how many packs it will be.
    auto text = human_bytes(stats.bytes) + (stats.packs > 0 ? " in " + plural(stats.packs, "pack") : "");
    if (stats.reused > 0) {
        text += fmt::format(", {} there already", human_bytes(stats.reused));
    }
    return text;
}

std::string subject(const std::string& message) {
    return printable(message.substr(0, message.find('\n')));
}

std::string names_text(const std::vector<std::string>& names, const Style& style) {
    if (names.empty()) {
        return "";
    }
    std::string text = style.yellow(" (");
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto& name = names[i];
        const bool remote = name.find('/') != std::string::npos;
        text += (i > 0 ? style.yellow(", ") : "") + (name == "HEAD" ? style.cyan(name)
                                                     : remote       ? style.red(name)
                                                                    : style.green(name));
    }
    return text + style.yellow(")");
}

std::string commit_text(const LogCommit& commit, const Style& style) {
    const auto& data = commit.commit.data;
    std::string text =
        style.yellow("commit " + commit.commit.id.hex()) + names_text(commit.names, style) + "\n";
    if (data.parents.size() > 1) {
        text += "Merge: ";
        for (const auto& parent : data.parents) {
            text += parent.short_hex() + (&parent == &data.parents.back() ? "\n" : " ");
        }
    }
    text += fmt::format("Author: {} <{}>\n", printable(data.author.name), printable(data.author.email));
    text += fmt::format("Date:   {}\n", rfc3339(data.author.time));
    text += fmt::format("Holds:  {}, {}{}\n", plural(data.tree.entries, "entry", "entries"),
                        human_bytes(data.tree.bytes), commit.held == false ? " (not held here)" : "");
    if (data.origin) {
        text += fmt::format("Origin: {}\n", printable(data.origin->ref));
    }
    text += "\n";
    std::string_view rest = data.message;
    while (!rest.empty()) {
        const auto end = rest.find('\n');
        const auto line = rest.substr(0, end);
        text += line.empty() ? "\n" : "    " + printable(line) + "\n";
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    return text;
}

} // namespace ds::cli

// dsctl ls: the files of a version.
#include "base/path.hpp"
#include "base/units.hpp"
#include "cli.hpp"
#include "term/table.hpp"
#include "view.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

constexpr std::size_t size_width = 9; // "1023 KiB"
constexpr std::uint64_t max_link_bytes = 4096;

char kind_letter(const ListedEntry& listed) {
    if (listed.is_folder) {
        return 'd';
    }
    switch (listed.entry.kind) {
    case EntryKind::file:
        return '-';
    case EntryKind::executable:
        return 'x';
    case EntryKind::symlink:
        return 'l';
    case EntryKind::empty_dir:
        return 'd';
    }
    return '?';
}

/// " -> target", as far as the link's content is at hand.
std::string link_target(LookAt& look, const ListedEntry& listed) {
    if (listed.entry.kind != EntryKind::symlink || listed.entry.size > max_link_bytes) {
        return "";
    }
    try {
        std::string target;
        look.view().content().stream(listed.path, listed.entry,
                                     [&](ByteView bytes) { target.append(bytes); });
        return " -> " + printable(target);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::not_found) {
            throw;
        }
        return "";
    }
}

void print_entry(Cli& cli, LookAt& look, const ListedEntry& listed, bool long_form) {
    const bool folder = listed.is_folder;
    const auto& style = cli.style();
    auto name = look.shown(listed.path) + (folder ? "/" : "");
    name = folder ? style.cyan(name) : listed.entry.kind == EntryKind::executable ? style.green(name) : name;
    if (!long_form) {
        cli.out().line(name);
        return;
    }
    const auto size = folder ? "-" : human_bytes(listed.entry.size);
    const auto hash = folder ? "-" : listed.entry.hash.short_hex();
    cli.out().line(fmt::format("{} {}  {}  {}{}", kind_letter(listed), padded(size, size_width, true),
                               style.dim(padded(hash, 12)), name, link_target(look, listed)));
}

Json listed_json(const ListedEntry& listed) {
    Json json = Json::object();
    set_bytes(json, "path", listed.path);
    json.set("kind", Json(listed.is_folder ? "folder" : kind_str(listed.entry.kind)));
    if (!listed.is_folder) {
        json.set("mode", Json(mode_str(listed.entry.kind))).set("size", Json(listed.entry.size));
        json.set("sha256", Json(listed.entry.hash.hex()));
    }
    return json;
}

int run_ls(Cli& cli, const Arguments& args) {
    LookAt look(cli, args);
    auto typed = args.all();
    if (typed.empty()) {
        typed.emplace_back(".");
    }
    std::optional<JsonDocument> json;
    if (cli.json()) {
        json.emplace(cli.out(), "ls");
        json->member("in", Json(look.view().name()));
        json->begin_array("entries");
    }
    for (const auto& word : typed) {
        list(look.view(), look.path(word), args.has("recursive"), [&](const ListedEntry& listed) {
            cli.context().check_stop();
            if (json) {
                json->item(listed_json(listed));
            } else if (cli.nul() || cli.quiet()) {
                look.print_path(listed.path);
            } else {
                print_entry(cli, look, listed, args.has("long"));
            }
        });
    }
    if (json) {
        json->end_array();
        json->finish();
    }
    return 0;
}

} // namespace

CommandSpec command_ls() {
    return CommandSpec("ls", Group::inspect, 4, "List files of the checkout or of any version")
        .flag('l', "long", "kind, size and content hash as well")
        .flag('R', "recursive", "everything below")
        .option(0, "in", "REF", "look at this version instead, without a checkout", Complete::reference)
        .operand("PATH", Count::any, Complete::path)
        .json()
        .nul()
        .runs(run_ls);
}

} // namespace ds::cli

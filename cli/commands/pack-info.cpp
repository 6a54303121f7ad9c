// dsctl pack-info: what the packs of the local store hold, from their own footers.
#include "base/path.hpp"
#include "base/units.hpp"
#include "cli.hpp"
#include "os/file.hpp"
#include "store/frame.hpp"
#include "term/table.hpp"

#include <fmt/format.h>

#include <map>

namespace ds::cli {

namespace {

std::string_view kind_word(ObjectKind kind) {
    switch (kind) {
    case ObjectKind::chunk:
        return "chunk";
    case ObjectKind::recipe:
        return "recipe";
    case ObjectKind::recipe_part:
        return "recipe-part";
    case ObjectKind::tree:
        return "tree";
    case ObjectKind::layout:
        return "layout";
    case ObjectKind::segment:
        return "segment";
    case ObjectKind::history:
        return "history";
    }
    return "";
}

void print_entries(Cli& cli, const std::string& name, const PackFooter& footer) {
    if (cli.json()) {
        JsonDocument json(cli.out(), "pack-info");
        json.member("pack", Json(name));
        json.begin_array("objects");
        for (const auto& entry : footer.entries) {
            Json item = Json::object();
            item.set("hash", Json(entry.hash.hex())).set("kind", Json(kind_word(entry.kind)));
            item.set("frame_offset", Json(entry.frame_offset)).set("inner_offset", Json(entry.inner_offset));
            json.item(item.set("length", Json(entry.length)));
        }
        json.end_array();
        json.finish();
        return;
    }
    for (const auto& entry : footer.entries) {
        cli.out().line(cli.quiet() ? entry.hash.hex()
                                   : fmt::format("{} {} {} {}+{}", entry.hash.hex(), kind_word(entry.kind),
                                                 entry.length, entry.frame_offset, entry.inner_offset));
    }
}

struct Summary {
    std::uint64_t objects = 0;
    std::uint64_t raw = 0;
    std::map<ObjectKind, std::uint64_t> kinds;
};

Summary summary_of(const PackFooter& footer) {
    Summary sum;
    for (const auto& entry : footer.entries) {
        ++sum.objects;
        sum.raw += entry.length;
        ++sum.kinds[entry.kind];
    }
    return sum;
}

std::string kinds_text(const Summary& sum) {
    std::string text;
    for (const auto& [kind, n] : sum.kinds) {
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", grouped(n), kind_word(kind));
    }
    return text;
}

int run_pack_info(Cli& cli, const Arguments& args) {
    const auto folder = cli.repository().store().path() + "/packs";
    if (const auto wanted = args.operand(0)) {
        const auto name = wanted->ends_with(".pack") ? wanted->substr(0, wanted->size() - 5) : *wanted;
        if (!Sha256::from_hex(name)) {
            throw Error(ErrorKind::usage, fmt::format("'{}' is no name of a pack", printable(*wanted)),
                        "dsctl pack-info");
        }
        const auto file = MappedFile::open(folder + "/" + name + ".pack");
        print_entries(cli, name, parse_footer(file.view(), "pack " + name.substr(0, 12)));
        return 0;
    }
    Table table;
    table.column("PACK").column("SIZE", Table::Align::right).column("RAW", Table::Align::right);
    table.column("OBJECTS", Table::Align::right).column("KINDS");
    std::optional<JsonDocument> json;
    if (cli.json()) {
        json.emplace(cli.out(), "pack-info");
        json->begin_array("packs");
    }
    for (const auto& file_name : list_dir(folder)) {
        if (!file_name.ends_with(".pack")) {
            continue;
        }
        const auto name = file_name.substr(0, file_name.size() - 5);
        const auto file = MappedFile::open(folder + "/" + file_name);
        const auto sum = summary_of(parse_footer(file.view(), "pack " + name.substr(0, 12)));
        if (json) {
            Json item = Json::object();
            item.set("pack", Json(name)).set("size", Json(static_cast<std::uint64_t>(file.view().size())));
            json->item(item.set("raw", Json(sum.raw)).set("objects", Json(sum.objects)));
        } else if (cli.quiet()) {
            cli.out().line(name);
        } else {
            table.row({name, human_bytes(file.view().size()), human_bytes(sum.raw), grouped(sum.objects),
                       kinds_text(sum)});
        }
    }
    if (json) {
        json->end_array();
        json->finish();
    } else if (!cli.quiet() && !table.empty()) {
        cli.out().write(table.text(cli.style()));
    }
    return 0;
}

} // namespace

CommandSpec command_pack_info() {
    return CommandSpec("pack-info", Group::plumbing, 5,
                       "List the packs of the local store, or the objects of one")
        .operand("PACK", Count::optional)
        .json()
        .runs(run_pack_info);
}

} // namespace ds::cli

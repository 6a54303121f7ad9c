// dsctl du: how much lies where.
#include "base/units.hpp"
#include "cli.hpp"
#include "term/table.hpp"
#include "view.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

int run_du(Cli& cli, const Arguments& args) {
    LookAt look(cli, args);
    const auto depth = static_cast<unsigned>(std::min<std::uint64_t>(args.number("depth").value_or(1), 4096));
    auto typed = args.all();
    if (typed.empty()) {
        typed.emplace_back(".");
    }
    std::optional<JsonDocument> json;
    if (cli.json()) {
        json.emplace(cli.out(), "du");
        json->member("in", Json(look.view().name()));
        json->begin_array("folders");
    }
    for (const auto& word : typed) {
        disk_usage(look.view(), look.path(word), depth, [&](const Usage& usage) {
            cli.context().check_stop();
            if (json) {
                Json item = Json::object();
                set_bytes(item, "path", usage.path);
                item.set("files", Json(usage.files))
                    .set("folders", Json(usage.folders))
                    .set("bytes", Json(usage.bytes));
                json->item(item);
            } else if (cli.nul() || cli.quiet()) {
                look.print_path(usage.path);
            } else {
                cli.out().line(fmt::format("{}  {}  {}", padded(human_bytes(usage.bytes), 9, true),
                                           padded(plural(usage.files, "file"), 15, true),
                                           look.shown(usage.path)));
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

CommandSpec command_du() {
    return CommandSpec("du", Group::inspect, 6, "Show how much lies in each folder")
        .option('d', "depth", "N", "folders down to N levels; default: 1")
        .option(0, "in", "REF", "look at this version instead, without a checkout", Complete::reference)
        .operand("PATH", Count::any, Complete::path)
        .json()
        .nul()
        .runs(run_du);
}

} // namespace ds::cli

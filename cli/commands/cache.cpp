// dsctl cache: what is kept of registries on this machine.
#include "base/path.hpp"
#include "base/units.hpp"
#include "cli.hpp"
#include "dataset/upkeep.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

void print_info(Cli& cli, const CacheInfo& info, std::string_view schema) {
    if (cli.json()) {
        JsonDocument json(cli.out(), schema);
        json.bytes_member("directory", info.path);
        json.member("files", Json(info.files));
        json.member("blocks", Json(info.blocks));
        json.member("bytes", Json(info.bytes));
        json.finish();
    } else if (cli.quiet()) {
        cli.out().line(printable(info.path));
    } else {
        cli.out().line(fmt::format("{}: {}, {}", printable(info.path), plural(info.files, "file"),
                                   human_bytes(info.bytes)));
    }
}

int run_info(Cli& cli, const Arguments&) {
    print_info(cli, cache_info(), "cache-info");
    return 0;
}

int run_prune(Cli& cli, const Arguments& args) {
    print_info(cli, cache_prune(args.size("max").value_or(0)), "cache-prune");
    return 0;
}

} // namespace

CommandSpec command_cache() {
    return CommandSpec("cache", Group::upkeep, 4, "Look at the cache, or make it smaller")
        .child(CommandSpec("info", "Show where the cache is and how large").json().runs(run_info))
        .child(CommandSpec("prune", "Remove what was not used for longest")
                   .option(0, "max", "SIZE", "leave at most SIZE (\"10GiB\"); default: nothing")
                   .json()
                   .runs(run_prune));
}

} // namespace ds::cli

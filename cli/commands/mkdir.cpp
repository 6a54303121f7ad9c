// dsctl mkdir: empty folders are entries of a version, so they can be made.
#include "cli.hpp"
#include "dataset/work.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

int run_mkdir(Cli& cli, const Arguments& args) {
    const auto paths = cli.paths(args.all());
    mkdir(cli.repository(), paths);
    if (cli.json()) {
        JsonDocument json(cli.out(), "mkdir");
        json.begin_array("made");
        for (const auto& path : paths) {
            Json item = Json::object();
            set_bytes(item, "path", path);
            json.item(item);
        }
        json.end_array();
        json.finish();
        return 0;
    }
    for (const auto& path : paths) {
        if (cli.nul() || cli.quiet()) {
            cli.print_path(path);
        } else {
            cli.out().line(fmt::format("made folder '{}'", cli.shown(path)));
        }
    }
    return 0;
}

} // namespace

CommandSpec command_mkdir() {
    return CommandSpec("mkdir", Group::work, 4, "Make an empty folder that the next commit keeps")
        .operand("PATH", Count::some, Complete::folder)
        .json()
        .nul()
        .runs(run_mkdir);
}

} // namespace ds::cli

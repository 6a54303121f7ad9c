// dsctl version.
#include "cli.hpp"
#include "help.hpp"

namespace ds::cli {

namespace {

int run_version(Cli& cli, const Arguments&) {
    const auto line = version_line();
    if (cli.json()) {
        JsonDocument json(cli.out(), "version");
        json.member("version", Json(line.substr(line.find(' ') + 1)));
        json.finish();
    } else {
        cli.out().line(line);
    }
    return 0;
}

} // namespace

CommandSpec command_version() {
    return CommandSpec("version", Group::upkeep, 6, "Show the version of dsctl").json().runs(run_version);
}

} // namespace ds::cli

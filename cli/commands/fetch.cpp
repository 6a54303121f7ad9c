// dsctl fetch: learn what a registry has.
#include "fetch_view.hpp"

namespace ds::cli {

namespace {

int run_fetch(Cli& cli, const Arguments& args) {
    const auto fetched = fetch(cli.repository(), args.operand(0));
    if (cli.json()) {
        JsonDocument json(cli.out(), "fetch");
        fetched_members(json, fetched);
        json.finish();
    } else if (!print_fetched(cli, fetched) && !cli.quiet()) {
        cli.out().line("Nothing new");
    }
    return 0;
}

} // namespace

CommandSpec command_fetch() {
    return CommandSpec("fetch", Group::share, 2, "Bring history and file lists from a registry, no content")
        .operand("REGISTRY", Count::optional, Complete::registry)
        .json()
        .runs(run_fetch);
}

} // namespace ds::cli

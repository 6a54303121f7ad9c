// dsctl __commands: the names of all commands, for the tests that hold manuals and tests to them.
#include "cli.hpp"

namespace ds::cli {

namespace {

int run_commands(Cli& cli, const Arguments&) {
    for (const auto& spec : all_commands()) {
        if (!spec.hidden) {
            cli.out().line(spec.name);
        }
    }
    return 0;
}

} // namespace

CommandSpec command_internal_commands() {
    return CommandSpec("__commands", Group::plumbing, 92, "Print the name of every command")
        .hide()
        .runs(run_commands);
}

} // namespace ds::cli

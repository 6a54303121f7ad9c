// dsctl completion: the script a shell needs, made from the command tree.
#include "cli.hpp"
#include "help.hpp"

namespace ds::cli {

namespace {

int run_completion(Cli& cli, const Arguments& args) {
    cli.out().write(completion_script(all_commands(), *args.operand(0)));
    return 0;
}

} // namespace

CommandSpec command_completion() {
    return CommandSpec("completion", Group::upkeep, 5,
                       "Print the completion script for a shell: bash, zsh or fish")
        .operand("SHELL", Count::one)
        .runs(run_completion);
}

} // namespace ds::cli

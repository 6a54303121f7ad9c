// dsctl __man DIR: writes the manual pages. For those who build dsctl, and for the test that compares them.
#include "cli.hpp"
#include "help.hpp"
#include "os/file.hpp"

namespace ds::cli {

namespace {

int run_man(Cli& cli, const Arguments& args) {
    const auto dir = absolute_path(*args.operand(0));
    make_dirs(dir);
    for (const auto& [name, text] : manual_pages(all_commands())) {
        write_file_atomic(dir + "/" + name, text, Durability::volatile_, 0644);
        cli.out().line(name);
    }
    return 0;
}

} // namespace

CommandSpec command_internal_man() {
    return CommandSpec("__man", Group::plumbing, 91, "Write the manual pages into a folder")
        .operand("DIR", Count::one, Complete::folder)
        .hide()
        .runs(run_man);
}

} // namespace ds::cli

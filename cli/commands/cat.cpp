// dsctl cat: the content of files, checked while it is read.
#include "cli.hpp"
#include "view.hpp"

namespace ds::cli {

namespace {

int run_cat(Cli& cli, const Arguments& args) {
    LookAt look(cli, args);
    for (const auto& word : args.all()) {
        cat(look.view(), look.path(word), [&](ByteView bytes) {
            cli.context().check_stop();
            cli.out().write(bytes);
        });
    }
    return 0;
}

} // namespace

CommandSpec command_cat() {
    return CommandSpec("cat", Group::inspect, 5,
                       "Print files of the checkout's staged state or of any version")
        .option(0, "in", "REF", "look at this version instead, without a checkout", Complete::reference)
        .operand("PATH", Count::some, Complete::path)
        .runs(run_cat);
}

} // namespace ds::cli

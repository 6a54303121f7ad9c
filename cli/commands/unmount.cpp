// dsctl unmount: ends a mount.
#include "cli.hpp"
#include "dataset/mount.hpp"

namespace ds::cli {

namespace {

int run_unmount(Cli&, const Arguments& args) {
    unmount_version(*args.operand(0));
    return 0;
}

} // namespace

CommandSpec command_unmount() {
    return CommandSpec("unmount", Group::share, 9, "End a mount")
        .operand("DIR", Count::one, Complete::folder)
        .runs(run_unmount);
}

} // namespace ds::cli

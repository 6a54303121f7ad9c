// dsctl restore: files as they were.
#include "cli.hpp"
#include "dataset/work.hpp"
#include "render.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

int run_restore(Cli& cli, const Arguments& args) {
    RestoreOptions options;
    options.paths = cli.paths(args.all());
    options.staged = args.has("staged");
    options.worktree = args.has("worktree");
    options.from = args.value("from");
    const auto result = restore(cli.repository(), options);
    if (cli.json()) {
        JsonDocument json(cli.out(), "restore");
        json.member("result", checkout_json(result));
        json.finish();
    } else if (!cli.quiet()) {
        cli.out().line(options.staged && !options.worktree ? "unstaged"
                                                           : "restored: " + checkout_text(result));
    }
    return 0;
}

} // namespace

CommandSpec command_restore() {
    return CommandSpec("restore", Group::work, 6, "Bring back files as they were staged or committed")
        .flag(0, "staged", "restore what is staged (from the last commit) instead of the files")
        .flag('W', "worktree", "with --staged: the files as well")
        .option(0, "from", "REV", "take them from this version or commit", Complete::version)
        .operand("PATH", Count::some, Complete::path)
        .json()
        .runs(run_restore);
}

} // namespace ds::cli

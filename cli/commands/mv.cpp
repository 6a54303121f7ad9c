// dsctl mv: a rename, in the work tree and in the next commit.
#include "base/path.hpp"
#include "cli.hpp"
#include "dataset/work.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

int run_mv(Cli& cli, const Arguments& args) {
    const auto from = cli.path(*args.operand(0));
    const auto to = cli.path(*args.operand(1));
    mv(cli.repository(), from, to);
    if (cli.json()) {
        JsonDocument json(cli.out(), "mv");
        json.bytes_member("from", from);
        json.bytes_member("to", to);
        json.finish();
    } else if (!cli.quiet()) {
        cli.out().line(fmt::format("moved '{}' to '{}'", cli.shown(from), cli.shown(to)));
    }
    return 0;
}

} // namespace

CommandSpec command_mv() {
    return CommandSpec("mv", Group::work, 3, "Rename a file or folder")
        .operand("FROM", Count::one, Complete::path)
        .operand("TO", Count::one, Complete::path)
        .json()
        .runs(run_mv);
}

} // namespace ds::cli

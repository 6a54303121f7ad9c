// dsctl reset: the draft moves to another commit.
#include "base/path.hpp"
#include "cli.hpp"
#include "dataset/work.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

int run_reset(Cli& cli, const Arguments& args) {
    const auto revision = args.operand(0).value_or("HEAD");
    const bool hard = args.has("hard");
    auto& repository = cli.repository();
    if (hard && !cli.confirm("Changes that no commit holds will be lost. Go on?", true)) {
        throw Error(ErrorKind::failure, "not reset: not confirmed",
                    "dsctl reset --hard --yes " + printable(revision));
    }
    const auto id = reset(repository, revision, hard);
    if (cli.json()) {
        JsonDocument json(cli.out(), "reset");
        json.member("version", Json(repository.history().current().name.str()));
        json.member("commit", Json(id.hex()));
        json.member("hard", Json(hard));
        json.finish();
    } else if (cli.quiet()) {
        cli.out().line(id.hex());
    } else {
        cli.out().line(
            fmt::format("draft {} is now at {}", repository.history().current().name.str(), id.short_hex()));
    }
    return 0;
}

} // namespace

CommandSpec command_reset() {
    return CommandSpec("reset", Group::work, 7, "Move the draft to another commit")
        .flag(0, "hard", "also make the files what that commit holds; changes are lost")
        .operand("REV", Count::optional, Complete::version)
        .json()
        .runs(run_reset);
}

} // namespace ds::cli

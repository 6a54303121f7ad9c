// dsctl mv: a rename, in the work tree and in the next commit.
#include "cli.hpp"
#include "dataset/remote_edit.hpp"
#include "dataset/work.hpp"
#include "remote_view.hpp"

#include <fmt/format.h>
#include <utility>

namespace ds::cli {

namespace {

/// What was typed with a '/' at the end is to be a folder, and keeps it.
std::string target(std::string path, const std::string& typed) {
    return typed.ends_with('/') && !path.empty() ? path + "/" : std::move(path);
}

/// With --in: on a draft in its registry.
int run_there(Cli& cli, const Arguments& args) {
    const auto from = path_in_version(*args.operand(0));
    const auto to = target(path_in_version(*args.operand(1)), *args.operand(1));
    const auto moved =
        remote_mv(cli.session(), cli.reference(*args.value("in")), from, to, args.value_or("message", ""));
    if (cli.json()) {
        JsonDocument json(cli.out(), "mv");
        json.bytes_member("from", from);
        json.bytes_member("to", moved.to);
        commit_members(json, moved.commit);
        json.finish();
    } else {
        print_commit(cli, moved.commit);
    }
    return 0;
}

int run_mv(Cli& cli, const Arguments& args) {
    if (args.has("in")) {
        return run_there(cli, args);
    }
    if (args.has("message")) {
        throw Error(ErrorKind::usage, "-m goes with --in: in a checkout, commit says what was done");
    }
    const auto from = cli.path(*args.operand(0));
    const auto to = mv(cli.repository(), from, target(cli.path(*args.operand(1)), *args.operand(1)));
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
        .option(0, "in", "REF", "in this draft in its registry, as one commit", Complete::reference)
        .option('m', "message", "TEXT", "with --in: the commit's message")
        .operand("FROM", Count::one, Complete::path)
        .operand("TO", Count::one, Complete::path)
        .json()
        .runs(run_mv);
}

} // namespace ds::cli

// dsctl mkdir: empty folders are entries of a version, so they can be made.
#include "cli.hpp"
#include "dataset/remote_edit.hpp"
#include "dataset/work.hpp"
#include "remote_view.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

/// With --in: in a draft in its registry.
int run_there(Cli& cli, const Arguments& args) {
    std::vector<std::string> paths;
    for (const auto& word : args.all()) {
        paths.push_back(path_in_version(word));
    }
    const auto commit =
        remote_mkdir(cli.session(), cli.reference(*args.value("in")), paths, args.value_or("message", ""));
    if (cli.json()) {
        JsonDocument json(cli.out(), "mkdir");
        json.paths_member("made", paths);
        commit_members(json, commit);
        json.finish();
    } else {
        print_commit(cli, commit);
    }
    return 0;
}

int run_mkdir(Cli& cli, const Arguments& args) {
    if (args.has("in")) {
        return run_there(cli, args);
    }
    if (args.has("message")) {
        throw Error(ErrorKind::usage, "-m goes with --in: in a checkout, commit says what was done");
    }
    const auto paths = cli.paths(args.all());
    mkdir(cli.repository(), paths);
    if (cli.json()) {
        JsonDocument json(cli.out(), "mkdir");
        json.paths_member("made", paths);
        json.finish();
        return 0;
    }
    for (const auto& path : paths) {
        if (cli.nul() || cli.quiet()) {
            cli.print_path(path);
        } else {
            cli.out().line(fmt::format("made folder '{}'", cli.shown(path)));
        }
    }
    return 0;
}

} // namespace

CommandSpec command_mkdir() {
    return CommandSpec("mkdir", Group::work, 4, "Make an empty folder that the next commit keeps")
        .option(0, "in", "REF", "in this draft in its registry, as one commit", Complete::reference)
        .option('m', "message", "TEXT", "with --in: the commit's message")
        .operand("PATH", Count::some, Complete::folder)
        .json()
        .nul()
        .runs(run_mkdir);
}

} // namespace ds::cli

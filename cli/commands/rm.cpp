// dsctl rm: files leave the next commit, and the work tree.
#include "base/units.hpp"
#include "cli.hpp"
#include "dataset/remote_edit.hpp"
#include "dataset/work.hpp"
#include "remote_view.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

/// With --in: on a draft in its registry.
int run_there(Cli& cli, const Arguments& args) {
    if (args.has("cached") || args.has("force")) {
        throw Error(ErrorKind::usage, "--cached and --force are about a work tree; --in has none");
    }
    std::vector<std::string> paths;
    for (const auto& word : args.all()) {
        paths.push_back(path_in_version(word));
    }
    const bool dry_run = args.has("dry-run");
    const auto result = remote_rm(cli.session(), cli.reference(*args.value("in")), paths,
                                  args.has("recursive"), dry_run, args.value_or("message", ""));
    if (cli.json()) {
        JsonDocument json(cli.out(), "rm");
        json.member("dry_run", Json(dry_run));
        json.paths_member("removed", result.paths);
        json.member("removed_count", Json(result.count));
        json.member("bytes", Json(result.bytes));
        if (!dry_run) {
            commit_members(json, result.commit);
        }
        json.finish();
    } else if (cli.nul()) {
        for (const auto& path : result.paths) {
            cli.print_path(path);
        }
    } else if (dry_run) {
        cli.out().line(
            fmt::format("would remove {}, {}", plural(result.count, "path"), human_bytes(result.bytes)));
    } else {
        print_commit(cli, result.commit);
    }
    return 0;
}

int run_rm(Cli& cli, const Arguments& args) {
    if (args.has("in")) {
        return run_there(cli, args);
    }
    if (args.has("message")) {
        throw Error(ErrorKind::usage, "-m goes with --in: in a checkout, commit says what was done");
    }
    Worktree::RemoveOptions options;
    options.paths = cli.paths(args.all());
    options.cached = args.has("cached");
    options.recursive = args.has("recursive");
    options.force = args.has("force");
    options.dry_run = args.has("dry-run");
    const auto result = rm(cli.repository(), options);
    const auto& removed = result.paths;
    if (cli.json()) {
        JsonDocument json(cli.out(), "rm");
        json.member("dry_run", Json(options.dry_run));
        json.paths_member("removed", removed);
        json.member("bytes", Json(result.bytes));
        json.finish();
    } else if (cli.nul() || cli.quiet()) {
        for (const auto& path : removed) {
            cli.print_path(path);
        }
    } else {
        constexpr std::size_t listed = 20;
        for (std::size_t i = 0; i < removed.size() && i < listed; ++i) {
            cli.out().line(
                fmt::format("{} '{}'", options.dry_run ? "would remove" : "removed", cli.shown(removed[i])));
        }
        if (removed.size() > listed) {
            cli.out().line(fmt::format("... and {} more", grouped(removed.size() - listed)));
        }
        if (options.dry_run) {
            cli.out().line(
                fmt::format("in all {}, {}", plural(removed.size(), "path"), human_bytes(result.bytes)));
        }
    }
    return 0;
}

} // namespace

CommandSpec command_rm() {
    return CommandSpec("rm", Group::work, 2, "Remove files from the next commit and the work tree")
        .flag(0, "cached", "leave the files in the work tree")
        .flag('r', "recursive", "remove folders with everything below them")
        .flag('f', "force", "also files with changes that no commit holds")
        .flag('n', "dry-run", "only say what would be removed")
        .option(0, "in", "REF", "from this draft in its registry, as one commit", Complete::reference)
        .option('m', "message", "TEXT", "with --in: the commit's message")
        .operand("PATH", Count::some, Complete::path)
        .json()
        .nul()
        .runs(run_rm);
}

} // namespace ds::cli

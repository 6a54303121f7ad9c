// dsctl rm: files leave the next commit, and the work tree.
#include "base/units.hpp"
#include "cli.hpp"
#include "dataset/work.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

int run_rm(Cli& cli, const Arguments& args) {
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
        json.begin_array("removed");
        for (const auto& path : removed) {
            Json item = Json::object();
            set_bytes(item, "path", path);
            json.item(item);
        }
        json.end_array();
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
        .operand("PATH", Count::some, Complete::path)
        .json()
        .nul()
        .runs(run_rm);
}

} // namespace ds::cli

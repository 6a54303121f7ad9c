// dsctl add: files go into the next commit.
#include "base/path.hpp"
#include "base/units.hpp"
#include "cli.hpp"
#include "dataset/work.hpp"
#include "render.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

constexpr std::size_t shown_skips = 20;

int run_add(Cli& cli, const Arguments& args) {
    AddOptions options;
    options.all = args.has("all");
    options.dry_run = args.has("dry-run");
    const auto typed = args.all();
    if (typed.empty() && !options.all) {
        throw Error(ErrorKind::usage, "say what to add", "dsctl add . for everything below this folder");
    }
    options.paths = cli.paths_or_all(typed);
    const auto result = add(cli.repository(), options);

    if (cli.json()) {
        JsonDocument json(cli.out(), "add");
        json.member("dry_run", Json(options.dry_run));
        json.member("added", Json(result.added));
        json.member("modified", Json(result.modified));
        json.member("deleted", Json(result.deleted));
        json.member("bytes", Json(result.bytes));
        json.member("tree", Json(result.staged.root.hex()));
        json.member("skipped_count", Json(result.skipped_count));
        json.member("complete", Json(!result.failed));
        json.reasons_member("skipped", result.skipped);
        json.finish();
    } else if (cli.quiet()) {
        if (!options.dry_run) {
            cli.out().line(result.staged.root.hex());
        }
    } else {
        cli.out().line(fmt::format("{}{}{}", options.dry_run ? "would stage: " : "staged: ",
                                   counts_text(result.added, result.modified, result.deleted),
                                   result.bytes > 0 ? " (" + human_bytes(result.bytes) + ")" : ""));
    }
    for (std::size_t i = 0; i < std::min(shown_skips, result.skipped.size()); ++i) {
        cli.warn(
            fmt::format("skipped '{}': {}", cli.shown(result.skipped[i].first), result.skipped[i].second));
    }
    if (result.skipped_count > shown_skips) {
        cli.warn(fmt::format("skipped {} more", grouped(result.skipped_count - shown_skips)));
    }
    if (result.failed) { // Everything else was taken, but a script must not go on as if all was.
        const auto path = cli.shown(result.failed->path);
        throw Error(result.failed->kind,
                    fmt::format("'{}' {} not staged: {}; the rest {}", path,
                                options.dry_run ? "would be" : "was", result.failed->why,
                                options.dry_run ? "would be" : "was"),
                    fmt::format("when it can be read and is at rest: dsctl add {}", path));
    }
    return 0;
}

} // namespace

CommandSpec command_add() {
    return CommandSpec("add", Group::work, 1, "Take files into the next commit")
        .flag('A', "all", "without PATH: everything in the checkout")
        .flag('n', "dry-run", "only say what would be staged")
        .operand("PATH", Count::any, Complete::path)
        .json()
        .runs(run_add);
}

} // namespace ds::cli

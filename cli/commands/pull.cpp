// dsctl pull: fetch, then merge what the registry has of this draft.
#include "fetch_view.hpp"
#include "merge_view.hpp"

namespace ds::cli {

namespace {

int run_pull(Cli& cli, const Arguments& args) {
    const auto result = pull(cli.repository(), merge_favour(args), args.has("dry-run"));
    if (cli.json()) {
        JsonDocument json(cli.out(), "pull");
        json.member("dry_run", Json(args.has("dry-run")));
        fetched_members(json, result.fetched);
        merge_members(json, result.merge);
        json.finish();
    } else {
        if (!cli.quiet()) {
            static_cast<void>(print_fetched(cli, result.fetched));
        }
        if (args.has("dry-run")) {
            print_preview(cli, result.merge);
        } else {
            print_merge(cli, result.merge);
        }
    }
    return merge_exit_code(result.merge);
}

} // namespace

CommandSpec command_pull() {
    return CommandSpec("pull", Group::share, 3, "Fetch, and merge what the registry has of this draft")
        .flag(0, "ours", "where both sides changed a path, keep this draft's side")
        .flag(0, "theirs", "where both sides changed a path, take the registry's side")
        .flag('n', "dry-run", "fetch, and only say what would change")
        .json()
        .runs(run_pull);
}

} // namespace ds::cli

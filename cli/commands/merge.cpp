// dsctl merge: another version's changes come into this draft.
#include "cli.hpp"
#include "dataset/versions.hpp"
#include "merge_view.hpp"

namespace ds::cli {

namespace {

int run_merge(Cli& cli, const Arguments& args) {
    MergeOptions options;
    options.abort = args.has("abort");
    options.favour = merge_favour(args);
    if (const auto word = args.operand(0)) {
        options.version = version_word(*word);
    }
    if (options.abort && (options.version || options.favour != MergeFavour::none)) {
        throw Error(ErrorKind::usage, "--abort stands alone", "dsctl merge --abort");
    }
    const auto outcome = merge(cli.repository(), options);
    if (cli.json()) {
        JsonDocument json(cli.out(), "merge");
        merge_members(json, outcome);
        json.finish();
    } else {
        print_merge(cli, outcome);
    }
    return merge_exit_code(outcome);
}

} // namespace

CommandSpec command_merge() {
    return CommandSpec("merge", Group::versions, 4, "Merge another version into this draft")
        .flag(0, "ours", "where both sides changed a path, keep this draft's side")
        .flag(0, "theirs", "where both sides changed a path, take the other side")
        .flag(0, "abort", "give up a merge that waits")
        .operand("VERSION", Count::optional, Complete::version)
        .json()
        .runs(run_merge);
}

} // namespace ds::cli

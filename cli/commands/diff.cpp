// dsctl diff: what differs between two states.
#include "cli.hpp"
#include "dataset/versions.hpp"
#include "diff_view.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

DiffRequest request_of(Cli& cli, const Arguments& args) {
    DiffRequest request;
    request.staged = args.has("staged") || args.has("cached");
    request.paths = cli.paths(args.after_dashes);
    if (const auto first = args.words.empty() ? std::nullopt : std::optional(args.words[0])) {
        const auto range = split_range(*first);
        if (range && args.words.size() > 1) {
            throw Error(ErrorKind::usage, fmt::format("'{}' names both sides already", *first));
        }
        request.a = range ? range->first : version_word(*first);
        if (range) {
            request.b = range->second;
        } else if (args.words.size() > 1) {
            request.b = version_word(args.words[1]);
        }
    }
    if (request.staged && request.b) {
        throw Error(ErrorKind::usage, "--staged compares with one version at most");
    }
    return request;
}

int run_diff(Cli& cli, const Arguments& args) {
    const auto request = request_of(cli, args);
    const auto form = diff_form(cli, args, DiffForm::patch);
    if (args.has("key") && !args.has("rows")) {
        throw Error(ErrorKind::usage, "--key goes with --rows");
    }
    auto& repository = cli.repository();
    std::optional<JsonDocument> json;
    if (cli.json()) {
        json.emplace(cli.out(), "diff");
        json->begin_array("changes");
    } else if (!args.has("exit-code")) {
        cli.start_pager();
    }
    DiffView view(cli, form, json ? &*json : nullptr, args.values("key"));
    diff(repository, request, [&](const DiffItem& item) { view.add(item); });
    view.finish();
    if (json) {
        json->end_array();
        view.sums(*json);
        json->finish();
    }
    return args.has("exit-code") && view.count() > 0 ? 1 : 0;
}

} // namespace

CommandSpec command_diff() {
    return CommandSpec("diff", Group::inspect, 2, "Show what differs between versions, or from the work tree")
        .flag(0, "staged", "compare what is staged with A, or with the last commit")
        .flag(0, "cached", "the same as --staged")
        .flag(0, "stat", "one line per path, and sums")
        .flag(0, "name-status", "kind and path only: A, M, D, T, or R with both paths")
        .flag(0, "rows", "tables (.csv, .tsv, .jsonl) row by row, in any order")
        .options_of(0, "key", "COL", "with --rows: the column that says which row is which; may be repeated")
        .flag(0, "exit-code", "exit with 1 if anything differs")
        .operand("A", Count::optional, Complete::version)
        .operand("B", Count::optional, Complete::version)
        .dashed("PATH", Complete::path)
        .json()
        .nul()
        .runs(run_diff);
}

} // namespace ds::cli

#include "merge_view.hpp"

#include "base/units.hpp"
#include "render.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

constexpr std::size_t shown_conflicts = 100;

std::string_view kind_word(MergeOutcome::Kind kind) {
    switch (kind) {
    case MergeOutcome::Kind::up_to_date:
        return "up-to-date";
    case MergeOutcome::Kind::fast_forward:
        return "fast-forward";
    case MergeOutcome::Kind::merged:
        return "merged";
    case MergeOutcome::Kind::conflicts:
        return "conflicts";
    case MergeOutcome::Kind::aborted:
        return "aborted";
    }
    return "";
}

void print_conflicts(Cli& cli, const std::vector<MergeConflict>& conflicts) {
    Capped cap(shown_conflicts);
    for (const auto& conflict : conflicts) {
        if (cap.next()) {
            cli.out().line(
                fmt::format("  {}  ({})", cli.style().red(cli.shown(conflict.path)), conflict.reason));
        }
    }
    if (cap.hidden() > 0) {
        cli.out().line(fmt::format("  ... and {} more", grouped(cap.hidden())));
    }
}

} // namespace

MergeFavour merge_favour(const Arguments& args) {
    if (args.has("ours") && args.has("theirs")) {
        throw Error(ErrorKind::usage, "--ours and --theirs exclude each other",
                    "without either, conflicts are named and left to you");
    }
    return args.has("ours")     ? MergeFavour::ours
           : args.has("theirs") ? MergeFavour::theirs
                                : MergeFavour::none;
}

void merge_members(JsonDocument& json, const MergeOutcome& outcome) {
    json.member("outcome", Json(kind_word(outcome.kind)));
    json.member("commit", outcome.commit ? Json(outcome.commit->hex()) : Json());
    json.member("changed", Json(outcome.changed));
    json.member("bytes", Json(outcome.bytes));
    json.begin_array("conflicts");
    for (const auto& conflict : outcome.conflicts) {
        json.item(conflict_json(conflict));
    }
    json.end_array();
}

void print_preview(Cli& cli, const MergeOutcome& outcome) {
    switch (outcome.kind) {
    case MergeOutcome::Kind::fast_forward:
        cli.out().line(fmt::format("Would move forward: {}, {}", plural(outcome.changed, "change"),
                                   human_bytes(outcome.bytes)));
        return;
    case MergeOutcome::Kind::merged:
        cli.out().line(fmt::format("Would merge: {}, {}", plural(outcome.changed, "change"),
                                   human_bytes(outcome.bytes)));
        return;
    case MergeOutcome::Kind::conflicts:
        cli.out().line(fmt::format("Would meet {}:", plural(outcome.conflicts.size(), "conflict")));
        print_conflicts(cli, outcome.conflicts);
        return;
    default:
        cli.out().line("Already up to date");
    }
}

void print_merge(Cli& cli, const MergeOutcome& outcome) {
    if (cli.quiet()) {
        if (outcome.commit) {
            cli.out().line(outcome.commit->hex());
        }
        for (const auto& conflict : outcome.conflicts) {
            cli.print_path(conflict.path);
        }
        return;
    }
    const auto id = outcome.commit ? outcome.commit->short_hex() : "";
    switch (outcome.kind) {
    case MergeOutcome::Kind::up_to_date:
        cli.out().line("Already up to date");
        return;
    case MergeOutcome::Kind::fast_forward:
        cli.out().line(fmt::format("Moved forward to {}: {}", id, plural(outcome.changed, "change")));
        return;
    case MergeOutcome::Kind::merged:
        cli.out().line(fmt::format("Merged as {}: {}", id, plural(outcome.changed, "change")));
        return;
    case MergeOutcome::Kind::aborted:
        cli.out().line("The merge was given up; nothing changed");
        return;
    case MergeOutcome::Kind::conflicts:
        break;
    }
    cli.out().line(fmt::format("{}; nothing was changed:", plural(outcome.conflicts.size(), "conflict")));
    print_conflicts(cli, outcome.conflicts);
    cli.hint("dsctl merge --ours | --theirs | --abort, or make the files right, dsctl add and dsctl commit");
}

int merge_exit_code(const MergeOutcome& outcome) {
    return outcome.kind == MergeOutcome::Kind::conflicts ? exit_code(ErrorKind::conflict) : 0;
}

} // namespace ds::cli

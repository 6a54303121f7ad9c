#include "remote_view.hpp"

#include "base/path.hpp"
#include "base/units.hpp"
#include "render.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds::cli {

namespace {

constexpr std::size_t shown_skips = 20;

/// "files", "folders", "bytes", "skipped_count", "skipped".
void taken_members(JsonDocument& json, const Taken& taken) {
    json.member("files", Json(taken.files));
    json.member("folders", Json(taken.folders));
    json.member("bytes", Json(taken.bytes));
    json.member("skipped_count", Json(taken.skipped_count));
    json.reasons_member("skipped", taken.skipped);
}

void warn_skipped(Cli& cli, const Taken& taken) {
    for (std::size_t i = 0; i < std::min(shown_skips, taken.skipped.size()); ++i) {
        cli.warn(fmt::format("skipped '{}': {}", printable(taken.skipped[i].first), taken.skipped[i].second));
    }
    if (taken.skipped_count > shown_skips) {
        cli.warn(fmt::format("skipped {} more", grouped(taken.skipped_count - shown_skips)));
    }
}

} // namespace

void commit_members(JsonDocument& json, const RemoteCommit& commit) {
    json.member("registry", Json(commit.registry));
    json.member("dataset", Json(commit.dataset.str()));
    json.member("version", Json(commit.version));
    json.member("made_draft", Json(commit.made_draft));
    json.member("changed", Json(commit.changed));
    json.member("commit", commit.commit.empty() ? Json() : Json(commit.commit));
    json.member("tree", Json(commit.tree.root.hex()));
    json.member("added", Json(commit.added));
    json.member("modified", Json(commit.modified));
    json.member("deleted", Json(commit.deleted));
    json.member("transfer", stats_json(commit.stats));
}

void print_commit(Cli& cli, const RemoteCommit& commit) {
    if (cli.quiet()) {
        cli.out().line(commit.commit);
        return;
    }
    const auto name = fmt::format("{}/{}:{}", commit.registry, commit.dataset.str(), commit.version);
    if (!commit.changed) {
        cli.out().line(fmt::format("{} has all of it already; no commit was made", name));
        return;
    }
    cli.out().line(fmt::format("[{} {}] {} ({})", name, commit.commit.substr(0, 10),
                               counts_text(commit.added, commit.modified, commit.deleted),
                               transfer_text(commit.stats, "send")));
}

void print_taken(Cli& cli, std::string_view command, const DatasetRef& draft, const Taken& taken,
                 const RemoteCommit* commit) {
    if (cli.json()) {
        JsonDocument json(cli.out(), command);
        json.member("dry_run", Json(commit == nullptr));
        taken_members(json, taken);
        if (commit != nullptr) {
            commit_members(json, *commit);
        }
        json.finish();
    } else if (commit == nullptr) {
        cli.out().line(fmt::format("would {} {}, {} into {}", command, plural(taken.files, "file"),
                                   human_bytes(taken.bytes), draft.str()));
    } else {
        print_commit(cli, *commit);
    }
    warn_skipped(cli, taken);
}

} // namespace ds::cli

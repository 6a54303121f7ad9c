// dsctl push: versions go to a registry.
#include "base/units.hpp"
#include "cli.hpp"
#include "dataset/share.hpp"
#include "render.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

std::string_view outcome_word(PushedVersion::Outcome outcome) {
    switch (outcome) {
    case PushedVersion::Outcome::pushed:
        return "pushed";
    case PushedVersion::Outcome::up_to_date:
        return "up-to-date";
    case PushedVersion::Outcome::would_push:
        return "would-push";
    }
    return "";
}

std::string outcome_text(const PushedVersion& pushed) {
    const auto what = fmt::format("{} {}", pushed.published ? "version" : "draft", pushed.version);
    switch (pushed.outcome) {
    case PushedVersion::Outcome::pushed:
        return fmt::format("pushed {}: {}", what, transfer_text(pushed.stats, "send"));
    case PushedVersion::Outcome::up_to_date:
        return what + " is up to date";
    case PushedVersion::Outcome::would_push:
        return fmt::format("would push {}: {}{}", what,
                           pushed.stats.files > 0 ? plural(pushed.stats.files, "file") + ", " : "",
                           transfer_text(pushed.stats, "send"));
    }
    return "";
}

int run_push(Cli& cli, const Arguments& args) {
    PushOptions options;
    options.registry = args.value("to");
    options.dry_run = args.has("dry-run");
    for (const auto& word : args.all()) {
        options.versions.push_back(cli.version_here(word));
    }
    auto& repository = cli.repository();
    const auto registry = options.registry.value_or(repository.registry_alias());
    const auto results = push(repository, options);
    if (cli.json()) {
        JsonDocument json(cli.out(), "push");
        json.member("registry", Json(registry));
        json.member("dry_run", Json(options.dry_run));
        json.begin_array("versions");
        for (const auto& pushed : results) {
            Json item = Json::object();
            item.set("version", Json(pushed.version)).set("published", Json(pushed.published));
            item.set("outcome", Json(outcome_word(pushed.outcome))).set("commit", Json(pushed.commit));
            json.item(item.set("transfer", stats_json(pushed.stats)));
        }
        json.end_array();
        json.finish();
        return 0;
    }
    if (!cli.quiet()) {
        cli.out().line(fmt::format("To {} ({})", registry, repository.name().str()));
    }
    for (const auto& pushed : results) {
        cli.out().line(cli.quiet() ? pushed.version : "  " + outcome_text(pushed));
    }
    if (results.empty() && !cli.quiet()) {
        cli.out().line("  nothing to push");
    }
    return 0;
}

} // namespace

CommandSpec command_push() {
    return CommandSpec("push", Group::share, 1, "Send the draft, and published versions, to a registry")
        .option(0, "to", "REGISTRY", "to this registry instead of the dataset's own", Complete::registry)
        .flag('n', "dry-run", "only say what would be sent, in files and bytes")
        .operand("VERSION", Count::any, Complete::version)
        .json()
        .runs(run_push);
}

} // namespace ds::cli

// dsctl switch: the work tree shows another version.
#include "cli.hpp"
#include "dataset/versions.hpp"
#include "render.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

int run_switch(Cli& cli, const Arguments& args) {
    const auto word = *args.operand(0);
    auto& repository = cli.repository();
    const auto result = switch_version(repository, cli.version_here(word), args.has("force"));
    if (cli.json()) {
        JsonDocument json(cli.out(), "switch");
        json.member("version", Json(result.current.name.str()));
        json.member("state", Json(state_word(result.current.state)));
        json.member("commit", result.current.commit ? Json(result.current.commit->hex()) : Json());
        json.member("files", checkout_json(result.files));
        json.finish();
    } else if (cli.quiet()) {
        cli.out().line(result.current.name.str());
    } else {
        cli.out().line(fmt::format(
            "On {} {}: {}", result.current.state == VersionState::draft ? "draft" : "published version",
            result.current.name.str(), checkout_text(result.files)));
    }
    return 0;
}

} // namespace

CommandSpec command_switch() {
    return CommandSpec("switch", Group::versions, 3, "Make the work tree show another version")
        .flag('f', "force", "overwrite changes that no commit holds")
        .operand("VERSION", Count::one, Complete::version)
        .json()
        .runs(run_switch);
}

} // namespace ds::cli

// dsctl deprecate: a published version that should not be used any more.
#include "base/path.hpp"
#include "cli.hpp"
#include "dataset/share.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

int run_deprecate(Cli& cli, const Arguments& args) {
    const auto reason = args.value("reason");
    const bool withdraw = args.has("withdraw");
    const auto word = *args.operand(0);
    if (reason && withdraw) {
        throw Error(ErrorKind::usage, "--reason and --withdraw exclude each other",
                    fmt::format("dsctl deprecate {0} --reason TEXT, or dsctl deprecate {0} --withdraw",
                                printable(word)));
    }
    if (!withdraw && reason.value_or("").find_first_not_of(" \t\n") == std::string::npos) {
        throw Error(ErrorKind::usage, "say why the version should not be used any more",
                    fmt::format("dsctl deprecate {} --reason TEXT", printable(word)));
    }
    const auto ref = cli.reference(word);
    deprecate(cli.session(), ref, reason.value_or(""));
    if (auto* repository = cli.repository_if_any(); repository != nullptr && ref.registry &&
                                                    ref.ns == repository->name().ns() &&
                                                    ref.name == repository->name().name()) {
        repository->save_catalog(cli.session().registry(*ref.registry));
    }
    if (cli.json()) {
        JsonDocument json(cli.out(), "deprecate");
        json.member("ref", Json(ref.str()));
        json.member("deprecated", reason ? Json(*reason) : Json());
        json.finish();
    } else if (cli.quiet()) {
        cli.out().line(ref.str());
    } else {
        cli.out().line(withdraw ? fmt::format("{} is not deprecated any more", ref.str())
                                : fmt::format("{} is deprecated: {}", ref.str(), printable(*reason)));
    }
    return 0;
}

} // namespace

CommandSpec command_deprecate() {
    return CommandSpec("deprecate", Group::release, 3,
                       "Say that a published version should not be used any more")
        .option(0, "reason", "TEXT", "why, shown to whoever uses the version")
        .flag(0, "withdraw", "take a deprecation back")
        .operand("VERSION|REF", Count::one, Complete::reference)
        .json()
        .runs(run_deprecate);
}

} // namespace ds::cli

// dsctl clone: a checkout of a dataset that is in a registry.
#include "base/path.hpp"
#include "base/units.hpp"
#include "cli.hpp"
#include "dataset/start.hpp"
#include "render.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

int run_clone(Cli& cli, const Arguments& args) {
    CloneOptions options;
    options.ref = *args.operand(0);
    options.dir = args.operand(1);
    options.include = args.values("include");
    options.exclude = args.values("exclude");
    options.checkout = !args.has("no-checkout");
    const auto result = clone(cli.session(), options);
    if (cli.json()) {
        JsonDocument json(cli.out(), "clone");
        json.bytes_member("directory", result.dir);
        json.member("dataset", Json(result.name.str()));
        json.member("version", Json(result.version));
        json.member("state", Json(state_word(result.state)));
        json.member("files", Json(result.files));
        json.member("bytes", Json(result.bytes));
        json.finish();
    } else if (cli.quiet()) {
        cli.out().line(printable(result.dir));
    } else {
        cli.out().line(fmt::format("Cloned {}:{} ({}) into {}: {}, {}", result.name.str(), result.version,
                                   state_word(result.state), printable(result.dir),
                                   plural(result.files, "file"), human_bytes(result.bytes)));
    }
    return 0;
}

} // namespace

CommandSpec command_clone() {
    return CommandSpec("clone", Group::start, 2, "Make a checkout of a dataset in a registry")
        .options_of(0, "include", "GLOB", "only paths that match; may be repeated")
        .options_of(0, "exclude", "GLOB", "not the paths that match; may be repeated")
        .flag(0, "no-checkout", "fetch history only, write no files")
        .operand("REF", Count::one, Complete::reference)
        .operand("DIR", Count::optional, Complete::folder)
        .json()
        .runs(run_clone);
}

} // namespace ds::cli

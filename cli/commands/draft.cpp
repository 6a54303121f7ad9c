// dsctl draft: a new version, from another one or empty.
#include "base/units.hpp"
#include "cli.hpp"
#include "dataset/versions.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

int run_draft(Cli& cli, const Arguments& args) {
    DraftOptions options;
    options.version = *args.operand(0);
    options.inherit = args.value("inherit");
    options.start_new = args.has("new");
    if (options.inherit.has_value() == options.start_new) {
        throw Error(ErrorKind::usage,
                    options.start_new ? "--inherit and --new exclude each other"
                                      : "say how the draft starts: as another version, or empty",
                    "dsctl draft " + options.version + " --inherit VERSION, or --new");
    }
    const bool remote = cli.classify(options.version) == WordKind::reference;
    if (remote) {
        options.version = cli.reference(options.version).str();
    }
    if (options.inherit && (remote || cli.classify(*options.inherit) == WordKind::reference)) {
        options.inherit = cli.reference(*options.inherit).str();
    }
    const auto result = remote ? draft_remote(cli.session(), options) : draft(cli.repository(), options);
    const auto name = result.dataset.str() + ":" + result.version.str();
    if (cli.json()) {
        JsonDocument json(cli.out(), "draft");
        json.member("dataset", Json(result.dataset.str()));
        json.member("version", Json(result.version.str()));
        json.member("registry", result.registry ? Json(*result.registry) : Json());
        json.member("origin", result.origin ? Json(result.origin->ref) : Json());
        json.member("tree", Json(result.tree.root.hex()));
        json.member("entries", Json(result.tree.entries));
        json.member("bytes", Json(result.tree.bytes));
        json.member("bytes_moved", Json(result.bytes_moved));
        json.finish();
    } else if (cli.quiet()) {
        cli.out().line(name);
    } else {
        const auto holds = result.tree.entries == 0
                               ? std::string("empty")
                               : fmt::format("{}, {}", plural(result.tree.entries, "entry", "entries"),
                                             human_bytes(result.tree.bytes));
        cli.out().line(remote
                           ? fmt::format("Made draft {} in {}: {}", name, result.registry.value_or(""), holds)
                           : fmt::format("On draft {}: {}", result.version.str(), holds));
        if (result.bytes_moved > 0) {
            cli.out().line(fmt::format("{} were copied from {}", human_bytes(result.bytes_moved),
                                       result.origin ? result.origin->ref : "its origin"));
        }
    }
    return 0;
}

} // namespace

CommandSpec command_draft() {
    return CommandSpec("draft", Group::versions, 1, "Begin a new version and switch to it")
        .option(0, "inherit", "VERSION|REF", "start as this version, of this or of another dataset",
                Complete::version)
        .flag(0, "new", "start empty")
        .operand("VERSION|REF", Count::one, Complete::nothing)
        .json()
        .runs(run_draft);
}

} // namespace ds::cli

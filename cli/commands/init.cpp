// dsctl init: a folder becomes a checkout.
#include "base/path.hpp"
#include "cli.hpp"
#include "dataset/start.hpp"
#include "os/file.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

int run_init(Cli& cli, const Arguments& args) {
    InitOptions options;
    options.dir = absolute_path(args.operand(0).value_or("."));
    while (options.dir.size() > 1 && options.dir.ends_with('/')) {
        options.dir.pop_back();
    }
    options.name = args.value("name");
    options.registry = args.value("registry");
    options.description = args.value("description");
    options.draft = args.value("draft");
    const auto result = init(cli.session(), options);
    if (cli.json()) {
        JsonDocument json(cli.out(), "init");
        json.bytes_member("directory", result.dir);
        json.member("dataset", Json(result.name.str()));
        json.member("draft", Json(result.draft.str()));
        json.member("existed", Json(result.existed));
        json.finish();
    } else if (cli.quiet()) {
        cli.out().line(result.name.str());
    } else {
        cli.out().line(fmt::format("{} {} in {}, on draft {}",
                                   result.existed ? "There is already a checkout of" : "Began dataset",
                                   result.name.str(), printable(result.dir), result.draft.str()));
        if (!result.existed) {
            cli.hint("dsctl add . && dsctl commit -m MESSAGE");
        }
    }
    return 0;
}

} // namespace

CommandSpec command_init() {
    return CommandSpec("init", Group::start, 1, "Make a folder the checkout of a new dataset")
        .option(0, "name", "NAME", "name of the dataset, NAMESPACE/NAME or NAME; default: the folder's name")
        .option(0, "registry", "REGISTRY", "registry it will be pushed to", Complete::registry)
        .option(0, "description", "TEXT", "what the dataset is")
        .option(0, "draft", "VERSION", "name of the first draft; default: v1")
        .operand("DIR", Count::optional, Complete::folder)
        .json()
        .runs(run_init);
}

} // namespace ds::cli

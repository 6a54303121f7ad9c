// dsctl put: files and streams into a draft in a registry, without a checkout.
#include "dataset/put.hpp"
#include "base/units.hpp"
#include "cli.hpp"
#include "remote_view.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

int run_put(Cli& cli, const Arguments& args) {
    const auto all = args.all();
    PutOptions options;
    options.ref = draft_reference(cli, all.front());
    options.sources.assign(all.begin() + 1, all.end());
    options.to = args.value("to");
    options.message = args.value_or("message", "");
    options.dry_run = args.has("dry-run");
    if (options.sources.empty()) {
        throw Error(ErrorKind::usage, "say what to put", "dsctl put " + options.ref.str() + " FILE");
    }
    const auto result = put(cli.session(), options);
    if (cli.json()) {
        JsonDocument json(cli.out(), "put");
        json.member("dry_run", Json(options.dry_run));
        taken_members(json, result.taken);
        if (!options.dry_run) {
            commit_members(json, result.commit);
        }
        json.finish();
    } else if (options.dry_run) {
        cli.out().line(fmt::format("would put {}, {} into {}", plural(result.taken.files, "file"),
                                   human_bytes(result.taken.bytes), options.ref.str()));
    } else {
        print_commit(cli, result.commit);
    }
    warn_skipped(cli, result.taken);
    return 0;
}

} // namespace

CommandSpec command_put() {
    return CommandSpec("put", Group::share, 5,
                       "Write files or a stream into a draft in a registry, as one commit")
        .option(0, "to", "PATH", "what the source becomes; with a '/' at the end the folder it goes into")
        .option('m', "message", "TEXT", "the commit's message")
        .flag('n', "dry-run", "only say what would be put")
        .operand("REF", Count::one, Complete::reference)
        .operand("SRC", Count::some, Complete::path)
        .json()
        .runs(run_put);
}

} // namespace ds::cli

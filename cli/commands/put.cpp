// dsctl put: files and streams into a draft in a registry, without a checkout.
#include "dataset/put.hpp"
#include "cli.hpp"
#include "remote_view.hpp"

namespace ds::cli {

namespace {

int run_put(Cli& cli, const Arguments& args) {
    const auto all = args.all();
    PutOptions options;
    options.ref = cli.reference(all.front());
    options.sources.assign(all.begin() + 1, all.end());
    options.to = args.value("to");
    options.message = args.value_or("message", "");
    options.dry_run = args.has("dry-run");
    if (options.sources.empty()) {
        throw Error(ErrorKind::usage, "say what to put", "dsctl put " + options.ref.str() + " FILE");
    }
    const auto result = put(cli.session(), options);
    print_taken(cli, "put", options.ref, result.taken, options.dry_run ? nullptr : &result.commit);
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

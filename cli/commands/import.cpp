// dsctl import: what other programs have becomes a version.
#include "dataset/import.hpp"
#include "cli.hpp"
#include "remote_view.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

int run_import(Cli& cli, const Arguments& args) {
    ImportOptions options;
    options.source = *args.operand(0);
    options.ref = cli.reference(*args.operand(1));
    options.message = args.value_or("message", "");
    options.dry_run = args.has("dry-run");
    const auto result = import(cli.session(), options);
    if (result.commit.made_draft && cli.human()) {
        cli.info(fmt::format("made draft {}", options.ref.str()));
    }
    print_taken(cli, "import", options.ref, result.taken, options.dry_run ? nullptr : &result.commit);
    return 0;
}

} // namespace

CommandSpec command_import() {
    return CommandSpec("import", Group::start, 3,
                       "Make a version of a folder, a tar stream or plain S3 objects")
        .option('m', "message", "TEXT", "the commit's message")
        .flag('n', "dry-run", "only say what would be imported")
        .operand("SRC", Count::one, Complete::path)
        .operand("REF", Count::one, Complete::reference)
        .json()
        .runs(run_import);
}

} // namespace ds::cli

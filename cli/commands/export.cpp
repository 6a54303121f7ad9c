// dsctl export: a version for programs that know plain files only.
#include "dataset/export.hpp"
#include "base/path.hpp"
#include "base/units.hpp"
#include "cli.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

int run_export(Cli& cli, const Arguments& args) {
    ExportOptions options;
    options.ref = cli.reference(*args.operand(0));
    options.dest = *args.operand(1);
    options.remove_others = args.has("delete");
    if (options.dest == "-") {
        if (cli.json()) {
            throw Error(ErrorKind::usage, "- writes the archive to stdout; --json does not go with it");
        }
        options.out = [&](ByteView bytes) { cli.out().write(bytes); };
        (void)export_version(cli.session(), options);
        return 0;
    }
    const auto result = export_version(cli.session(), options);
    if (cli.json()) {
        JsonDocument json(cli.out(), "export");
        json.member("ref", Json(options.ref.str()));
        json.bytes_member("destination", options.dest);
        json.member("written", Json(result.written));
        json.member("bytes", Json(result.bytes));
        json.member("same", Json(result.same));
        json.member("removed", Json(result.removed));
        json.finish();
    } else if (cli.quiet()) {
        cli.out().line(printable(options.dest));
    } else {
        std::string text =
            result.written == 0
                ? fmt::format("{} has all of it already", printable(options.dest))
                : fmt::format("{} ({}) written to {}", plural(result.written, "entry", "entries"),
                              human_bytes(result.bytes), printable(options.dest));
        if (result.written > 0 && result.same > 0) {
            text += fmt::format(", {} there already", grouped(result.same));
        }
        if (result.removed > 0) {
            text += fmt::format(", {} removed", grouped(result.removed));
        }
        cli.out().line(text);
    }
    return 0;
}

} // namespace

CommandSpec command_export() {
    return CommandSpec("export", Group::start, 4,
                       "Write a version as plain files, S3 objects or a tar stream")
        .flag(0, "delete", "remove what is in DEST and not in the version")
        .operand("REF", Count::one, Complete::reference)
        .operand("DEST", Count::one, Complete::path)
        .json()
        .runs(run_export);
}

} // namespace ds::cli

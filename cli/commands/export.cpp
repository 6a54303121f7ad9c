// dsctl export: a version for programs that know plain files only.
#include "dataset/export.hpp"
#include "base/path.hpp"
#include "base/units.hpp"
#include "cli.hpp"
#include "os/file.hpp"
#include "registry/plain_objects.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

constexpr std::string_view stdout_word = "-";

/// LLMOS's documents go where nobody takes them for files of the version.
void check_documents(const ExportOptions& options, const std::string& file) {
    if (!options.llmos) {
        throw Error(ErrorKind::usage, "--documents goes with --llmos");
    }
    if (file != stdout_word && !is_objects_url(options.dest) &&
        is_within(absolute_path(file), absolute_path(options.dest))) {
        throw Error(ErrorKind::usage,
                    fmt::format("'{}' is in '{}', among the files of the version", printable(file),
                                printable(options.dest)),
                    "name a file elsewhere, or - for stdout");
    }
}

int run_export(Cli& cli, const Arguments& args) {
    ExportOptions options;
    options.ref = cli.reference(*args.operand(0));
    options.dest = *args.operand(1);
    options.remove_others = args.has("delete");
    options.llmos = args.has("llmos");
    const auto documents = args.value("documents");
    if (documents) {
        check_documents(options, *documents);
    }
    const bool documents_out = documents == stdout_word;
    if (documents_out && cli.json()) {
        throw Error(ErrorKind::usage, "with --json the documents are a member of what is printed",
                    "leave --documents - out");
    }
    if (options.dest == "-") {
        if (cli.json()) {
            throw Error(ErrorKind::usage, "- writes the archive to stdout; --json does not go with it");
        }
        options.out = [&](ByteView bytes) { cli.out().write(bytes); };
        (void)export_version(cli.session(), options);
        return 0;
    }
    const auto result = export_version(cli.session(), options);
    if (documents_out) {
        cli.out().line(result.documents->dump(true));
    } else if (documents) {
        write_file_atomic(*documents, result.documents->dump(true) + "\n", Durability::synced, 0644);
    }
    if (cli.json()) {
        JsonDocument json(cli.out(), "export");
        json.member("ref", Json(options.ref.str()));
        json.bytes_member("destination", result.dest);
        json.member("written", Json(result.written));
        json.member("bytes", Json(result.bytes));
        json.member("same", Json(result.same));
        json.member("removed", Json(result.removed));
        if (result.documents) {
            json.member("documents", *result.documents);
        }
        json.finish();
    } else if (documents_out) {
        cli.hint(fmt::format("the files are below {}", printable(result.dest)));
    } else if (cli.quiet()) {
        cli.out().line(printable(result.dest));
    } else {
        std::string text =
            result.written == 0
                ? fmt::format("{} has all of it already", printable(result.dest))
                : fmt::format("{} ({}) written to {}", plural(result.written, "entry", "entries"),
                              human_bytes(result.bytes), printable(result.dest));
        if (result.written > 0 && result.same > 0) {
            text += fmt::format(", {} there already", grouped(result.same));
        }
        if (result.removed > 0) {
            text += fmt::format(", {} removed", grouped(result.removed));
        }
        cli.out().line(text);
        if (result.documents && !documents) {
            cli.hint("dsctl card export --to llmos " + options.ref.str() + " | kubectl apply -f -");
        }
    }
    return 0;
}

} // namespace

CommandSpec command_export() {
    return CommandSpec("export", Group::start, 4,
                       "Write a version as plain files, S3 objects or a tar stream")
        .flag(0, "delete", "remove what is in DEST and not in the version")
        .flag(0, "llmos", "below DEST as LLMOS has it: datasets/NS/NAME/VERSION/PATH")
        .option(0, "documents", "FILE",
                "of --llmos: where Dataset and DatasetVersion for kubectl go; - for stdout")
        .operand("REF", Count::one, Complete::reference)
        .operand("DEST", Count::one, Complete::path)
        .json()
        .runs(run_export);
}

} // namespace ds::cli

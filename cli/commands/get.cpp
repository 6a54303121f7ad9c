// dsctl get: files of a version, without a checkout.
#include "base/path.hpp"
#include "base/units.hpp"
#include "cli.hpp"
#include "dataset/inspect.hpp"
#include "os/file.hpp"
#include "render.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

int run_get(Cli& cli, const Arguments& args) {
    const auto all = args.all();
    const auto ref = cli.reference(all.front());
    std::vector<std::string> paths;
    for (std::size_t i = 1; i < all.size(); ++i) {
        paths.push_back(path_in_version(all[i]));
    }
    std::erase(paths, ""); // the root: everything
    const auto out = args.value_or("output", ref.name);
    if (out == "-") {
        if (paths.size() != 1 || cli.json()) {
            throw Error(ErrorKind::usage, "-o - prints one file; name it", "dsctl ls --in " + ref.str());
        }
        get_to(cli.session(), ref.str(), paths.front(), [&](ByteView bytes) {
            cli.context().check_stop();
            cli.out().write(bytes);
        });
        return 0;
    }
    GetOptions options;
    options.ref = ref.str();
    options.paths = paths;
    options.out = absolute_path(out);
    const auto result = get(cli.session(), options);
    if (cli.json()) {
        JsonDocument json(cli.out(), "get");
        json.member("ref", Json(ref.str()));
        json.bytes_member("directory", options.out);
        json.member("files", checkout_json(result));
        json.finish();
    } else if (cli.quiet()) {
        cli.out().line(printable(options.out));
    } else {
        cli.out().line(result.written == 0
                           ? fmt::format("{} holds all of it already", printable(out))
                           : fmt::format("{} into {}", checkout_text(result), printable(out)));
    }
    return 0;
}

} // namespace

CommandSpec command_get() {
    return CommandSpec("get", Group::share, 4, "Write files of a version into a folder, without a checkout")
        .option('o', "output", "DIR", "where to; - prints one file; default: a folder of the dataset's name",
                Complete::folder)
        .operand("REF", Count::one, Complete::reference)
        .operand("PATH", Count::any)
        .json()
        .runs(run_get);
}

} // namespace ds::cli

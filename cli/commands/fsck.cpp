// dsctl fsck: is everything in .dsctl sound?
#include "base/units.hpp"
#include "cli.hpp"
#include "dataset/upkeep.hpp"
#include "render.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

constexpr std::size_t shown_problems = 50;

int run_fsck(Cli& cli, const Arguments& args) {
    const FsckOptions options{args.has("full"), args.has("repair")};
    const auto result = fsck(cli.repository(), options);
    if (cli.json()) {
        JsonDocument json(cli.out(), "fsck");
        json.member("full", Json(options.full));
        json.member("damaged", Json(result.damaged));
        json.member("objects", Json(result.objects));
        json.member("packs", Json(result.packs));
        json.member("repaired", Json(result.repaired));
        json.member("problem_count", Json(result.problem_count));
        json.begin_array("problems");
        for (const auto& problem : result.problems) {
            Json item = Json::object();
            item.set("object", Json(problem.object)).set("problem", Json(problem.problem));
            json.item(item.set("hash", problem.hash ? Json(problem.hash->hex()) : Json()));
        }
        json.end_array();
        json.finish();
    } else {
        Capped cap(cli.quiet() ? result.problems.size() : shown_problems);
        for (const auto& problem : result.problems) {
            if (cap.next()) {
                cli.out().line(cli.quiet() ? problem.object
                                           : fmt::format("{}  {}: {}", cli.style().red("bad"), problem.object,
                                                         problem.problem));
            }
        }
        if (const auto shown = std::min(shown_problems, result.problems.size());
            !cli.quiet() && result.problem_count > shown) {
            cli.out().line(fmt::format("     ... and {} more", grouped(result.problem_count - shown)));
        }
        if (!cli.quiet()) {
            cli.out().line(fmt::format(
                "{}: {} in {}{}{}", result.damaged ? cli.style().red("damaged") : cli.style().green("sound"),
                plural(result.objects, "object"), plural(result.packs, "pack"),
                options.full ? ", every byte read" : "",
                result.repaired > 0 ? fmt::format("; {} repaired", grouped(result.repaired)) : ""));
        }
        if (result.damaged && !options.repair) {
            cli.hint("dsctl fsck --repair");
        }
    }
    return result.damaged ? exit_code(ErrorKind::corrupt) : 0;
}

} // namespace

CommandSpec command_fsck() {
    return CommandSpec("fsck", Group::upkeep, 1, "Check that everything in .dsctl is sound")
        .flag(0, "full", "read every byte and check every hash")
        .flag(0, "repair", "rebuild the index and fetch what is damaged from the registry")
        .json()
        .runs(run_fsck);
}

} // namespace ds::cli

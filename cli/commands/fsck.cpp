// dsctl fsck: is everything in .dsctl sound?
#include "base/units.hpp"
#include "cli.hpp"
#include "dataset/upkeep.hpp"
#include "render.hpp"

#include <fmt/format.h>
#include <set>

namespace ds::cli {

namespace {

constexpr std::size_t shown_problems = 50;

constexpr std::size_t shown_ways_out = 5;

/// Without a repair that was tried it comes first, but for what it does not mend.
std::string way_out(const FsckProblem& problem, const FsckOptions& options) {
    return problem.way_out.empty() && !options.repair ? "dsctl fsck --repair" : problem.way_out;
}

/// Objects that lie side by side are damaged together: one line for all of them.
void print_problems(Cli& cli, const FsckResult& result) {
    Capped cap(cli.quiet() ? result.problems.size() : shown_problems);
    std::size_t shown = 0;
    for (std::size_t i = 0; i < result.problems.size();) {
        const auto& problem = result.problems[i];
        std::size_t same = 1;
        while (i + same < result.problems.size() && result.problems[i + same].object == problem.object &&
               result.problems[i + same].problem == problem.problem) {
            ++same;
        }
        i += same;
        if (!cap.next()) {
            continue;
        }
        shown += same;
        cli.out().line(
            cli.quiet() ? problem.object
                        : fmt::format("{}  {}: {}{}",
                                      result.damaged ? cli.style().red("bad") : cli.style().green("mended"),
                                      problem.object, problem.problem,
                                      same > 1 ? fmt::format(" ({} objects)", grouped(same)) : ""));
    }
    if (!cli.quiet() && result.problem_count > shown) {
        cli.out().line(fmt::format("     ... and {} more", grouped(result.problem_count - shown)));
    }
}

void print_ways_out(Cli& cli, const FsckResult& result, const FsckOptions& options) {
    if (!result.damaged) {
        return;
    }
    std::set<std::string> hints;
    for (const auto& problem : result.problems) {
        if (const auto hint = way_out(problem, options);
            !hint.empty() && hints.size() < shown_ways_out && hints.insert(hint).second) {
            cli.hint(hint);
        }
    }
}

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
            item.set("hash", problem.hash ? Json(problem.hash->hex()) : Json());
            json.item(item.set("way_out", Json(way_out(problem, options))));
        }
        json.end_array();
        json.finish();
    } else {
        print_problems(cli, result);
        if (!cli.quiet()) {
            cli.out().line(fmt::format(
                "{}: {} in {}{}{}", result.damaged ? cli.style().red("damaged") : cli.style().green("sound"),
                plural(result.objects, "object"), plural(result.packs, "pack"),
                options.full ? ", every byte read" : "",
                result.repaired > 0 ? fmt::format("; {} repaired", grouped(result.repaired)) : ""));
        }
        print_ways_out(cli, result, options);
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

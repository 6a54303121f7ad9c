// dsctl registry renew: keep what is published locked.
#include "registries/renew.hpp"

#include "base/units.hpp"
#include "cli.hpp"
#include "dataset/registry_upkeep.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

constexpr std::size_t shown_problems = 50;

void print_renewed(Cli& cli, const RenewedNamespace& done, bool dry_run) {
    const auto& r = done.result;
    cli.out().line(fmt::format(
        "{}: {} the locks of {} of {}, {} of {} and {} of {}", done.ns, dry_run ? "would extend" : "extended",
        grouped(r.records_renewed), plural(r.records, "version"), grouped(r.signatures_renewed),
        plural(r.signatures, "signature"), grouped(r.packs_renewed), plural(r.packs, "pack")));
    if (r.plain > 0) {
        cli.out().line(fmt::format("{}: and of {} of {} in plain copies", done.ns, grouped(r.plain_renewed),
                                   plural(r.plain, "object")));
    }
    for (std::size_t i = 0; i < std::min(shown_problems, r.problems.size()); ++i) {
        cli.out().line(cli.style().red("bad") + "   " + r.problems[i]);
    }
    if (r.problem_count > shown_problems) {
        cli.out().line(fmt::format("      ... and {} more", grouped(r.problem_count - shown_problems)));
    }
}

int run_renew(Cli& cli, const Arguments& args) {
    RenewOptions options;
    options.registry = args.operand(0).value_or(cli.inside() ? cli.repository().registry_alias()
                                                             : cli.session().default_registry());
    options.ns = args.value("namespace");
    options.dry_run = args.has("dry-run");
    const auto result = renew_registry(cli.session(), options);
    bool sound = true;
    for (const auto& done : result) {
        sound = sound && done.result.problem_count == 0;
    }
    if (cli.json()) {
        JsonDocument json(cli.out(), "registry-renew");
        json.member("registry", Json(options.registry));
        json.member("dry_run", Json(options.dry_run));
        json.begin_array("namespaces");
        for (const auto& done : result) {
            const auto& r = done.result;
            Json item = Json::object();
            item.set("namespace", Json(done.ns)).set("records", Json(r.records)).set("packs", Json(r.packs));
            item.set("records_renewed", Json(r.records_renewed)).set("packs_renewed", Json(r.packs_renewed));
            item.set("signatures", Json(r.signatures)).set("signatures_renewed", Json(r.signatures_renewed));
            item.set("plain", Json(r.plain)).set("plain_renewed", Json(r.plain_renewed));
            Json problems = Json::array();
            for (const auto& problem : r.problems) {
                problems.push(Json(problem));
            }
            json.item(item.set("problem_count", Json(r.problem_count)).set("problems", std::move(problems)));
        }
        json.end_array();
        json.finish();
    } else if (!cli.quiet()) {
        for (const auto& done : result) {
            print_renewed(cli, done, options.dry_run);
        }
    }
    return sound ? 0 : exit_code(ErrorKind::corrupt);
}

} // namespace

CommandSpec registry_renew_command() {
    return CommandSpec("renew", "Extend the locks of all that is published; run again after an interruption")
        .flag('n', "dry-run", "only say what would be extended")
        .option(0, "namespace", "NS", "in this namespace only")
        .operand("NAME", Count::optional, Complete::registry)
        .json()
        .runs(run_renew);
}

} // namespace ds::cli

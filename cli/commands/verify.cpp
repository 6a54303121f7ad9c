// dsctl verify: every byte against its hash, the whole against the digest.
#include "base/units.hpp"
#include "cli.hpp"
#include "dataset/share.hpp"
#include "render.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

constexpr std::size_t shown_problems = 50;

int run_verify(Cli& cli, const Arguments& args) {
    const auto word = args.operand(0);
    const bool remote = (word && cli.classify(*word) == WordKind::reference) || (!word && !cli.inside());
    const bool locks = args.has("locks");
    if (remote && !word) {
        (void)cli.repository(); // says that this is no checkout
    }
    VerifyOutcome outcome;
    if (remote || locks) {
        const auto name = word ? *word : cli.repository().history().current().name.str();
        outcome = verify_remote(cli.session(), cli.reference(name), locks);
    } else {
        outcome = verify_local(cli.repository(), word ? std::optional(version_word(*word)) : std::nullopt);
    }
    const bool sound = outcome.problem_count == 0 && !outcome.corrupt;
    if (cli.json()) {
        JsonDocument json(cli.out(), "verify");
        json.member("name", Json(outcome.name));
        json.member("sound", Json(sound));
        json.member("corrupt", Json(outcome.corrupt));
        json.member("expected", outcome.expected ? Json(digest_str(*outcome.expected)) : Json());
        json.member("actual", outcome.actual ? Json(digest_str(*outcome.actual)) : Json());
        json.member("files", Json(outcome.files));
        json.member("bytes", Json(outcome.bytes));
        json.member("problem_count", Json(outcome.problem_count));
        json.begin_array("problems");
        for (const auto& problem : outcome.problems) {
            json.item(Json(problem));
        }
        json.end_array();
        json.finish();
    } else if (cli.quiet()) {
        if (outcome.actual) {
            cli.out().line(digest_str(*outcome.actual));
        }
    } else {
        Capped cap(shown_problems);
        for (const auto& problem : outcome.problems) {
            if (cap.next()) {
                cli.out().line(cli.style().red("bad") + "   " + problem);
            }
        }
        if (const auto shown = std::min(shown_problems, outcome.problems.size());
            outcome.problem_count > shown) {
            cli.out().line(fmt::format("      ... and {} more", grouped(outcome.problem_count - shown)));
        }
        cli.out().line(fmt::format("{} {}: {}, {} checked{}",
                                   sound ? cli.style().green("sound") : cli.style().red("NOT sound"),
                                   outcome.name, plural(outcome.files, "file"), human_bytes(outcome.bytes),
                                   outcome.actual ? "; " + digest_str(*outcome.actual) : ""));
    }
    return sound ? 0 : exit_code(outcome.corrupt ? ErrorKind::corrupt : ErrorKind::differs);
}

} // namespace

CommandSpec command_verify() {
    return CommandSpec("verify", Group::release, 2,
                       "Read a version again and check every hash and its digest")
        .flag(0, "locks", "in the registry: check the locks as well")
        .operand("REF", Count::optional, Complete::reference)
        .json()
        .runs(run_verify);
}

} // namespace ds::cli

// dsctl verify: every byte against its hash, the whole against the digest, the record against its signers.
#include "base/path.hpp"
#include "base/units.hpp"
#include "cli.hpp"
#include "dataset/share.hpp"
#include "render.hpp"
#include "signature_view.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds::cli {

namespace {

constexpr std::size_t shown_problems = 50;

void print_signatures(Cli& cli, const SignatureReport& report) {
    Capped cap(shown_problems);
    for (const auto& line : report.lines) {
        if (cap.next()) {
            cli.out().line("signer  " + signature_text(line));
        }
    }
    if (cap.hidden() > 0) {
        cli.out().line(fmt::format("      ... and {} more", grouped(cap.hidden())));
    }
}

SignerOptions signer_options(const Arguments& args) {
    SignerOptions options;
    options.allowed_signers = args.value("allowed-signers");
    if (const auto number = args.number("signers")) {
        options.required = static_cast<unsigned>(std::min<std::uint64_t>(*number, 1'000'000));
    }
    return options;
}

void print_locks(Cli& cli, const VerifyOutcome::Locks& locks) {
    const auto what = fmt::format("the record, {} and {}", plural(locks.signatures, "signature"),
                                  plural(locks.packs, "pack"));
    cli.out().line(
        locks.problem_count == 0
            ? fmt::format("locks   {} are locked, until {} at least", what, rfc3339(locks.until))
            : fmt::format("locks   of {}: {} not as they should be", what,
                          locks.problem_count == 1 ? "1 is" : grouped(locks.problem_count) + " are"));
}

Json locks_json(const std::optional<VerifyOutcome::Locks>& locks) {
    if (!locks) {
        return {};
    }
    Json json = Json::object();
    json.set("packs", Json(locks->packs))
        .set("signatures", Json(locks->signatures))
        .set("locked_until", locks->until == 0 ? Json() : Json(rfc3339(locks->until)))
        .set("problem_count", Json(locks->problem_count));
    return json;
}

void signatures_json(JsonDocument& json, const std::optional<SignatureReport>& report) {
    json.member("signers", report && report->required ? Json(report->counted) : Json());
    json.member("signers_required", report && report->required ? Json(*report->required) : Json());
    json.begin_array("signatures");
    for (const auto& line : report ? report->lines : std::vector<SignatureLine>()) {
        json.item(signature_json(line));
    }
    json.end_array();
}

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
        outcome = verify_remote(cli.session(), cli.reference(name), locks, signer_options(args));
    } else {
        outcome = verify_local(cli.repository(), word ? std::optional(version_word(*word)) : std::nullopt,
                               signer_options(args));
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
        signatures_json(json, outcome.signatures);
        json.member("locks", locks_json(outcome.locks));
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
        if (outcome.signatures) {
            print_signatures(cli, *outcome.signatures);
        }
        if (outcome.locks) {
            print_locks(cli, *outcome.locks);
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
        .option(0, "allowed-signers", "FILE", "whose signatures count (default: verify.allowed-signers)",
                Complete::path)
        .option(0, "signers", "N",
                "how many of them must have signed (default: verify.signers-required, or 1)")
        .operand("REF", Count::optional, Complete::reference)
        .json()
        .runs(run_verify);
}

} // namespace ds::cli

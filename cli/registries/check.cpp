#include "registries/check.hpp"

#include "base/path.hpp"
#include "base/units.hpp"
#include "dataset/session.hpp"
#include "registries/choice.hpp"
#include "registries/search.hpp"
#include "term/table.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds::cli {

namespace {

std::string_view word_of(CheckLine::Status status) {
    switch (status) {
    case CheckLine::Status::ok:
        return "ok";
    case CheckLine::Status::weak:
        return "weak";
    case CheckLine::Status::denied:
        return "skip";
    case CheckLine::Status::bad:
        break;
    }
    return "bad";
}

std::string coloured(const Style& style, CheckLine::Status status) {
    const auto shown = padded(word_of(status), 4);
    return status == CheckLine::Status::ok    ? style.green(shown)
           : status == CheckLine::Status::bad ? style.red(shown)
                                              : style.yellow(shown);
}

/// Whether these keys may read the registry's description, without which they can do nothing here.
bool may_read(Registry& registry) {
    try {
        (void)registry.description();
    } catch (const NotGranted&) {
        return false;
    }
    return true;
}

int run_check(Cli& cli, const Arguments& args) {
    const auto alias = chosen_registry(cli, args);
    const auto entry = registry_entry(cli, alias);
    if (entry.origin == "built in") {
        (void)cli.session().registry(alias); // made on first use
    }
    // Not as the session opens it: what keeps it from being opened is what is to be found out.
    Registry registry(alias, entry.url, open_buckets(entry.url, cli.session().bucket_settings(alias)));
    const auto lines = check_registry(registry, known_namespaces(cli));
    const auto count = [&](CheckLine::Status status) {
        return static_cast<std::uint64_t>(std::count_if(
            lines.begin(), lines.end(), [&](const CheckLine& line) { return line.status == status; }));
    };
    const auto bad = count(CheckLine::Status::bad);
    const auto skipped = count(CheckLine::Status::denied);
    const bool readable = bad > 0 || skipped == 0 || may_read(registry);
    if (cli.json()) {
        JsonDocument json(cli.out(), "registry-check");
        json.member("registry", Json(alias));
        json.begin_array("checks");
        for (const auto& line : lines) {
            Json item = Json::object();
            item.set("status", Json(word_of(line.status))).set("what", Json(line.what));
            const bool denied = line.status == CheckLine::Status::denied;
            item.set("remedy", denied || line.remedy.empty() ? Json() : Json(line.remedy));
            json.item(item.set("reason", denied ? Json(line.remedy) : Json()));
        }
        json.end_array();
        json.member("usable", Json(bad == 0 && readable));
        json.member("complete", Json(skipped == 0));
        json.finish();
    } else {
        for (const auto& line : lines) {
            if (!cli.quiet() || line.status == CheckLine::Status::bad) {
                cli.out().line(coloured(cli.style(), line.status) + "  " + printable(line.what) +
                               (line.remedy.empty() ? "" : "\n      " + printable(line.remedy)));
            }
        }
        if (skipped > 0 && !cli.quiet()) {
            cli.out().line(fmt::format(
                "{} could not be tried with these keys, which says nothing against the registry; {}",
                plural(skipped, "probe"),
                bad > 0    ? "what is bad stands above"
                : readable ? "what could be tried is in order"
                           : "they may not even read it"));
            cli.hint("the buckets' owner can try everything: dsctl registry check, with the owner's keys");
        }
    }
    const bool refused =
        std::any_of(lines.begin(), lines.end(), [](const CheckLine& line) { return line.refused; });
    return refused || (bad == 0 && !readable) ? exit_code(ErrorKind::auth) : bad > 0 ? 1 : 0;
}

} // namespace

CommandSpec registry_check_command() {
    return CommandSpec("check", "Probe everything dsctl relies on; exit status 1 if something is missing, 4 "
                                "without credentials")
        .operand("NAME", Count::optional, Complete::registry)
        .json()
        .runs(run_check);
}

} // namespace ds::cli

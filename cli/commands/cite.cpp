// dsctl cite: how to name a version in a publication.
#include "base/path.hpp"
#include "cli.hpp"
#include "dataset/card.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

int run_cite(Cli& cli, const Arguments& args) {
    const auto word = args.operand(0);
    const auto version =
        word ? carded_version(cli.session(), cli.reference(*word)) : carded_checkout(cli.repository());
    const auto card = version.card();
    const auto format = args.value_or("format", "bibtex");
    const auto text = format == "text"  ? cite_text(card, version.facts)
                      : format == "cff" ? cite_cff(card, version.facts)
                                        : cite_bibtex(card, version.facts);
    if (!version.facts.published) {
        cli.warn(fmt::format("{} is a draft; what is cited should not change", version.name));
    }
    if (cli.json()) {
        JsonDocument json(cli.out(), "cite");
        json.member("version", Json(version.name));
        json.member("digest", version.facts.digest ? Json(digest_str(*version.facts.digest)) : Json());
        json.member("format", Json(format));
        json.member("citation", Json(text));
        json.member("also", card.citation.empty() ? Json() : Json(card.citation));
        json.finish();
        return 0;
    }
    std::string_view rest = text;
    const auto print = [&](std::string_view lines) {
        while (!lines.empty()) {
            const auto end = std::min(lines.find('\n'), lines.size());
            cli.out().line(printable(lines.substr(0, end)));
            lines.remove_prefix(std::min(end + 1, lines.size()));
        }
    };
    print(rest);
    if (format != "cff" && !card.citation.empty() && !cli.quiet()) {
        cli.out().line("");
        print(card.citation);
    }
    return 0;
}

} // namespace

CommandSpec command_cite() {
    return CommandSpec("cite", Group::release, 6, "Print how to cite a version: name, digest and authors")
        .choice(0, "format", "FORMAT", {"bibtex", "text", "cff"},
                "BibTeX, one line of text, or the file CITATION.cff; default: bibtex")
        .operand("REF", Count::optional, Complete::reference)
        .json()
        .runs(run_cite);
}

} // namespace ds::cli

// dsctl card: the dataset card, README.md with YAML front matter.
#include "dataset/card.hpp"
#include "base/path.hpp"
#include "base/units.hpp"
#include "cli.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

CardedVersion chosen(Cli& cli, const Arguments& args) {
    const auto word = args.operand(0);
    return word ? carded_version(cli.session(), cli.reference(*word)) : carded_checkout(cli.repository());
}

[[noreturn]] void no_card(const CardedVersion& version) {
    throw Error(ErrorKind::not_found, fmt::format("{} has no card: there is no {}", version.name, card_path),
                version.in_worktree ? "dsctl card edit" : "dsctl ls --in " + version.name);
}

void print_field(Cli& cli, std::string_view name, const std::string& value) {
    if (!value.empty()) {
        cli.out().line(fmt::format("{:<12} {}", name, printable(value)));
    }
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) {
        text += (text.empty() ? "" : ", ") + word;
    }
    return text;
}

void print_card(Cli& cli, const Card& card) {
    print_field(cli, "name", card.pretty_name);
    print_field(cli, "description", card.description);
    print_field(cli, "license", joined(card.licenses));
    print_field(cli, "language", joined(card.languages));
    print_field(cli, "tags", joined(card.tags));
    print_field(cli, "splits", joined(card.split_types));
    std::vector<std::string> names;
    for (const auto& feature : card.features) {
        names.push_back(feature.type.empty() ? feature.name
                                             : fmt::format("{} ({})", feature.name, feature.type));
    }
    print_field(cli, "features", joined(names));
    print_field(cli, "samples", card.num_samples ? grouped(*card.num_samples) : "");
    names.clear();
    for (const auto& person : card.authors) {
        names.push_back(person.email.empty() ? person.name
                                             : fmt::format("{} <{}>", person.name, person.email));
    }
    print_field(cli, "authors", joined(names));
    print_field(cli, "contact", card.contact);
    print_field(cli, "homepage", card.homepage);
    print_field(cli, "download", card.download_url);
    print_field(cli, "citation", card.citation);
    std::string_view body = card.body;
    if (body.find_first_not_of(" \r\n\t") == std::string_view::npos) {
        return;
    }
    cli.out().line("");
    while (!body.empty()) {
        const auto end = std::min(body.find('\n'), body.size());
        auto line = body.substr(0, end);
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        cli.out().line(printable(line));
        body.remove_prefix(std::min(end + 1, body.size()));
    }
}

int run_show(Cli& cli, const Arguments& args) {
    const auto version = chosen(cli, args);
    if (!version.text) {
        no_card(version);
    }
    const auto card = version.card();
    if (cli.json()) {
        JsonDocument json(cli.out(), "card-show");
        json.member("version", Json(version.name));
        json.member("card", card_json(card));
        json.member("body", Json(card.body));
        json.finish();
    } else {
        print_card(cli, card);
    }
    return 0;
}

int run_lint(Cli& cli, const Arguments& args) {
    const auto version = chosen(cli, args);
    const auto problems = version.text
                              ? lint_card(*version.text)
                              : std::vector<CardProblem>{{0, fmt::format("{} has no card", version.name),
                                                          version.in_worktree ? "dsctl card edit" : ""}};
    if (cli.json()) {
        JsonDocument json(cli.out(), "card-lint");
        json.member("version", Json(version.name));
        json.begin_array("problems");
        for (const auto& problem : problems) {
            json.item(Json::object()
                          .set("line", problem.line != 0 ? Json(problem.line) : Json())
                          .set("problem", Json(problem.text))
                          .set("hint", problem.hint.empty() ? Json() : Json(problem.hint)));
        }
        json.end_array();
        json.finish();
    } else {
        for (const auto& problem : problems) {
            const auto where =
                problem.line != 0 ? fmt::format("{}:{}", card_path, problem.line) : std::string(card_path);
            cli.out().line(
                fmt::format("{}: {}{}", where, printable(problem.text),
                            problem.hint.empty() ? "" : fmt::format(" ({})", printable(problem.hint))));
        }
        if (problems.empty() && !cli.quiet()) {
            cli.out().line(fmt::format("the card of {} is sound", version.name));
        }
    }
    return problems.empty() ? 0 : 1;
}

int run_edit(Cli& cli, const Arguments&) {
    auto& repository = cli.repository();
    if (!cli.interactive()) {
        throw Error(
            ErrorKind::usage,
            fmt::format("nobody can edit here: this is no terminal, or a notebook cell; write {} with "
                        "any tool",
                        card_path),
            fmt::format("dsctl card edit in a terminal, or write {} and run dsctl card lint", card_path));
    }
    bool existed = false;
    const auto path = card_to_edit(repository, existed);
    cli.edit_in_place(path, fmt::format("set EDITOR, or write {} with any tool", printable(path)));
    const auto version = carded_checkout(repository);
    const auto problems = version.text ? lint_card(*version.text) : std::vector<CardProblem>();
    if (cli.json()) {
        JsonDocument json(cli.out(), "card-edit");
        json.bytes_member("path", path);
        json.member("made", Json(!existed));
        json.member("problems", Json(static_cast<std::uint64_t>(problems.size())));
        json.finish();
    } else if (!cli.quiet()) {
        cli.out().line(fmt::format("{}: {}", card_path,
                                   problems.empty() ? "sound" : plural(problems.size(), "problem")));
        cli.hint(problems.empty() ? fmt::format("dsctl add {}", card_path) : "dsctl card lint");
    }
    return 0;
}

int run_export(Cli& cli, const Arguments& args) {
    const auto format = args.value("to");
    if (!format) {
        throw Error(ErrorKind::usage, "say for whom the card is", "--to hf, llmos, croissant or openlineage");
    }
    auto version = chosen(cli, args);
    if (!version.text) {
        if (*format == "hf") {
            no_card(version);
        }
        cli.warn(fmt::format("{} has no card; only what the version itself tells is exported", version.name));
    }
    const auto card = version.card();
    Json document;
    if (*format == "llmos") {
        document = card_for_llmos(card, version.facts);
    } else if (*format == "croissant") {
        if (card.licenses.empty()) {
            cli.warn("the card names no license, which Croissant wants");
        }
        document = card_for_croissant(card, version.facts, version.files());
    } else if (*format == "openlineage") {
        document = card_for_openlineage(card, version.facts);
    } else {
        document = Json(card_for_hf(card));
    }
    if (cli.json()) {
        JsonDocument json(cli.out(), "card-export");
        json.member("version", Json(version.name));
        json.member("to", Json(*format));
        json.member("document", document);
        json.finish();
    } else if (document.is_string()) {
        cli.out().write(document.str());
    } else {
        cli.out().line(document.dump(true));
    }
    return 0;
}

} // namespace

CommandSpec command_card() {
    return CommandSpec("card", Group::release, 5, "Show, edit, check and export the dataset card (README.md)")
        .child(CommandSpec("show", "Show what the card says")
                   .operand("REF", Count::optional, Complete::reference)
                   .json()
                   .runs(run_show))
        .child(CommandSpec("edit", "Edit the card of this checkout, from a template if there is none")
                   .json()
                   .runs(run_edit))
        .child(CommandSpec("lint", "Name what is wrong with the card; exit status 1 if something is")
                   .operand("REF", Count::optional, Complete::reference)
                   .json()
                   .runs(run_lint))
        .child(CommandSpec("export", "Print the card in the form that another system reads")
                   .choice(0, "to", "FORMAT", {"hf", "llmos", "croissant", "openlineage"}, "for whom")
                   .operand("REF", Count::optional, Complete::reference)
                   .json()
                   .runs(run_export));
}

} // namespace ds::cli

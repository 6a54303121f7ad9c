// dsctl lineage: where a version came from, and who used it.
#include "dataset/lineage.hpp"
#include "base/path.hpp"
#include "base/units.hpp"
#include "cli.hpp"
#include "term/table.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

constexpr std::uint64_t default_uses = 20;
constexpr std::uint64_t max_uses = 1000;

Json facts_json(const VersionFacts& facts) {
    auto json = Json::object();
    json.set("registry", Json(facts.registry)).set("dataset", Json(facts.dataset.str()));
    json.set("version", Json(facts.version)).set("state", Json(facts.published ? "published" : "draft"));
    json.set("digest", facts.digest ? Json(digest_str(*facts.digest)) : Json());
    json.set("commit", facts.commit.empty() ? Json() : Json(facts.commit));
    json.set("uri", Json(version_uri(facts)));
    json.set("files", Json(facts.files)).set("bytes", Json(facts.bytes));
    return json.set("author", Json(facts.author)).set("time", Json(rfc3339(facts.time)));
}

std::string_view relation_word(LineageStep::Relation relation) {
    return relation == LineageStep::Relation::parent ? "parent" : "origin";
}

Json step_json(const LineageStep& step) {
    auto json = Json::object();
    json.set("relation", Json(relation_word(step.relation))).set("ref", Json(step.ref));
    json.set("digest", step.digest ? Json(digest_str(*step.digest)) : Json());
    json.set("version", step.facts ? facts_json(*step.facts) : Json());
    return json.set("remark", step.remark.empty() ? Json() : Json(step.remark));
}

Json use_json(const UseRecord& use) {
    auto json = Json::object();
    json.set("time", Json(rfc3339(use.time))).set("action", Json(use.action));
    json.set("user", Json(use.user)).set("host", Json(use.host));
    Json run;
    if (use.run) {
        run = Json::object();
        run.set("source", Json(use.run->source)).set("id", Json(use.run->id));
        run.set("job", use.run->job.empty() ? Json() : Json(use.run->job));
    }
    json.set("run", std::move(run)).set("commit", Json(use.commit));
    return json.set("digest", use.digest ? Json(digest_str(*use.digest)) : Json());
}

void print_json(Cli& cli, const Lineage& lineage) {
    JsonDocument json(cli.out(), "lineage");
    json.member("ref", Json(lineage.ref));
    json.member("version", facts_json(lineage.facts));
    json.begin_array("from");
    for (const auto& step : lineage.from) {
        json.item(step_json(step));
    }
    json.end_array();
    json.begin_array("uses");
    for (const auto& use : lineage.uses) {
        json.item(use_json(use));
    }
    json.end_array();
    json.member("recorded", Json(lineage.recorded));
    json.member("damaged", Json(lineage.damaged));
    json.finish();
}

void print_human(Cli& cli, const Lineage& lineage) {
    auto& out = cli.out();
    const auto line = [&](const VersionFacts& facts) {
        const auto what = facts.digest           ? digest_str(*facts.digest)
                          : facts.commit.empty() ? std::string("draft without commits")
                                                 : "draft, commit " + facts.commit;
        return fmt::format("{}, {}{}", what, rfc3339(facts.time),
                           facts.author.empty() ? "" : " by " + printable(facts.author));
    };
    out.line(cli.style().bold(printable(lineage.ref)));
    out.line("    " + line(lineage.facts));
    for (const auto& step : lineage.from) {
        out.line(fmt::format("{} {}",
                             step.relation == LineageStep::Relation::parent ? "made from" : "inherits from",
                             cli.style().bold(printable(step.ref))));
        if (step.facts) {
            out.line("    " + line(*step.facts));
        } else if (step.digest) {
            out.line("    " + digest_str(*step.digest));
        }
        if (!step.remark.empty()) {
            out.line("    " + cli.style().yellow(printable(step.remark)));
        }
    }
    if (lineage.from.empty()) {
        out.line("made from nothing that is known: it started new");
    }
    out.line("");
    if (lineage.uses.empty()) {
        out.line("no use is recorded");
    } else {
        Table table;
        table.column("USED").column("BY").column("HOST").column("HOW").column("RUN");
        for (const auto& use : lineage.uses) {
            table.row({rfc3339(use.time), printable(use.user), printable(use.host), use.action,
                       use.run ? printable(use.run->source + " " + use.run->id) : "-"});
        }
        out.write(table.text(cli.style()));
    }
    if (!lineage.unasked.empty()) {
        cli.warn("the registry's records of uses cannot be read: " + printable(lineage.unasked));
    }
    if (lineage.damaged > 0) {
        cli.warn(fmt::format("{} in the registry cannot be read and {} left out",
                             plural(lineage.damaged, "record of a use", "records of uses"),
                             lineage.damaged == 1 ? "is" : "are"));
    }
    if (lineage.recorded > lineage.uses.size()) {
        cli.info(fmt::format("{} {}{} recorded in all; -n shows more", grouped(lineage.recorded),
                             lineage.more ? "and more " : "", lineage.recorded == 1 ? "is" : "are"));
    }
}

int run_lineage(Cli& cli, const Arguments& args) {
    LineageOptions options;
    const auto most = args.number("uses").value_or(default_uses);
    if (most > max_uses) {
        throw Error(ErrorKind::usage, fmt::format("-n takes a number up to {}", max_uses));
    }
    options.most_uses = static_cast<std::size_t>(most);
    const auto word = args.operand(0);
    const auto result = word ? lineage(cli.session(), cli.reference(*word), options)
                             : lineage_here(cli.repository(), options);
    if (args.value_or("format", "text") == "openlineage") {
        if (cli.json()) {
            JsonDocument json(cli.out(), "lineage-events");
            json.begin_array("events");
            for (const auto& event : lineage_events(result)) {
                json.item(event);
            }
            json.end_array();
            json.finish();
            return 0;
        }
        for (const auto& event : lineage_events(result)) {
            cli.out().line(event.dump());
        }
    } else if (cli.json()) {
        print_json(cli, result);
    } else {
        print_human(cli, result);
    }
    return 0;
}

} // namespace

CommandSpec command_lineage() {
    return CommandSpec("lineage", Group::inspect, 8, "Show where a version came from, and who used it")
        .option('n', "uses", "N", "so many uses, the newest; default: 20")
        .choice(0, "format", "FORMAT", {"text", "openlineage"}, "for people, or one OpenLineage event a line")
        .operand("REF", Count::optional, Complete::reference)
        .json()
        .runs(run_lineage);
}

} // namespace ds::cli

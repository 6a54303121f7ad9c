// dsctl log: the commits of a version.
#include "cli.hpp"
#include "dataset/versions.hpp"
#include "render.hpp"
#include "term/graph.hpp"

#include <fmt/format.h>
#include <optional>

namespace ds::cli {

namespace {

void print_lines(Cli& cli, const std::string& text, const std::string& first, const std::string& further) {
    bool is_first = true;
    std::string_view rest = text;
    while (!rest.empty()) {
        const auto end = rest.find('\n');
        auto line = (is_first ? first : further) + std::string(rest.substr(0, end));
        line.erase(line.find_last_not_of(' ') + 1);
        cli.out().line(line);
        is_first = false;
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
}

std::string oneline(const LogCommit& commit, const Style& style) {
    return fmt::format("{}{} {}{}", style.yellow(commit.commit.id.short_hex()),
                       names_text(commit.names, style), commit.held == false ? "[not held] " : "",
                       subject(commit.commit.data.message));
}

int run_log(Cli& cli, const Arguments& args) {
    LogOptions options;
    for (const auto& word : args.words) {
        const auto range = split_range(word);
        options.revisions.push_back(range ? range->second : version_word(word));
        if (range) {
            options.hidden.push_back(range->first);
        }
    }
    options.paths = cli.paths(args.after_dashes);
    std::erase(options.paths, ""); // the root: no limit at all
    options.limit = args.number("max-count");
    const bool graph = args.has("graph");
    const bool short_form = args.has("oneline");
    options.rewrite_parents = graph;
    options.judge_content = cli.json() || !cli.quiet();
    auto& repository = cli.repository();
    if (cli.json()) {
        // Begun with the first commit: an unknown revision prints an error and no half of a document.
        std::optional<JsonDocument> json;
        const auto begin = [&] {
            if (!json) {
                json.emplace(cli.out(), "log");
                json->begin_array("commits");
            }
        };
        log(repository, options, [&](const LogCommit& commit) {
            begin();
            json->item(commit_json(commit));
            return true;
        });
        begin();
        json->end_array();
        json->finish();
        return 0;
    }
    if (!cli.quiet()) {
        cli.start_pager();
    }
    CommitGraph lanes;
    bool first = true;
    log(repository, options, [&](const LogCommit& commit) {
        if (cli.quiet()) {
            cli.out().line(commit.commit.id.hex());
            return true;
        }
        const auto text = short_form ? oneline(commit, cli.style())
                                     : (first || graph ? "" : "\n") + commit_text(commit, cli.style());
        first = false;
        if (!graph) {
            cli.out().write(short_form ? text + "\n" : text);
            return true;
        }
        std::vector<std::string> parents;
        parents.reserve(commit.commit.data.parents.size());
        for (const auto& parent : commit.commit.data.parents) {
            parents.push_back(parent.hex());
        }
        const auto rows = lanes.add(commit.commit.id.hex(), parents);
        print_lines(cli, text, rows.commit + " ", rows.padding + (rows.padding.empty() ? "  " : " "));
        if (!short_form && rows.after.empty()) {
            cli.out().line(rows.padding);
        }
        for (const auto& row : rows.after) {
            cli.out().line(row);
        }
        return true;
    });
    return 0;
}

} // namespace

CommandSpec command_log() {
    return CommandSpec("log", Group::inspect, 1, "Show the commits of a version, newest first")
        .option('n', "max-count", "N", "at most N commits")
        .flag(0, "oneline", "one line per commit")
        .flag(0, "graph", "draw how commits follow each other")
        .operand("REV", Count::any, Complete::version)
        .dashed("PATH", Complete::path)
        .json()
        .runs(run_log);
}

} // namespace ds::cli

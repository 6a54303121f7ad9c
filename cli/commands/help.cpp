// dsctl help: the same text as --help.
#include "help.hpp"

#include "base/path.hpp"
#include "base/units.hpp"
#include "cli.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

int run_help(Cli& cli, const Arguments& args) {
    const auto commands = all_commands();
    std::vector<const CommandSpec*> path;
    const std::vector<CommandSpec>* choices = &commands;
    if (const auto word = args.operand(0); word && args.all().size() == 1) {
        for (const auto& topic : topics()) {
            if (topic.name == *word) {
                cli.out().write(topic_text(topic, cli.style()));
                return 0;
            }
        }
    }
    for (const auto& word : args.all()) {
        const CommandSpec* found = nullptr;
        std::vector<std::string> names;
        if (path.empty()) {
            for (const auto& topic : topics()) {
                names.push_back(topic.name);
            }
        }
        for (const auto& spec : *choices) {
            found = spec.name == word ? &spec : found;
            names.push_back(spec.name);
        }
        if (found == nullptr) {
            const auto near = closest(word, names);
            throw Error(ErrorKind::not_found, fmt::format("there is no help on '{}'", printable(word)),
                        near.empty() ? "dsctl help" : fmt::format("did you mean '{}'?", near));
        }
        path.push_back(found);
        choices = &found->children;
    }
    cli.out().write(path.empty() ? overview_text(commands, cli.style()) : help_text(path, cli.style()));
    return 0;
}

} // namespace

CommandSpec command_help() {
    return CommandSpec("help", Group::upkeep, 7,
                       "Show what dsctl, or one of its commands, does; or explain a topic")
        .operand("COMMAND|TOPIC", Count::any, Complete::command)
        .runs(run_help);
}

} // namespace ds::cli

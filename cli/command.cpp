#include "command.hpp"

#include "base/error.hpp"
#include "base/number.hpp"
#include "base/path.hpp"
#include "base/units.hpp"

#include <fmt/format.h>

namespace ds::cli {

std::string_view group_title(Group group) {
    switch (group) {
    case Group::start:
        return "Begin";
    case Group::work:
        return "Work on files";
    case Group::versions:
        return "Versions";
    case Group::inspect:
        return "Look";
    case Group::release:
        return "Release";
    case Group::share:
        return "Exchange with registries";
    case Group::registry:
        return "Registries";
    case Group::upkeep:
        return "Upkeep";
    case Group::plumbing:
        return "Plumbing, for scripts";
    }
    return "";
}

std::string OptionSpec::usage() const {
    std::string text = letter != 0 ? fmt::format("-{}, ", letter) : "    ";
    text += "--" + name;
    if (!value.empty()) {
        text += " " + value;
    }
    return text;
}

std::string OperandSpec::usage() const {
    const std::string word = count == Count::any || count == Count::some ? name + "..." : name;
    const std::string shown = count == Count::optional || count == Count::any ? "[" + word + "]" : word;
    return after_dashes ? "[-- " + word + "]" : shown;
}

std::optional<std::string> Arguments::value(const std::string& option) const {
    const auto it = options_.find(option);
    return it == options_.end() || it->second.empty() ? std::nullopt : std::optional(it->second.back());
}

std::vector<std::string> Arguments::values(const std::string& option) const {
    const auto it = options_.find(option);
    return it == options_.end() ? std::vector<std::string>{} : it->second;
}

std::string Arguments::value_or(const std::string& option, std::string otherwise) const {
    return value(option).value_or(std::move(otherwise));
}

namespace {

template <class Parse>
std::optional<std::uint64_t> parsed(const Arguments& args, const std::string& option, std::string_view what,
                                    const Parse& parse) {
    const auto text = args.value(option);
    if (!text) {
        return std::nullopt;
    }
    const auto n = parse(*text);
    if (!n) {
        throw Error(ErrorKind::usage,
                    fmt::format("option --{} takes {}, not '{}'", option, what, printable(*text)));
    }
    return n;
}

} // namespace

std::optional<std::uint64_t> Arguments::number(const std::string& option) const {
    return parsed(*this, option, "a number", parse_number);
}

std::optional<std::uint64_t> Arguments::size(const std::string& option) const {
    return parsed(*this, option, "a size, as 500M or 10GiB", parse_bytes);
}

std::vector<std::string> Arguments::all() const {
    auto result = words;
    result.insert(result.end(), after_dashes.begin(), after_dashes.end());
    return result;
}

std::optional<std::string> Arguments::operand(std::size_t i) const {
    if (i < words.size()) {
        return words[i];
    }
    i -= words.size();
    return i < after_dashes.size() ? std::optional(after_dashes[i]) : std::nullopt;
}

CommandSpec&& CommandSpec::flag(char letter, std::string option, std::string help) && {
    options.push_back({letter, std::move(option), "", std::move(help), false, Complete::nothing, {}});
    return std::move(*this);
}

CommandSpec&& CommandSpec::option(char letter, std::string option, std::string value, std::string help,
                                  Complete complete) && {
    options.push_back({letter, std::move(option), std::move(value), std::move(help), false, complete, {}});
    return std::move(*this);
}

CommandSpec&& CommandSpec::options_of(char letter, std::string option, std::string value,
                                      std::string help) && {
    options.push_back(
        {letter, std::move(option), std::move(value), std::move(help), true, Complete::nothing, {}});
    return std::move(*this);
}

CommandSpec&& CommandSpec::choice(char letter, std::string option, std::string value,
                                  std::vector<std::string> choices, std::string help) && {
    options.push_back({letter, std::move(option), std::move(value), std::move(help), false, Complete::nothing,
                       std::move(choices)});
    return std::move(*this);
}

CommandSpec&& CommandSpec::operand(std::string operand, Count count, Complete complete) && {
    operands.push_back({std::move(operand), count, complete});
    return std::move(*this);
}

CommandSpec&& CommandSpec::dashed(std::string operand, Complete complete) && {
    operands.push_back({std::move(operand), Count::any, complete, true});
    return std::move(*this);
}

CommandSpec&& CommandSpec::child(CommandSpec spec) && {
    children.push_back(std::move(spec));
    return std::move(*this);
}

CommandSpec&& CommandSpec::json() && {
    prints_json = true;
    return std::move(*this);
}

CommandSpec&& CommandSpec::nul() && {
    prints_paths = true;
    return std::move(*this);
}

CommandSpec&& CommandSpec::hide() && {
    hidden = true;
    return std::move(*this);
}

CommandSpec&& CommandSpec::runs(std::function<int(Cli&, const Arguments&)> function) && {
    run = std::move(function);
    return std::move(*this);
}

std::string CommandSpec::usage() const {
    std::string text = name;
    if (!children.empty()) {
        return text + " COMMAND";
    }
    if (!options.empty()) {
        text += " [options]";
    }
    for (const auto& operand : operands) {
        text += " " + operand.usage();
    }
    return text;
}

const CommandSpec* CommandSpec::find_child(std::string_view child) const {
    for (const auto& spec : children) {
        if (spec.name == child) {
            return &spec;
        }
    }
    return nullptr;
}

const std::vector<OptionSpec>& global_options() {
    static const std::vector<OptionSpec> options = [] {
        std::vector<OptionSpec> list;
        const auto add = [&](char letter, const char* name, const char* value, const char* help,
                             Complete complete = Complete::nothing, std::vector<std::string> choices = {}) {
            list.push_back({letter, name, value, help, false, complete, std::move(choices)});
        };
        add('C', "directory", "DIR", "run as if started in DIR", Complete::folder);
        add(0, "json", "", "print one JSON document instead of text for people");
        add('z', "null", "", "print paths as they are, each ended by a NUL byte");
        add('q', "quiet", "", "print ids or paths only, and no notices");
        add('j', "jobs", "N", "do at most N things at once (default: as many as there are processors)");
        add(0, "progress", "MODE", "how to show progress on stderr", Complete::nothing,
            {"auto", "tty", "plain", "json", "none"});
        add(0, "color", "WHEN", "when to colour the output", Complete::nothing, {"auto", "always", "never"});
        add(0, "no-pager", "", "do not start a pager");
        add('y', "yes", "", "answer every question with yes");
        add(0, "no-input", "", "never ask");
        add('h', "help", "", "show help");
        add(0, "version", "", "show the version of dsctl");
        return list;
    }();
    return options;
}

const std::vector<ExitStatus>& exit_statuses() {
    static const std::vector<ExitStatus> table = {
        {0, "done"},
        {1, "\"no\" or \"differs\": a comparison does not hold, there is nothing to commit"},
        {3, "something named does not exist"},
        {4, "credentials are missing or refused"},
        {5, "a failure worth retrying, or an outcome that is not known"},
        {6, "a conflict, or something published and immutable"},
        {7, "corrupt data: bytes differ from their hash"},
        {8, "locked by another process"},
        {128, "any other failure"},
        {129, "wrong usage"},
        {130, "interrupted"},
    };
    return table;
}

} // namespace ds::cli

// The only file that includes CLI11. CLI11 takes options apart; commands, operands, "--" and suggestions are
// handled here, because operands are names made of any bytes, and CLI11 gives some of them a meaning.
#include "parser.hpp"

#include "base/context.hpp"
#include "base/error.hpp"
#include "base/path.hpp"
#include "base/units.hpp"
#include "dataset/settings.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace ds::cli {

namespace {

/// CLI11 takes "++" for the end of a subcommand; in here it travels under this name.
const std::string plus_plus = "\x01++";

const OptionSpec* find_option(const std::vector<OptionSpec>& options, std::string_view name) {
    for (const auto& option : options) {
        if (option.name == name || (name.size() == 1 && option.letter == name[0])) {
            return &option;
        }
    }
    return nullptr;
}

std::string command_name(const std::vector<const CommandSpec*>& path) {
    std::string name;
    for (const auto* spec : path) {
        name += (name.empty() ? "" : " ") + spec->name;
    }
    return name;
}

} // namespace

std::string help_hint(const std::vector<const CommandSpec*>& path) {
    return path.empty() ? "dsctl help" : "dsctl help " + command_name(path);
}

namespace {

/// What a level of the command line came to.
struct Level {
    Arguments arguments;
    std::vector<std::string> rest;
};

class LevelParser {
  public:
    LevelParser(std::vector<OptionSpec> options, const std::vector<const CommandSpec*>& path)
        : options_(std::move(options)), path_(path) {}

    /// @param stop_at_word leaves everything from the first operand on in `rest`
    Level parse(std::vector<std::string> argv, bool stop_at_word) {
        CLI::App app("", "dsctl");
        app.set_help_flag();
        app.allow_extras();
        app.prefix_command(stop_at_word);
        std::vector<CLI::Option*> handles;
        std::vector<std::vector<std::string>> values(options_.size());
        for (std::size_t i = 0; i < options_.size(); ++i) {
            const auto& spec = options_[i];
            const auto names = (spec.letter != 0 ? fmt::format("-{},", spec.letter) : "") + "--" + spec.name;
            if (spec.value.empty()) {
                handles.push_back(app.add_flag(names));
            } else {
                handles.push_back(app.add_option(names, values[i])
                                      ->expected(1)
                                      ->allow_extra_args(false)
                                      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll));
            }
        }
        prepare(argv);
        std::reverse(argv.begin(), argv.end()); // CLI11 takes from the back
        try {
            app.parse(std::move(argv));
        } catch (const CLI::ArgumentMismatch& e) {
            const std::string text = e.what();
            throw usage(fmt::format("option {} needs a value", text.substr(0, text.find(':'))));
        } catch (const CLI::ParseError& e) {
            throw usage(e.what());
        }
        Level level;
        for (std::size_t i = 0; i < options_.size(); ++i) {
            if (handles[i]->count() == 0) {
                continue;
            }
            auto& list = level.arguments.options_[options_[i].name];
            if (!options_[i].value.empty()) {
                for (const auto& value : handles[i]->results()) {
                    list.push_back(value == plus_plus ? "++" : value);
                }
                check_choice(options_[i], list.back());
            }
        }
        for (auto& word : app.remaining()) {
            level.rest.push_back(word == plus_plus ? "++" : word);
        }
        return level;
    }

    [[nodiscard]] Error usage(const std::string& message) const {
        return {ErrorKind::usage, message, help_hint(path_)};
    }

    [[nodiscard]] Error unknown_option(const std::string& word) const {
        std::vector<std::string> names;
        names.reserve(options_.size());
        for (const auto& option : options_) {
            names.push_back("--" + option.name);
        }
        const auto near =
            word.starts_with("--") ? closest(word.substr(0, word.find('=')), names) : std::string();
        const auto command = path_.empty() ? "dsctl" : "dsctl " + command_name(path_);
        return {ErrorKind::usage, fmt::format("{} has no option '{}'", command, printable(word)),
                near.empty() ? help_hint(path_) : fmt::format("did you mean '{}'?", near)};
    }

  private:
    /// "--name=value" becomes two words (CLI11 takes the next word for an empty value), "++" is hidden.
    void prepare(std::vector<std::string>& argv) const {
        std::vector<std::string> out;
        for (auto& word : argv) {
            const auto equals = word.find('=');
            if (word.starts_with("--") && equals != std::string::npos) {
                const auto name = word.substr(2, equals - 2);
                const auto* option = name.size() > 1 ? find_option(options_, name) : nullptr;
                if (option != nullptr && option->value.empty()) {
                    throw usage(fmt::format("option --{} takes no value", name));
                }
                if (option != nullptr) {
                    out.push_back(word.substr(0, equals));
                    out.push_back(word.substr(equals + 1));
                    continue;
                }
            }
            out.push_back(word == "++" ? plus_plus : word);
        }
        argv = std::move(out);
    }

    void check_choice(const OptionSpec& option, const std::string& value) const {
        if (option.choices.empty() ||
            std::find(option.choices.begin(), option.choices.end(), value) != option.choices.end()) {
            return;
        }
        throw usage(fmt::format("--{} is one of {}, not '{}'", option.name, fmt::join(option.choices, ", "),
                                printable(value)));
    }

    std::vector<OptionSpec> options_;
    const std::vector<const CommandSpec*>& path_;
};

void take_globals(const Arguments& given, Globals& globals) {
    if (const auto directory = given.value("directory")) {
        globals.directory = directory;
    }
    if (const auto jobs = given.value("jobs")) {
        globals.jobs = parse_jobs(*jobs);
        if (!globals.jobs) {
            throw Error(ErrorKind::usage,
                        fmt::format("--jobs is a number from 1 to {}, not '{}'", max_jobs, printable(*jobs)),
                        "dsctl help");
        }
    }
    globals.json = globals.json || given.has("json");
    globals.nul = globals.nul || given.has("null");
    globals.quiet = globals.quiet || given.has("quiet");
    globals.progress = given.value_or("progress", globals.progress);
    if (const auto color = given.value("color")) {
        globals.color = *color == "always"  ? ColorMode::always
                        : *color == "never" ? ColorMode::never
                                            : ColorMode::automatic;
    }
    globals.pager = globals.pager && !given.has("no-pager");
    globals.yes = globals.yes || given.has("yes");
    globals.input = globals.input && !given.has("no-input");
    globals.help = globals.help || given.has("help");
    globals.version = globals.version || given.has("version");
}

/// Global options, unless the command has one of the same name or letter.
std::vector<OptionSpec> with_globals(std::vector<OptionSpec> own) {
    for (auto option : global_options()) {
        if (find_option(own, option.name) != nullptr) {
            continue;
        }
        if (option.letter != 0 && find_option(own, std::string(1, option.letter)) != nullptr) {
            option.letter = 0;
        }
        own.push_back(std::move(option));
    }
    return own;
}

/// What git calls otherwise; empty for any other word.
std::string_view way_of_git_command(std::string_view word) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 4> ways = {
        {{"branch", "dsctl versions lists them, dsctl draft begins one"},
         {"checkout", "dsctl switch VERSION, or dsctl restore PATH"},
         {"remote", "dsctl registry list"},
         {"tag", "dsctl publish, which seals a draft"}}};
    const auto* const it =
        std::find_if(ways.begin(), ways.end(), [&](const auto& way) { return way.first == word; });
    return it == ways.end() ? std::string_view() : it->second;
}

const CommandSpec& find_command(const std::vector<CommandSpec>& commands, const std::string& word,
                                const std::vector<const CommandSpec*>& path) {
    std::vector<std::string> names;
    for (const auto& spec : commands) {
        if (spec.name == word) {
            return spec;
        }
        if (!spec.hidden) {
            names.push_back(spec.name);
        }
    }
    const auto near = closest(word, names);
    const auto way = path.empty() ? way_of_git_command(word) : std::string_view();
    throw Error(ErrorKind::usage,
                fmt::format("'{}' is not a dsctl {}command", printable(word),
                            path.empty() ? "" : command_name(path) + " "),
                !way.empty()   ? std::string(way)
                : near.empty() ? help_hint(path)
                               : fmt::format("did you mean '{}'?", near));
}

void check_operands(const CommandSpec& spec, const Arguments& arguments, const LevelParser& parser) {
    std::size_t least = 0;
    std::size_t most = 0;
    const bool has_dashed = !spec.operands.empty() && spec.operands.back().after_dashes;
    std::string missing;
    for (const auto& operand : spec.operands) {
        if (operand.after_dashes) {
            continue;
        }
        if (operand.count == Count::one || operand.count == Count::some) {
            if (arguments.all().size() == least) {
                missing = operand.name;
            }
            ++least;
        }
        most = operand.count == Count::any || operand.count == Count::some ? SIZE_MAX
               : most == SIZE_MAX                                          ? most
                                                                           : most + 1;
    }
    const auto given = has_dashed ? arguments.words.size() : arguments.all().size();
    if (given < least) {
        throw parser.usage(missing.empty() ? "an operand is missing: dsctl " + spec.usage()
                                           : fmt::format("{} is missing", missing));
    }
    if (given > most) {
        const auto all = arguments.all();
        throw parser.usage(fmt::format("unexpected operand '{}'{}", printable(all[most]),
                                       has_dashed ? " (paths stand behind --)" : ""));
    }
}

} // namespace

Invocation parse_command_line(const std::vector<CommandSpec>& commands, std::vector<std::string> argv,
                              Globals& globals) {
    Invocation invocation;
    Arguments behind;
    const auto dashes = std::find(argv.begin(), argv.end(), "--");
    if (dashes != argv.end()) {
        behind.dashes = true;
        behind.after_dashes.assign(dashes + 1, argv.end());
        argv.erase(dashes, argv.end());
    }
    const std::vector<CommandSpec>* choices = &commands;
    while (true) {
        LevelParser parser(with_globals({}), invocation.path);
        auto level = parser.parse(std::move(argv), true);
        take_globals(level.arguments, globals);
        invocation.globals = globals;
        if (level.rest.empty()) {
            return invocation; // no command, or a group without one of its own
        }
        if (level.rest.front().starts_with("-") && level.rest.front() != "-") {
            throw parser.unknown_option(level.rest.front());
        }
        const auto& spec = find_command(*choices, level.rest.front(), invocation.path);
        invocation.path.push_back(&spec);
        argv.assign(level.rest.begin() + 1, level.rest.end());
        if (spec.children.empty()) {
            break;
        }
        choices = &spec.children;
    }
    const auto& spec = *invocation.path.back();
    LevelParser parser(with_globals(spec.options), invocation.path);
    auto level = parser.parse(std::move(argv), false);
    take_globals(level.arguments, globals);
    invocation.globals = globals;
    for (const auto& word : level.rest) {
        if (word.size() > 1 && word.front() == '-') {
            throw parser.unknown_option(word);
        }
    }
    invocation.arguments = std::move(level.arguments);
    invocation.arguments.words = std::move(level.rest);
    invocation.arguments.dashes = behind.dashes;
    invocation.arguments.after_dashes = std::move(behind.after_dashes);
    if (globals.help) {
        return invocation;
    }
    check_operands(spec, invocation.arguments, parser);
    if (globals.json && !spec.prints_json) {
        throw parser.usage(fmt::format("dsctl {} has no JSON form", command_name(invocation.path)));
    }
    if (globals.nul && !spec.prints_paths) {
        throw parser.usage(fmt::format("dsctl {} prints no paths for -z", command_name(invocation.path)));
    }
    return invocation;
}

} // namespace ds::cli

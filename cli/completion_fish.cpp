// Completion for fish: one `complete` per word.
#include "completion.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ds::cli {

namespace {

std::string fish_words(Complete kind) {
    switch (kind) {
    case Complete::nothing:
    case Complete::path:
        return "";
    case Complete::folder:
        return "(__fish_complete_directories)";
    case Complete::command:
        return "(__dsctl_commands)";
    default:
        return fmt::format("(command dsctl __complete {} 2>/dev/null)", kind_word(kind));
    }
}

std::string fish_option(const OptionSpec& option, const std::string& condition) {
    std::string text = "complete -c dsctl" + condition;
    text += option.letter != 0 ? fmt::format(" -s {}", option.letter) : "";
    text += fmt::format(" -l {}", option.name);
    if (!option.value.empty()) {
        const auto words = option.choices.empty() ? fish_words(option.complete)
                                                  : fmt::format("{}", fmt::join(option.choices, " "));
        text += option.complete == Complete::path ? " -r" : " -x";
        text += words.empty() ? "" : " -a " + quoted(words);
    }
    return text + " -d " + quoted(option.help) + "\n";
}

} // namespace

std::string fish_script(const std::vector<CommandSpec>& commands) {
    std::string text = R"sh(# fish completion of dsctl; made by: dsctl completion fish

# The words of the command line that are neither options nor their values, without dsctl itself.
function __dsctl_words
    set -l tokens (commandline -opc)
    set -e tokens[1]
    set -l skip 0
    for token in $tokens
        if test $skip = 1
            set skip 0
            continue
        end
        switch $token
            case -C --directory --progress --color
                set skip 1
            case '-*'
            case '*'
                echo $token
        end
    end
end

# Whether the command is "$argv".
function __dsctl_at
    set -l words (__dsctl_words)
    test (count $words) -ge (count $argv); or return 1
    for i in (seq (count $argv))
        test $words[$i] = $argv[$i]; or return 1
    end
end

# Whether exactly "$argv" was typed, so that a command of its own comes next.
function __dsctl_only
    set -l words (__dsctl_words)
    test (count $words) -eq (count $argv); and __dsctl_at $argv
end

function __dsctl_none
    test (count (__dsctl_words)) -eq 0
end

function __dsctl_commands
    string split ' ' )sh" +
                       quoted(visible_names(commands)) + "\nend\n\ncomplete -c dsctl -f\n";
    for (const auto& option : global_options()) {
        text += fish_option(option, "");
    }
    for (const auto& named : visible_commands(commands)) {
        const auto& spec = *named.spec;
        const auto at = fmt::format("{}", fmt::join(named.words, " "));
        const auto parent =
            named.words.size() == 1 ? std::string("__dsctl_none") : "__dsctl_only " + named.words[0];
        text += fmt::format("complete -c dsctl -n {} -a {} -d {}\n", quoted(parent), spec.name,
                            quoted(spec.summary));
        const auto condition = " -n " + quoted("__dsctl_at " + at);
        for (const auto& option : spec.options) {
            text += fish_option(option, condition);
        }
        const auto kind = spec.operands.empty() ? Complete::nothing : spec.operands.front().complete;
        if (spec.name == "completion") {
            text += "complete -c dsctl" + condition + " -a 'bash zsh fish'\n";
        } else if (kind == Complete::path) {
            text += "complete -c dsctl" + condition + " -F\n";
        } else if (!fish_words(kind).empty()) {
            text += "complete -c dsctl" + condition + " -a " + quoted(fish_words(kind)) + "\n";
        }
    }
    return text;
}

} // namespace ds::cli

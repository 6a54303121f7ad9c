// Completion scripts. Everything static stands in the script; versions, datasets, registries and settings are
// asked from `dsctl __complete`.
#include "help.hpp"

#include "base/error.hpp"
#include "base/path.hpp"

#include <fmt/format.h>

namespace ds::cli {

namespace {

/// A command with its words: {"registry", "add"}.
struct Named {
    std::vector<std::string> words;
    const CommandSpec* spec;
};

std::vector<Named> visible(const std::vector<CommandSpec>& commands) {
    std::vector<Named> list;
    for (const auto& spec : commands) {
        if (spec.hidden) {
            continue;
        }
        list.push_back({{spec.name}, &spec});
        for (const auto& child : spec.children) {
            list.push_back({{spec.name, child.name}, &child});
        }
    }
    return list;
}

std::string_view kind_word(Complete kind) {
    switch (kind) {
    case Complete::nothing:
        return "nothing";
    case Complete::path:
        return "path";
    case Complete::folder:
        return "folder";
    case Complete::version:
        return "version";
    case Complete::reference:
        return "reference";
    case Complete::registry:
        return "registry";
    case Complete::config_key:
        return "config_key";
    case Complete::command:
        return "command";
    }
    return "";
}

/// What operands may be, the first of them for all. `completion` takes names of shells.
Complete operand_kind(const CommandSpec& spec, std::size_t index) {
    if (spec.operands.empty()) {
        return Complete::nothing;
    }
    return spec.operands[std::min(index, spec.operands.size() - 1)].complete;
}

std::string visible_names(const std::vector<CommandSpec>& commands) {
    std::string names;
    for (const auto& spec : commands) {
        if (!spec.hidden) {
            names += (names.empty() ? "" : " ") + spec.name;
        }
    }
    return names;
}

/// In single quotes for any of the three shells.
std::string quoted(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        out += c == '\'' ? "'\\''" : std::string(1, c);
    }
    return out + "'";
}

// ---- bash ----------------------------------------------------------------------------------------

/// "--all -A --dry-run -n"
std::string bash_names(const std::vector<OptionSpec>& options) {
    std::string names;
    for (const auto& option : options) {
        names += (names.empty() ? "--" : " --") + option.name;
        names += option.letter != 0 ? fmt::format(" -{}", option.letter) : "";
    }
    return names;
}

/// " --to:registry --color:auto,always,never " for options that take a value.
std::string bash_values(const std::vector<OptionSpec>& options) {
    std::string values;
    for (const auto& option : options) {
        if (option.value.empty()) {
            continue;
        }
        const auto what = option.choices.empty() ? std::string(kind_word(option.complete))
                                                 : fmt::format("={}", fmt::join(option.choices, ","));
        values += fmt::format("--{}:{} ", option.name, what);
        values += option.letter != 0 ? fmt::format("-{}:{} ", option.letter, what) : "";
    }
    return values;
}

std::string bash_script(const std::vector<CommandSpec>& commands) {
    std::string text = R"sh(# bash completion of dsctl; made by: dsctl completion bash

# Sets options, values and operands for the command "$1" ("registry add").
__dsctl_command() {
    options='' values='' operands='nothing' children=''
    case "$1" in
)sh";
    for (const auto& named : visible(commands)) {
        const auto& spec = *named.spec;
        std::string operands;
        for (const auto& operand : spec.operands) {
            operands += (operands.empty() ? "" : " ") + std::string(kind_word(operand.complete));
        }
        if (spec.name == "completion") {
            operands = "=bash,zsh,fish";
        }
        text += fmt::format("    {})\n", quoted(fmt::format("{}", fmt::join(named.words, " "))));
        text += fmt::format("        options={} values={}\n", quoted(bash_names(spec.options)),
                            quoted(bash_values(spec.options)));
        text += fmt::format("        operands={} children={} ;;\n",
                            quoted(operands.empty() ? "nothing" : operands),
                            quoted(visible_names(spec.children)));
    }
    text += R"sh(    esac
}

# Offers words of a kind for "$cur".
__dsctl_offer() {
    case "$1" in
    =*) COMPREPLY=($(compgen -W "${1//[=,]/ }" -- "$cur")) ;;
    path) compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur")) ;;
    folder) compopt -o filenames; COMPREPLY=($(compgen -d -- "$cur")) ;;
    command) COMPREPLY=($(compgen -W "$commands" -- "$cur")) ;;
    nothing) ;;
    *) COMPREPLY=($(compgen -W "$(command dsctl __complete "$1" 2>/dev/null)" -- "$cur")) ;;
    esac
}

_dsctl() {
    local IFS=$' \t\n' cur="${COMP_WORDS[COMP_CWORD]}" command='' word kind='' count=0 i
    local options='' values='' operands='' children=''
)sh";
    text += fmt::format("    local commands={}\n", quoted(visible_names(commands)));
    text += fmt::format("    local global_options={}\n", quoted(bash_names(global_options())));
    text += fmt::format("    local global_values={}\n", quoted(bash_values(global_options())));
    text += R"sh(    children="$commands"
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word="${COMP_WORDS[i]}"
        if [[ -n $kind ]]; then
            kind=''
        elif [[ $word == -?* ]]; then
            case " $values$global_values" in
            *" $word:"*) kind=" $values$global_values"; kind="${kind#*" $word:"}"; kind="${kind%% *}" ;;
            esac
        elif [[ -n $children ]]; then
            command="${command:+$command }$word"
            __dsctl_command "$command"
        else
            count=$((count + 1))
        fi
    done
    if [[ -n $kind ]]; then
        __dsctl_offer "$kind"
    elif [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$options $global_options" -- "$cur"))
    elif [[ -n $children ]]; then
        COMPREPLY=($(compgen -W "$children" -- "$cur"))
    else
        set -- $operands
        while ((count > 0 && $# > 1)); do shift; count=$((count - 1)); done
        __dsctl_offer "$1"
    fi
}
complete -F _dsctl dsctl
)sh";
    return text;
}

// ---- zsh -----------------------------------------------------------------------------------------

std::string zsh_action(Complete kind) {
    switch (kind) {
    case Complete::nothing:
        return " ";
    case Complete::path:
        return "_files";
    case Complete::folder:
        return "_files -/";
    case Complete::command:
        return "_dsctl_commands";
    default:
        return fmt::format("_dsctl_ask {}", kind_word(kind));
    }
}

/// Text inside "[…]" of _arguments.
std::string zsh_text(std::string_view text) {
    std::string out;
    for (const char c : text) {
        out += c == '[' || c == ']' || c == ':' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    }
    return out;
}

std::string zsh_options(const std::vector<OptionSpec>& options, std::string_view indent) {
    std::string text;
    for (const auto& option : options) {
        std::string tail = "[" + zsh_text(option.help) + "]";
        if (!option.value.empty()) {
            tail += ":" + zsh_text(option.value) + ":" +
                    (option.choices.empty() ? zsh_action(option.complete)
                                            : fmt::format("({})", fmt::join(option.choices, " ")));
        }
        const std::string many = option.repeatable ? "*" : "";
        text += fmt::format("{}{} \\\n", indent, quoted(many + "--" + option.name + tail));
        if (option.letter != 0) {
            text +=
                fmt::format("{}{} \\\n", indent, quoted(fmt::format("{}-{}{}", many, option.letter, tail)));
        }
    }
    return text;
}

std::string zsh_operands(const CommandSpec& spec, std::string_view indent) {
    std::string text;
    std::size_t position = 1;
    for (const auto& operand : spec.operands) {
        const bool many = operand.count == Count::any || operand.count == Count::some;
        const auto action = spec.name == "completion" ? "(bash zsh fish)" : zsh_action(operand.complete);
        text += fmt::format("{}{} \\\n", indent,
                            quoted(fmt::format("{}:{}:{}", many ? "*" : std::to_string(position),
                                               zsh_text(operand.name), action)));
        ++position;
        if (many) {
            break; // _arguments allows one rest
        }
    }
    return text;
}

std::string zsh_descriptions(const std::vector<CommandSpec>& commands, std::string_view indent) {
    std::string text;
    for (const auto& spec : commands) {
        if (!spec.hidden) {
            text += fmt::format("{}{}\n", indent, quoted(zsh_text(spec.name) + ":" + spec.summary));
        }
    }
    return text;
}

std::string zsh_arguments(const CommandSpec& spec, std::string_view indent) {
    const auto inner = std::string(indent) + "    ";
    return fmt::format("{}_arguments -s -S : $globals \\\n", indent) + zsh_options(spec.options, inner) +
           zsh_operands(spec, inner) + inner + "&& return 0\n";
}

std::string zsh_script(const std::vector<CommandSpec>& commands) {
    std::string text =
        "#compdef dsctl\n# zsh completion of dsctl; made by: dsctl completion zsh\n\n"
        "_dsctl_ask() {\n    local -a words_of_kind\n"
        "    words_of_kind=(${(f)\"$(command dsctl __complete $1 2>/dev/null)\"})\n"
        "    compadd -a words_of_kind\n}\n\n_dsctl_commands() {\n    local -a commands\n    commands=(\n";
    text += zsh_descriptions(commands, "        ") +
            "    )\n    _describe -t commands 'dsctl command' commands\n}\n\n";
    text += "_dsctl() {\n    local curcontext=\"$curcontext\" state line\n    local -a globals children\n    "
            "globals=(\n";
    for (const auto& option : global_options()) {
        auto lines = zsh_options({option}, "        ");
        for (auto at = lines.find(" \\\n"); at != std::string::npos; at = lines.find(" \\\n")) {
            lines.replace(at, 3, "\n");
        }
        text += lines;
    }
    text += "    )\n    _arguments -C -s -S : $globals '1: :->command' '*:: :->rest' && return 0\n"
            "    case $state in\n    command) _dsctl_commands ;;\n    rest)\n        case $words[1] in\n";
    for (const auto& spec : commands) {
        if (spec.hidden) {
            continue;
        }
        text += fmt::format("        {})\n", spec.name);
        if (spec.children.empty()) {
            text += zsh_arguments(spec, "            ");
        } else {
            text += "            children=(\n" + zsh_descriptions(spec.children, "                ") +
                    "            )\n";
            text += "            if (( CURRENT == 2 )); then\n"
                    "                _describe -t commands 'command' children\n"
                    "                return\n            fi\n            shift words\n            (( "
                    "CURRENT-- ))\n"
                    "            case $words[1] in\n";
            for (const auto& child : spec.children) {
                text += fmt::format("            {})\n", child.name) +
                        zsh_arguments(child, "                ") + "                ;;\n";
            }
            text += "            esac\n";
        }
        text += "            ;;\n";
    }
    text += "        esac\n        ;;\n    esac\n}\n\n"
            "if [[ $funcstack[1] == _dsctl ]]; then\n    _dsctl \"$@\"\nelse\n    compdef _dsctl dsctl\nfi\n";
    return text;
}

// ---- fish ----------------------------------------------------------------------------------------

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
    for (const auto& named : visible(commands)) {
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
        const auto kind = operand_kind(spec, 0);
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

} // namespace

std::string completion_script(const std::vector<CommandSpec>& commands, std::string_view shell) {
    if (shell == "bash") {
        return bash_script(commands);
    }
    if (shell == "zsh") {
        return zsh_script(commands);
    }
    if (shell == "fish") {
        return fish_script(commands);
    }
    throw Error(ErrorKind::usage, fmt::format("there is no completion for '{}'", printable(shell)),
                "dsctl completion bash, zsh or fish");
}

} // namespace ds::cli

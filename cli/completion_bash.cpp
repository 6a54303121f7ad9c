// Completion for bash: one table of words per command, and a function that walks the line typed so far.
#include "completion.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ds::cli {

namespace {

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

} // namespace

std::string bash_script(const std::vector<CommandSpec>& commands) {
    std::string text = R"sh(# bash completion of dsctl; made by: dsctl completion bash

# Sets options, values and operands for the command "$1" ("registry add").
__dsctl_command() {
    options='' values='' operands='nothing' children=''
    case "$1" in
)sh";
    for (const auto& named : visible_commands(commands)) {
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

} // namespace ds::cli

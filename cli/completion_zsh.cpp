// Completion for zsh, with its own _arguments.
#include "completion.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ds::cli {

namespace {

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

} // namespace

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

} // namespace ds::cli

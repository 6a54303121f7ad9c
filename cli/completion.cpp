// Completion scripts. Everything static stands in the script; versions, datasets, registries and settings are
// asked from `dsctl __complete`.
#include "completion.hpp"

#include "base/error.hpp"
#include "base/path.hpp"
#include "help.hpp"

#include <fmt/format.h>

namespace ds::cli {

std::vector<NamedCommand> visible_commands(const std::vector<CommandSpec>& commands) {
    std::vector<NamedCommand> list;
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

std::string visible_names(const std::vector<CommandSpec>& commands) {
    std::string names;
    for (const auto& spec : commands) {
        if (!spec.hidden) {
            names += (names.empty() ? "" : " ") + spec.name;
        }
    }
    return names;
}

std::string quoted(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        out += c == '\'' ? "'\\''" : std::string(1, c);
    }
    return out + "'";
}

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

// What the completion scripts of all shells are made from.
#pragma once

#include "command.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace ds::cli {

/// A command with its words: {"registry", "add"}.
struct NamedCommand {
    std::vector<std::string> words;
    const CommandSpec* spec;
};
/// Every command that is not hidden, groups before their members.
[[nodiscard]] std::vector<NamedCommand> visible_commands(const std::vector<CommandSpec>& commands);
/// Their names, blanks between.
[[nodiscard]] std::string visible_names(const std::vector<CommandSpec>& commands);
/// The word that `dsctl __complete` knows a kind by.
[[nodiscard]] std::string_view kind_word(Complete kind);
/// In single quotes, for any of the shells.
[[nodiscard]] std::string quoted(std::string_view text);

[[nodiscard]] std::string bash_script(const std::vector<CommandSpec>& commands);
[[nodiscard]] std::string zsh_script(const std::vector<CommandSpec>& commands);
[[nodiscard]] std::string fish_script(const std::vector<CommandSpec>& commands);

} // namespace ds::cli

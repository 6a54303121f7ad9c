// Help, manual pages and completions: all of them made from the command tree and from man/prose/*.txt.
#pragma once

#include "command.hpp"
#include "term/terminal.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ds::cli {

/// "dsctl 0.1.0"
[[nodiscard]] std::string version_line();
/// `dsctl help`: every command with one line.
[[nodiscard]] std::string overview_text(const std::vector<CommandSpec>& commands, const Style& style);
/// `dsctl help COMMAND`. @param path one command, or a group and its command
[[nodiscard]] std::string help_text(const std::vector<const CommandSpec*>& path, const Style& style);

/// Prose of a manual page, by the name of its file without ".txt"; empty if there is none. CMake puts
/// the files of man/prose into the program.
///
///   # TITLE            begins a section; DESCRIPTION and EXAMPLES are the usual ones
///   text               paragraphs, parted by empty lines; `word` is shown in bold
///   - text             an item of a list, continued by lines that begin with two blanks
///       text           four blanks: shown as it is
[[nodiscard]] std::string_view prose(std::string_view name);

struct ProseSection {
    std::string title;
    std::string text;
};
[[nodiscard]] std::vector<ProseSection> prose_sections(std::string_view text);

/// (file name, content) of every manual page: dsctl.1, then dsctl-<command>.1.
[[nodiscard]] std::vector<std::pair<std::string, std::string>>
manual_pages(const std::vector<CommandSpec>& commands);

/// A completion script. @param shell "bash", "zsh" or "fish" @throws Error(usage)
[[nodiscard]] std::string completion_script(const std::vector<CommandSpec>& commands, std::string_view shell);

} // namespace ds::cli

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

/// Something to explain that is no command: `dsctl help NAME`, and dsctl-NAME(7). The first line of its file in
/// man/topics is the summary, the rest is prose; a line "@exit-codes" stands for their list.
struct Topic {
    std::string name;
    std::string summary;
    std::string text;
};
/// By name.
[[nodiscard]] const std::vector<Topic>& topics();
/// Takes such a file apart.
[[nodiscard]] Topic make_topic(std::string_view name, std::string_view file);
[[nodiscard]] std::string topic_text(const Topic& topic, const Style& style);

/// (file name, content) of every manual page: dsctl.1, dsctl-<command>.1, dsctl-<topic>.7.
[[nodiscard]] std::vector<std::pair<std::string, std::string>>
manual_pages(const std::vector<CommandSpec>& commands);

/// A completion script. @param shell "bash", "zsh" or "fish" @throws Error(usage)
[[nodiscard]] std::string completion_script(const std::vector<CommandSpec>& commands, std::string_view shell);

} // namespace ds::cli

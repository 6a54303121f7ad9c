// argv against the command tree.
#pragma once

#include "command.hpp"
#include "term/progress_view.hpp"
#include "term/terminal.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ds::cli {

/// The options every command has.
struct Globals {
    std::optional<std::string> directory;
    std::optional<unsigned> jobs;
    bool json = false;
    bool nul = false;
    bool quiet = false;
    std::string progress = "auto";
    ColorMode color = ColorMode::automatic;
    bool pager = true;
    bool yes = false;
    bool input = true;
    bool help = false;
    bool version = false;
};

/// What a command line asks for.
struct Invocation {
    Globals globals;
    std::vector<const CommandSpec*> path; ///< empty: none was named; two for "registry add"
    Arguments arguments;                  ///< of the last of them
};

/// The hint that leads to the help on a command: "dsctl help registry add".
[[nodiscard]] std::string help_hint(const std::vector<const CommandSpec*>& path);

/// @param argv without the program's name
/// @param globals filled as far as parsing got, so that an error is shown in the right colours
/// @throws Error(usage) with a suggestion for misspelt commands and options
[[nodiscard]] Invocation parse_command_line(const std::vector<CommandSpec>& commands,
                                            std::vector<std::string> argv, Globals& globals);

} // namespace ds::cli

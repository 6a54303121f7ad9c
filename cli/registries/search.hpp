// `dsctl registry search`: a child of the command registry, in a file of its own.
#pragma once

#include "cli.hpp"

namespace ds::cli {

[[nodiscard]] CommandSpec registry_search_command();

/// Those that a user without the right to list a whole registry may be granted: of references, and of this checkout.
[[nodiscard]] std::vector<std::string> known_namespaces(Cli& cli);

} // namespace ds::cli

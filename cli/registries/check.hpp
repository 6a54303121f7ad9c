// dsctl registry check: tries out what dsctl relies on, as far as the keys in use may.
#pragma once

#include "cli.hpp"

namespace ds::cli {

[[nodiscard]] CommandSpec registry_check_command();

} // namespace ds::cli

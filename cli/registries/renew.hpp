// `dsctl registry renew`: a child of the command registry, in a file of its own.
#pragma once

#include "command.hpp"

namespace ds::cli {

[[nodiscard]] CommandSpec registry_renew_command();

} // namespace ds::cli

// dsctl registry policy: the bucket policies that give users their roles.
#pragma once

#include "cli.hpp"

namespace ds::cli {

[[nodiscard]] CommandSpec registry_policy_command();

} // namespace ds::cli

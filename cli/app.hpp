// From argv to an exit code: the only place that prints errors.
#pragma once

#include "term/signals.hpp"

#include <string>
#include <vector>

namespace ds::cli {

/// @param argv without the program's name
[[nodiscard]] int run(std::vector<std::string> argv, Signals& signals);

} // namespace ds::cli

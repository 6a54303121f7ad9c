// Questions, asked only where somebody can answer.
#pragma once

#include "term/status_line.hpp"

#include <stop_token>
#include <string_view>

namespace ds::cli {

/// Asks on stderr and reads a line from stdin; "y" or "yes" is yes, anything else and the end of input is no.
/// @throws Interrupted
[[nodiscard]] bool ask_yes_no(StatusLine& line, std::stop_token stop, std::string_view question);

} // namespace ds::cli

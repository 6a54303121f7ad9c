// Which registry the subcommands of `registry` are about.
#pragma once

#include "cli.hpp"
#include "dataset/session.hpp"

#include <string>

namespace ds::cli {

/// The alias that is named, or the checkout's, or the default one.
[[nodiscard]] std::string chosen_registry(Cli& cli, const Arguments& args);
/// What is configured under an alias. @throws Error(not_found) with a suggestion
[[nodiscard]] RegistryEntry registry_entry(Cli& cli, const std::string& alias);

} // namespace ds::cli

// How fetched versions are shown, by `fetch` and by `pull`.
#pragma once

#include "cli.hpp"
#include "dataset/share.hpp"

#include <vector>

namespace ds::cli {

void fetched_members(JsonDocument& json, const std::vector<FetchedVersion>& fetched);
/// One line per version that is new, moved or gone; whether there was any.
[[nodiscard]] bool print_fetched(Cli& cli, const std::vector<FetchedVersion>& fetched);

} // namespace ds::cli

// Durations as options take them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ds::cli {

/// "14d", "36h", "90m", "30s", or "0": seconds, at most 100 years; nothing for anything else.
[[nodiscard]] std::optional<std::int64_t> parse_duration(std::string_view text) noexcept;

} // namespace ds::cli

// When temporary keys expire, as services write it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ds {

/// RFC 3339 in UTC ("Z" or "+00:00"), fractions of a second dropped; unix seconds.
[[nodiscard]] std::optional<std::int64_t> parse_expiration(std::string_view text);

} // namespace ds

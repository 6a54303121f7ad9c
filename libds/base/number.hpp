// Whole numbers as they stand in settings and small files.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

namespace ds {

/// Decimal digits and nothing else, up to 2^64 - 1.
[[nodiscard]] inline std::optional<std::uint64_t> parse_number(std::string_view text) noexcept {
    std::uint64_t number = 0;
    const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || stopped != text.data() + text.size()) {
        return std::nullopt;
    }
    return number;
}

} // namespace ds

#include "duration.hpp"

#include <charconv>

namespace ds::cli {

std::optional<std::int64_t> parse_duration(std::string_view text) noexcept {
    constexpr std::int64_t longest = std::int64_t{36500} * 86'400;
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number < 0 || number > longest) {
        return std::nullopt;
    }
    const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    const std::int64_t factor = unit == "d"                   ? 86'400
                                : unit == "h"                 ? 3'600
                                : unit == "m"                 ? 60
                                : unit == "s"                 ? 1
                                : unit.empty() && number == 0 ? 1
                                                              : 0;
    if (factor == 0 || number > longest / factor) {
        return std::nullopt;
    }
    return number * factor;
}

} // namespace ds::cli

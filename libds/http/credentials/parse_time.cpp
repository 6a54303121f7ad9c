#include "http/credentials/parse_time.hpp"

#include "base/units.hpp"

#include <string>

namespace ds {

std::optional<std::int64_t> parse_expiration(std::string_view text) {
    constexpr std::size_t seconds_end = 19; // "2026-11-23T12:00:00"
    if (text.size() <= seconds_end) {
        return std::nullopt;
    }
    std::string_view zone = text.substr(seconds_end);
    if (zone.front() == '.') {
        const std::size_t digits_end = zone.find_first_not_of("0123456789", 1);
        zone = digits_end == std::string_view::npos || digits_end == 1 ? std::string_view()
                                                                       : zone.substr(digits_end);
    }
    if (zone != "Z" && zone != "+00:00") {
        return std::nullopt;
    }
    return parse_rfc3339(std::string(text.substr(0, seconds_end)) + 'Z');
}

} // namespace ds

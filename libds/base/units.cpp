// Numbers and times as text, and back.
#include "base/units.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <fmt/core.h>
#include <vector>

namespace ds {

std::string human_bytes(std::uint64_t bytes) {
    if (bytes < 1000) {
        return fmt::format("{} B", bytes);
    }
    constexpr std::array<std::string_view, 6> units = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = static_cast<double>(bytes) / 1024;
    std::size_t unit = 0;
    while (value >= 999.5 && unit + 1 < units.size()) { // would round to four digits
        value /= 1024;
        ++unit;
    }
    return fmt::format("{:.{}f} {}", value, value < 99.95 ? 1 : 0, units[unit]);
}

std::string plural(std::uint64_t n, std::string_view singular, std::string_view plural_form) {
    if (n == 1) {
        return fmt::format("1 {}", singular);
    }
    return plural_form.empty() ? fmt::format("{} {}s", grouped(n), singular)
                               : fmt::format("{} {}", grouped(n), plural_form);
}

std::string grouped(std::uint64_t n) {
    std::string out = fmt::format("{}", n);
    for (std::size_t at = out.size(); at > 3;) {
        at -= 3;
        out.insert(at, 1, ',');
    }
    return out;
}

std::string rfc3339(std::int64_t unix_seconds) {
    using namespace std::chrono;
    constexpr std::int64_t first = -62167219200; // 0000-01-01T00:00:00Z
    constexpr std::int64_t last = 253402300799;  // 9999-12-31T23:59:59Z
    const sys_seconds time{seconds(std::clamp(unix_seconds, first, last))};
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss clock(time - day);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::optional<std::int64_t> parse_rfc3339(std::string_view text) noexcept {
    using namespace std::chrono;
    constexpr std::string_view shape = "dddd-dd-ddTdd:dd:ddZ";
    if (text.size() != shape.size()) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] == 'd' ? (text[i] < '0' || text[i] > '9') : text[i] != shape[i]) {
            return std::nullopt;
        }
    }
    const auto number = [&](std::size_t at, std::size_t n) {
        unsigned v = 0;
        for (const char c : text.substr(at, n)) {
            v = v * 10 + static_cast<unsigned>(c - '0');
        }
        return v;
    };
    const year_month_day date(year(static_cast<int>(number(0, 4))), month(number(5, 2)), day(number(8, 2)));
    if (!date.ok() || number(11, 2) > 23 || number(14, 2) > 59 || number(17, 2) > 59) {
        return std::nullopt;
    }
    return sys_seconds(sys_days(date)).time_since_epoch().count() + number(11, 2) * 3600 +
           number(14, 2) * 60 + number(17, 2);
}

std::string relative_time(std::int64_t then, std::int64_t now) {
    const bool past = then <= now;
    // As unsigned: the difference of two extremes does not fit in the signed type.
    const std::uint64_t seconds = past ? static_cast<std::uint64_t>(now) - static_cast<std::uint64_t>(then)
                                       : static_cast<std::uint64_t>(then) - static_cast<std::uint64_t>(now);
    if (seconds < 1) {
        return "just now";
    }
    std::string amount;
    if (seconds < 60) {
        amount = fmt::format("{} s", seconds);
    } else if (seconds < 3600) {
        amount = fmt::format("{} min", seconds / 60);
    } else if (seconds < 86400) {
        amount = plural(seconds / 3600, "hour");
    } else if (seconds < 60 * 86400) {
        amount = plural(seconds / 86400, "day");
    } else if (seconds < 730 * 86400) {
        amount = plural(seconds / (30 * 86400), "month");
    } else {
        amount = plural(seconds / (365 * 86400), "year");
    }
    return past ? amount + " ago" : "in " + amount;
}

std::optional<std::uint64_t> parse_bytes(std::string_view text) noexcept {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{}) {
        return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.size() > 1 && text[0] == ' ') {
        text.remove_prefix(1);
    }
    const auto lower = [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c); };
    if (text.empty() || (text.size() == 1 && lower(text[0]) == 'b')) {
        return number;
    }
    const std::size_t power = std::string_view("kmgt").find(lower(text[0]));
    if (power == std::string_view::npos || text.size() > 3) {
        return std::nullopt;
    }
    const bool decimal = text.size() == 2 && lower(text[1]) == 'b';
    const bool binary =
        text.size() == 1 || (text.size() == 3 && lower(text[1]) == 'i' && lower(text[2]) == 'b');
    if (!decimal && !binary) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i <= power; ++i) {
        if (__builtin_mul_overflow(number, std::uint64_t{decimal ? 1000u : 1024u}, &number)) {
            return std::nullopt;
        }
    }
    return number;
}

unsigned edit_distance(std::string_view a, std::string_view b) {
    // Optimal string alignment: insert, delete, substitute, swap of neighbours cost one each.
    std::vector<unsigned> before(b.size() + 1);
    std::vector<unsigned> previous(b.size() + 1);
    std::vector<unsigned> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        previous[j] = static_cast<unsigned>(j);
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = static_cast<unsigned>(i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min(
                {previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (a[i - 1] != b[j - 1] ? 1u : 0u)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], before[j - 2] + 1);
            }
        }
        before.swap(previous);
        previous.swap(row);
    }
    return previous[b.size()];
}

} // namespace ds

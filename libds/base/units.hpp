// Numbers and times for people and for JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ds {

/// "0 B", "999 B", "1.2 KiB", "41.2 GiB": three significant digits at most.
[[nodiscard]] std::string human_bytes(std::uint64_t bytes);
/// "1 file", "2 files", "1,204 files".
[[nodiscard]] std::string plural(std::uint64_t n, std::string_view singular,
                                 std::string_view plural_form = {});
/// "1,204,000".
[[nodiscard]] std::string grouped(std::uint64_t n);
/// Seconds since the epoch as "2026-11-23T12:00:00Z".
[[nodiscard]] std::string rfc3339(std::int64_t unix_seconds);
/// The reverse, UTC ("Z") only, strict.
[[nodiscard]] std::optional<std::int64_t> parse_rfc3339(std::string_view text) noexcept;
/// "3 min ago", "2 days ago", "in 5 min".
[[nodiscard]] std::string relative_time(std::int64_t then, std::int64_t now);
/// Accepts "64MiB", "1 GB", "4096", "16k" (binary for k,m,g,t and KiB…, decimal for KB…).
[[nodiscard]] std::optional<std::uint64_t> parse_bytes(std::string_view text) noexcept;
/// The closest of `candidates` by edit distance if close enough to be a typo, else "".
/// Candidates are iterated once; used for "did you mean".
template <class Range>
[[nodiscard]] std::string closest(std::string_view word, const Range& candidates);
[[nodiscard]] unsigned edit_distance(std::string_view a, std::string_view b);

template <class Range>
std::string closest(std::string_view word, const Range& candidates) {
    std::string best;
    unsigned best_distance = static_cast<unsigned>(word.size()) / 3 + 2;
    for (const auto& candidate : candidates) {
        const unsigned d = edit_distance(word, candidate);
        if (d < best_distance) {
            best_distance = d;
            best = candidate;
        }
    }
    return best;
}

} // namespace ds

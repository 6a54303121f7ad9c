// The header by which a server says which part of a file it sends (RFC 9110, section 14.4).
//
//   content-range := "bytes " first "-" last "/" size
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ds {

struct ContentRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0; ///< inclusive
    std::uint64_t size = 0; ///< of the whole
    friend bool operator==(const ContentRange&, const ContentRange&) = default;
};

/// Nothing for any other text, and for a range or size of "*": those are of no use to a reader of a part.
[[nodiscard]] std::optional<ContentRange> parse_content_range(std::string_view text) noexcept;

} // namespace ds

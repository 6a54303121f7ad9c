// How long something stays locked, and the words for the kinds of locks.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ds {

enum class RetentionMode { none, governance, compliance };

struct Retention {
    RetentionMode mode = RetentionMode::none;
    std::int64_t until = 0; ///< unix seconds
};

/// "none", "GOVERNANCE" or "COMPLIANCE": S3's words, which locks and descriptions of registries keep.
[[nodiscard]] std::string_view retention_word(RetentionMode mode) noexcept;
/// Nothing for any other word.
[[nodiscard]] std::optional<RetentionMode> parse_retention_mode(std::string_view word) noexcept;

} // namespace ds

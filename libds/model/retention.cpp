#include "model/retention.hpp"

namespace ds {

std::string_view retention_word(RetentionMode mode) noexcept {
    switch (mode) {
    case RetentionMode::none:
        return "none";
    case RetentionMode::governance:
        return "GOVERNANCE";
    case RetentionMode::compliance:
        return "COMPLIANCE";
    }
    return "";
}

std::optional<RetentionMode> parse_retention_mode(std::string_view word) noexcept {
    for (const auto mode : {RetentionMode::none, RetentionMode::governance, RetentionMode::compliance}) {
        if (word == retention_word(mode)) {
            return mode;
        }
    }
    return std::nullopt;
}

} // namespace ds

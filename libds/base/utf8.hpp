// Strict UTF-8, one code point at a time: names are bytes, and only showing them asks what they mean.
#pragma once

#include <cstddef>
#include <string_view>

namespace ds {

/// One decoded code point. `length` is 0 when the bytes are no shortest-form UTF-8.
struct Utf8Char {
    char32_t code = 0;
    std::size_t length = 0;
};

/// Decodes the first code point of `text` (not empty): no overlong forms, no surrogates, nothing
/// above U+10FFFF.
[[nodiscard]] Utf8Char decode_utf8(std::string_view text) noexcept;

/// Whether a terminal would act on the code point instead of showing it: C0, DEL, C1, and the marks
/// that change the direction of the text around them.
[[nodiscard]] bool is_terminal_hazard(char32_t code) noexcept;

} // namespace ds

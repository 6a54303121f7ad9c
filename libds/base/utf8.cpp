// The UTF-8 decoder (Unicode 15, table 3-7 "Well-Formed UTF-8 Byte Sequences").
#include "base/utf8.hpp"

namespace ds {

Utf8Char decode_utf8(std::string_view text) noexcept {
    const auto at = [&](std::size_t i) -> unsigned { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = at(0);
    if (lead < 0x80) {
        return {static_cast<char32_t>(lead), 1};
    }
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() < length) {
        return {};
    }
    // The second byte's range excludes overlong forms, surrogates and what lies above U+10FFFF.
    const unsigned low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (at(1) < low || at(1) > high) {
        return {};
    }
    char32_t code = lead & (0x7fu >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((at(i) & 0xc0) != 0x80) {
            return {};
        }
        code = code << 6 | (at(i) & 0x3f);
    }
    return {code, length};
}

bool is_terminal_hazard(char32_t code) noexcept {
    return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x061c || code == 0x200e ||
           code == 0x200f || (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

} // namespace ds

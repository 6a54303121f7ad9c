// Lines of text.
#include "preview/formats.hpp"

#include "base/utf8.hpp"

#include <algorithm>

namespace ds {

bool looks_like_text(ByteView bytes, bool whole) noexcept {
    constexpr std::size_t sample = 64u << 10;
    constexpr std::size_t longest_character = 4;
    const bool cut = bytes.size() > sample || !whole;
    bytes = bytes.substr(0, sample);
    std::size_t controls = 0;
    std::size_t characters = 0;
    while (!bytes.empty()) {
        const auto c = decode_utf8(bytes);
        if (c.length == 0) {
            return cut && bytes.size() < longest_character && static_cast<unsigned char>(bytes[0]) >= 0xC0;
        }
        if (c.code == 0) {
            return false;
        }
        const bool blank = c.code == '\n' || c.code == '\r' || c.code == '\t' || c.code == '\f';
        controls += !blank && is_terminal_hazard(c.code) ? 1 : 0;
        ++characters;
        bytes.remove_prefix(c.length);
    }
    // Logs have colours in them, and bytes that happen to be UTF-8 have far more.
    return controls * 20 <= characters;
}

std::optional<Preview> preview_text(const PreviewSource&, Beginning& beginning, std::size_t lines) {
    Preview result;
    result.kind = "text";
    TextPreview text;
    std::size_t at = 0;
    while (text.lines.size() < lines) {
        auto bytes = beginning.bytes();
        auto end = bytes.find('\n', at);
        if (end == ByteView::npos) {
            if (beginning.more()) {
                continue;
            }
            end = bytes.size();
        }
        if (at >= bytes.size()) {
            break;
        }
        auto line = bytes.substr(at, end - at);
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        text.lines.emplace_back(line.substr(0, max_preview_cell));
        at = end + 1;
    }
    text.more = at < beginning.bytes().size() || !beginning.whole();
    result.text = std::move(text);
    return result;
}

} // namespace ds

#include "preview/preview.hpp"

#include "preview/formats.hpp"

#include <algorithm>

namespace ds {

namespace {

constexpr std::size_t step_bytes = 64u << 10;
/// Lines of a file that has none for longer than this are cut.
constexpr std::size_t max_beginning = 1u << 20;

} // namespace

ByteView Beginning::first(std::size_t n) {
    const auto wanted = static_cast<std::size_t>(
        std::min<std::uint64_t>(source_.size, std::min(std::max(n, step_bytes), max_beginning)));
    if (bytes_.size() < wanted) {
        bytes_ += source_.read(bytes_.size(), wanted - bytes_.size());
    }
    return bytes_;
}

bool Beginning::more() {
    if (whole() || bytes_.size() >= max_beginning) {
        return false;
    }
    (void)first(std::min(max_beginning, 2 * std::max(bytes_.size(), step_bytes)));
    return true;
}

Preview preview(const PreviewSource& source, std::size_t lines) {
    Preview result;
    if (source.size == 0) {
        result.kind = "empty";
        return result;
    }
    Beginning beginning(source);
    if (auto image = preview_image(source, beginning)) {
        return *image;
    }
    if (auto parquet = preview_parquet(source, beginning)) {
        return *parquet;
    }
    (void)beginning.first(0);
    if (looks_like_text(beginning.bytes(), beginning.whole())) {
        if (auto table = preview_table(source, beginning, lines)) {
            return *table;
        }
        if (auto text = preview_text(source, beginning, lines)) {
            return *text;
        }
    }
    result.kind = "binary";
    return result;
}

} // namespace ds

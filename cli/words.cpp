#include "words.hpp"

namespace ds::cli {

WordKind classify(std::string_view word, bool inside_checkout) {
    if (!inside_checkout) {
        return WordKind::reference;
    }
    if (word.starts_with(':')) {
        return WordKind::version;
    }
    const bool other = word.find('/') != std::string_view::npos || word.find(':') != std::string_view::npos ||
                       word.find("@sha256:") != std::string_view::npos;
    return other ? WordKind::reference : WordKind::revision;
}

std::string version_word(std::string_view word) {
    return std::string(word.starts_with(':') ? word.substr(1) : word);
}

std::optional<std::pair<std::string, std::string>> split_range(std::string_view word) {
    const auto dots = word.find("..");
    if (dots == std::string_view::npos) {
        return std::nullopt;
    }
    const auto left = word.substr(0, dots);
    const auto right = word.substr(dots + 2);
    return std::pair(std::string(left.empty() ? "HEAD" : left), std::string(right.empty() ? "HEAD" : right));
}

} // namespace ds::cli

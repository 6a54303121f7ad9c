// See name_warnings.hpp.
#include "worktree/name_warnings.hpp"

#include "base/path.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds {

namespace {

constexpr std::uint64_t shown = 10;

constexpr char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::uint64_t folded_hash(std::string_view name) noexcept {
    std::uint64_t hash = 14695981039346656037ull;
    for (const char c : name) {
        hash = (hash ^ static_cast<unsigned char>(lower(c))) * 1099511628211ull;
    }
    return hash;
}

} // namespace

bool HashSet::insert(std::uint64_t hash) {
    if (4 * count_ >= 3 * slots_.size()) {
        std::vector<std::uint64_t> old(slots_.empty() ? 8 : 2 * slots_.size());
        old.swap(slots_);
        count_ = 0;
        for (const std::uint64_t kept : old) {
            if (kept != 0) {
                insert(kept);
            }
        }
    }
    hash = hash == 0 ? 1 : hash;
    std::size_t at = (hash ^ hash >> 32) & (slots_.size() - 1);
    while (slots_[at] != 0 && slots_[at] != hash) {
        at = (at + 1) & (slots_.size() - 1);
    }
    if (slots_[at] == hash) {
        return false;
    }
    slots_[at] = hash;
    ++count_;
    return true;
}

std::string_view windows_problem(std::string_view name) noexcept {
    for (const char c : name) {
        if (static_cast<unsigned char>(c) < 32 ||
            std::string_view("<>:\"\\|?*").find(c) != std::string_view::npos) {
            return "a character in it is not allowed there";
        }
    }
    if (name.ends_with('.') || name.ends_with(' ')) {
        return "it ends with a dot or a space";
    }
    std::string_view stem = name.substr(0, name.find('.'));
    while (stem.ends_with(' ')) {
        stem.remove_suffix(1);
    }
    const auto is = [&](std::string_view device) {
        return std::equal(stem.begin(), stem.end(), device.begin(), device.end(),
                          [](char a, char b) { return lower(a) == b; });
    };
    const bool numbered = stem.size() == 4 && stem[3] >= '1' && stem[3] <= '9';
    std::string_view whole = stem;
    stem = numbered ? stem.substr(0, 3) : stem;
    if ((numbered && (is("com") || is("lpt"))) ||
        (stem = whole, is("con") || is("prn") || is("aux") || is("nul"))) {
        return "it names a device there";
    }
    return {};
}

void NameWarnings::warn(std::string message) {
    if (++count_ <= shown) {
        context_.log.warn(message);
    }
}

void NameWarnings::look_at(std::string_view path) {
    const auto differs = std::mismatch(path.begin(), path.end(), last_.begin(), last_.end()).first;
    const auto same = static_cast<std::size_t>(differs - path.begin());
    std::size_t depth = 0;
    for (std::size_t begin = 0; begin <= path.size(); ++depth) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        if (depth == folders_.size()) {
            folders_.emplace_back();
        }
        // A component that the last path had at the same place is not new.
        const bool known = end < same || (end == same && end < last_.size() && last_[end] == '/');
        if (!known) {
            folders_.resize(depth + 1);
            const std::string_view name = path.substr(begin, end - begin);
            if (!folders_[depth].insert(folded_hash(name))) {
                warn(fmt::format(
                    "'{}' differs only in case from another name in its folder: file systems of Windows "
                    "and macOS hold only one of them",
                    printable(path.substr(0, end))));
            }
            if (const auto why = windows_problem(name); !why.empty()) {
                warn(fmt::format("Windows cannot hold the name '{}': {}", printable(path.substr(0, end)),
                                 why));
            }
        }
        begin = end + 1;
    }
    last_.assign(path);
}

void NameWarnings::finish() {
    if (count_ > shown) {
        context_.log.warn(fmt::format("{} more names that not every system can hold", count_ - shown));
    }
}

} // namespace ds

// See wildmatch.hpp. The oddities of git's matcher are kept on purpose: "a**/b" treats "**/" as if it stood
// at the start, because git matches the literal beginning apart; a bracket that does not close matches
// nothing.
#include "worktree/wildmatch.hpp"

#include <cctype>
#include <utility>

namespace ds {

namespace {

using Predicate = bool (*)(unsigned char);
bool in(unsigned char c, unsigned char low, unsigned char high) {
    return c >= low && c <= high;
}
bool is_lower(unsigned char c) {
    return in(c, 'a', 'z');
}
bool is_upper(unsigned char c) {
    return in(c, 'A', 'Z');
}
bool is_alpha(unsigned char c) {
    return is_lower(c) || is_upper(c);
}
bool is_digit(unsigned char c) {
    return in(c, '0', '9');
}
bool is_alnum(unsigned char c) {
    return is_alpha(c) || is_digit(c);
}
bool is_graph(unsigned char c) {
    return in(c, 33, 126);
}
bool is_space(unsigned char c) {
    return c == ' ' || in(c, 9, 13);
}
constexpr std::pair<std::string_view, Predicate> classes[] = {
    {"alnum", is_alnum},
    {"alpha", is_alpha},
    {"blank", [](unsigned char c) { return c == ' ' || c == '\t'; }},
    {"cntrl", [](unsigned char c) { return c < 32 || c == 127; }},
    {"digit", is_digit},
    {"graph", is_graph},
    {"lower", is_lower},
    {"print", [](unsigned char c) { return in(c, 32, 126); }},
    {"punct", [](unsigned char c) { return is_graph(c) && !is_alnum(c); }},
    {"space", is_space},
    {"upper", is_upper},
    {"xdigit", [](unsigned char c) { return is_digit(c) || in(c, 'a', 'f') || in(c, 'A', 'F'); }},
};

template <class Set>
void add_byte(Set& set, unsigned c) {
    set[c >> 6] |= std::uint64_t{1} << (c & 63);
}

} // namespace

Wildmatch::Wildmatch(std::string_view pattern) {
    std::size_t at = 0;
    while (at < pattern.size() && !special(pattern[at])) {
        ++at;
    }
    prefix_ = pattern.substr(0, at);
    pattern.remove_prefix(at);
    for (at = 0; at < pattern.size();) {
        const char c = pattern[at];
        if (c == '\\') {
            if (at + 1 == pattern.size()) {
                tokens_.push_back({Op::never});
                break;
            }
            tokens_.push_back({Op::literal, static_cast<unsigned char>(pattern[at + 1])});
            at += 2;
        } else if (c == '?') {
            tokens_.push_back({Op::any});
            ++at;
        } else if (c == '[') {
            if (!parse_set(pattern, at)) {
                tokens_.push_back({Op::never});
                break;
            }
        } else if (c == '*') {
            const std::size_t begin = at;
            while (at < pattern.size() && pattern[at] == '*') {
                ++at;
            }
            const std::string_view rest = pattern.substr(at);
            const bool open_before = begin == 0 || pattern[begin - 1] == '/';
            const bool open_after = rest.empty() || rest[0] == '/' || rest.starts_with("\\/");
            if (at - begin == 1 || !open_before || !open_after) {
                tokens_.push_back({Op::star});
            } else {
                tokens_.push_back({!rest.empty() && rest[0] == '/' ? Op::deep_dir : Op::deep});
            }
        } else {
            tokens_.push_back({Op::literal, static_cast<unsigned char>(c)});
            ++at;
        }
    }
    if (!tokens_.empty() && tokens_[0].op == Op::star) {
        simple_ = true;
        for (std::size_t i = 1; i < tokens_.size(); ++i) {
            simple_ = simple_ && tokens_[i].op == Op::literal && tokens_[i].byte != '/';
            suffix_ += static_cast<char>(tokens_[i].byte);
        }
    }
}

/// Reads "[…]" at `at` and moves behind it; false when it is malformed (then the pattern matches nothing).
bool Wildmatch::parse_set(std::string_view pattern, std::size_t& at) {
    const auto byte_at = [&](std::size_t i) {
        return i < pattern.size() ? static_cast<unsigned char>(pattern[i]) : static_cast<unsigned char>(0);
    };
    Set set{};
    std::size_t p = at + 1;
    const bool negated = byte_at(p) == '!' || byte_at(p) == '^';
    p += negated ? 1 : 0;
    unsigned char previous = 0; // the low end of a range that may follow
    bool first = true;
    for (;; ++p) {
        unsigned char c = byte_at(p);
        if (p >= pattern.size()) {
            return false;
        }
        if (c == ']' && !first) {
            break;
        }
        first = false;
        if (c == '\\') {
            if (++p >= pattern.size()) {
                return false;
            }
            c = byte_at(p);
            add_byte(set, c);
        } else if (c == '-' && previous != 0 && p + 1 < pattern.size() && byte_at(p + 1) != ']') {
            c = byte_at(++p);
            if (c == '\\') {
                if (++p >= pattern.size()) {
                    return false;
                }
                c = byte_at(p);
            }
            for (unsigned i = previous; i <= c; ++i) {
                add_byte(set, i);
            }
            c = 0;
        } else if (c == '[' && byte_at(p + 1) == ':') {
            const std::size_t name = p + 2;
            const std::size_t end = pattern.find(']', name);
            if (end == std::string_view::npos) {
                return false;
            }
            if (end == name || pattern[end - 1] != ':') {
                add_byte(set, '['); // no ":]": an ordinary bracket
            } else {
                const std::string_view wanted = pattern.substr(name, end - 1 - name);
                Predicate predicate = nullptr;
                for (const auto& [known, test] : classes) {
                    predicate = known == wanted ? test : predicate;
                }
                if (predicate == nullptr) {
                    return false;
                }
                for (unsigned i = 0; i < 256; ++i) {
                    if (predicate(static_cast<unsigned char>(i))) {
                        add_byte(set, i);
                    }
                }
                p = end;
                c = 0;
            }
        } else {
            add_byte(set, c);
        }
        previous = c;
    }
    at = p + 1;
    for (auto& word : set) {
        word = negated ? ~word : word;
    }
    tokens_.push_back({Op::set, 0, static_cast<std::uint32_t>(sets_.size())});
    sets_.push_back(set);
    return true;
}

bool Wildmatch::takes(const Token& token, unsigned char c) const noexcept {
    switch (token.op) {
    case Op::literal:
        return token.byte == c;
    case Op::any:
        return c != '/';
    case Op::set:
        return c != '/' && (sets_[token.byte_set][c >> 6] >> (c & 63) & 1) != 0;
    default:
        return false;
    }
}

bool Wildmatch::match(std::string_view text) const {
    if (!text.starts_with(prefix_)) {
        return false;
    }
    text.remove_prefix(prefix_.size());
    if (tokens_.empty()) {
        return text.empty();
    }
    if (simple_) {
        return text.size() >= suffix_.size() && text.ends_with(suffix_) &&
               text.substr(0, text.size() - suffix_.size()).find('/') == std::string_view::npos;
    }
    return simulate(text);
}

bool Wildmatch::simulate(std::string_view text) const {
    const std::size_t places = tokens_.size() + 1;
    const std::size_t words = (places + 63) / 64;
    std::array<std::uint64_t, 8> small{};
    std::vector<std::uint64_t> large(2 * words > small.size() ? 2 * words : 0);
    std::uint64_t* alive = large.empty() ? small.data() : large.data();
    std::uint64_t* next = alive + words;
    const auto has = [](const std::uint64_t* set, std::size_t i) {
        return (set[i >> 6] >> (i & 63) & 1) != 0;
    };
    const auto put = [](std::uint64_t* set, std::size_t i) { set[i >> 6] |= std::uint64_t{1} << (i & 63); };
    // Places that can be reached without a byte only lie further right: one pass closes the set.
    const auto close = [&](std::uint64_t* set) {
        for (std::size_t i = 0; i < tokens_.size(); ++i) {
            if (!has(set, i)) {
                continue;
            }
            const Op op = tokens_[i].op;
            if (op == Op::star || op == Op::deep || op == Op::deep_dir) {
                put(set, i + 1);
            }
            if (op == Op::deep_dir) {
                put(set, i + 2);
            }
        }
    };
    // "**/" may stand for nothing only where it is first reached, not after it took bytes ("x" + "b" for
    // "**/b"). So once it took some, it lives on as its second half only: see `deep_dir` below.
    std::array<std::uint64_t, 8> small_taken{};
    std::vector<std::uint64_t> large_taken(2 * words > small_taken.size() ? 2 * words : 0);
    std::uint64_t* taken = large_taken.empty() ? small_taken.data() : large_taken.data();
    std::uint64_t* next_taken = taken + words;
    put(alive, 0);
    close(alive);
    for (const char raw : text) {
        const auto c = static_cast<unsigned char>(raw);
        bool any = false;
        for (std::size_t w = 0; w < words; ++w) {
            next[w] = next_taken[w] = 0;
        }
        for (std::size_t i = 0; i < tokens_.size(); ++i) {
            const bool here = has(alive, i);
            const bool inside = has(taken, i);
            if (!here && !inside) {
                continue;
            }
            const Token& token = tokens_[i];
            switch (token.op) {
            case Op::star:
                if (c != '/') {
                    put(next, i);
                    any = true;
                }
                break;
            case Op::deep:
                put(next, i);
                any = true;
                break;
            case Op::deep_dir:
                put(next_taken, i);
                if (inside && c == '/') {
                    put(next, i + 2); // the '/' that follows is token i + 1
                }
                any = true;
                break;
            default:
                if (here && takes(token, c)) {
                    put(next, i + 1);
                    any = true;
                }
            }
        }
        if (!any) {
            return false;
        }
        close(next);
        std::swap(alive, next);
        std::swap(taken, next_taken);
    }
    return has(alive, tokens_.size());
}

} // namespace ds

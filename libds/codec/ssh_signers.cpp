#include "codec/ssh_signers.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <ctime>
#include <fmt/core.h>

namespace ds {

namespace {

constexpr std::string_view blanks = " \t\r";

bool is_digits(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool same_letters(std::string_view a, std::string_view b) noexcept {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](char x, char y) { return lower(x) == lower(y); });
}

/// `*` and `?`; goes back to the last star only, so it takes at most text × pattern steps.
bool matches_pattern(std::string_view text, std::string_view pattern) noexcept {
    std::size_t t = 0;
    std::size_t p = 0;
    std::size_t star = std::string_view::npos;
    std::size_t star_text = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            star_text = t;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++star_text;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

/// One line, taken apart from the left.
class LineReader {
  public:
    LineReader(std::string_view line, std::string where) : rest_(line), where_(std::move(where)) { skip(); }

    [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }
    [[nodiscard]] std::string_view rest() const noexcept { return rest_; }
    [[noreturn]] void fail(std::string_view why) const {
        throw Error(ErrorKind::usage, fmt::format("{}: {}", where_, why), "man ssh-keygen, ALLOWED SIGNERS");
    }

    std::string principals() {
        if (!rest_.starts_with('"')) {
            return std::string(word());
        }
        const auto end = rest_.find('"', 1);
        if (end == std::string_view::npos) {
            fail("a quote is not closed");
        }
        std::string found(rest_.substr(1, end - 1));
        rest_.remove_prefix(end + 1);
        skip();
        return found;
    }

    /// Up to the next blank that is not in quotes.
    std::string_view word() {
        bool quoted = false;
        std::size_t n = 0;
        for (; n < rest_.size() && (quoted || blanks.find(rest_[n]) == std::string_view::npos); ++n) {
            if (rest_[n] == '\\' && n + 1 < rest_.size() && rest_[n + 1] == '"') {
                ++n;
            } else if (rest_[n] == '"') {
                quoted = !quoted;
            }
        }
        if (quoted) {
            fail("a quote is not closed");
        }
        const auto found = rest_.substr(0, n);
        rest_.remove_prefix(n);
        skip();
        return found;
    }

  private:
    void skip() noexcept { rest_.remove_prefix(std::min(rest_.find_first_not_of(blanks), rest_.size())); }

    std::string_view rest_;
    std::string where_;
};

bool is_key_kind(std::string_view word) noexcept {
    return word.starts_with("ssh-") || word.starts_with("sk-") || word.starts_with("ecdsa-") ||
           word.starts_with("rsa-sha2-");
}

std::int64_t parse_time(std::string_view text, const LineReader& line) {
    const bool utc = text.ends_with('Z') || text.ends_with('z');
    if (utc) {
        text.remove_suffix(1);
    }
    if ((text.size() != 8 && text.size() != 12 && text.size() != 14) || !is_digits(text)) {
        line.fail("a time is not YYYYMMDD[HHMM[SS]][Z]");
    }
    const auto number = [&](std::size_t at, std::size_t digits) {
        int value = 0;
        for (const char c : at < text.size() ? text.substr(at, digits) : std::string_view()) {
            value = value * 10 + (c - '0');
        }
        return value;
    };
    std::tm wanted{};
    wanted.tm_year = number(0, 4) - 1900;
    wanted.tm_mon = number(4, 2) - 1;
    wanted.tm_mday = number(6, 2);
    wanted.tm_hour = number(8, 2);
    wanted.tm_min = number(10, 2);
    wanted.tm_sec = number(12, 2);
    wanted.tm_isdst = -1;
    std::tm made = wanted;
    const auto time = utc ? timegm(&made) : mktime(&made);
    if (wanted.tm_year < 70 || made.tm_mon != wanted.tm_mon || made.tm_mday != wanted.tm_mday ||
        wanted.tm_hour > 23 || wanted.tm_min > 59 || wanted.tm_sec > 59) {
        line.fail("there is no such time");
    }
    return time;
}

void parse_options(std::string_view text, AllowedSigner& signer, const LineReader& line) {
    while (true) {
        const auto name = text.substr(0, text.find_first_of("=,"));
        text.remove_prefix(name.size());
        if (same_letters(name, "cert-authority")) {
            line.fail("cert-authority is not supported: list the keys themselves");
        }
        if (!text.starts_with("=\"")) {
            line.fail(fmt::format("'{}' is not an option that dsctl knows", name));
        }
        text.remove_prefix(2);
        std::string value;
        while (!text.empty() && text.front() != '"') {
            if (text.starts_with("\\\"")) {
                text.remove_prefix(1);
            }
            value += text.front();
            text.remove_prefix(1);
        }
        if (text.empty()) {
            line.fail("a quote is not closed");
        }
        text.remove_prefix(1);
        const auto set = [&](auto& field, auto given) {
            if (field) {
                line.fail(fmt::format("'{}' is given twice", name));
            }
            field = std::move(given);
        };
        if (same_letters(name, "namespaces")) {
            set(signer.purposes, value);
        } else if (same_letters(name, "valid-after")) {
            set(signer.valid_after, parse_time(value, line));
        } else if (same_letters(name, "valid-before")) {
            set(signer.valid_before, parse_time(value, line));
        } else {
            line.fail(fmt::format("'{}' is not an option that dsctl knows", name));
        }
        if (text.empty()) {
            return;
        }
        if (!text.starts_with(',') || text.size() == 1) {
            line.fail("options are not separated by commas");
        }
        text.remove_prefix(1);
    }
}

std::optional<AllowedSigner> parse_line(std::string_view text, const std::string& where) {
    LineReader line(text, where);
    if (line.at_end() || line.rest().starts_with('#')) {
        return std::nullopt;
    }
    AllowedSigner signer;
    signer.principals = line.principals();
    if (signer.principals.empty()) {
        line.fail("the principals are empty");
    }
    if (!is_key_kind(line.rest())) {
        parse_options(line.word(), signer, line);
    }
    if (!is_key_kind(line.rest())) {
        line.fail("there is no key");
    }
    if (line.rest().substr(0, line.rest().find_first_of(blanks)) != ssh_ed25519) {
        return std::nullopt;
    }
    try {
        signer.key = SshPublicKey::parse_line(line.rest(), "the key");
    } catch (const Error& error) {
        line.fail(error.message());
    }
    if (signer.valid_after && signer.valid_before && *signer.valid_after > *signer.valid_before) {
        line.fail("valid-before is before valid-after");
    }
    return signer;
}

} // namespace

namespace detail {

bool matches_patterns(std::string_view text, std::string_view patterns) noexcept {
    bool found = false;
    while (true) {
        const auto comma = patterns.find(',');
        auto pattern = patterns.substr(0, comma);
        const bool negated = pattern.starts_with('!');
        pattern.remove_prefix(negated ? 1 : 0);
        if (matches_pattern(text, pattern)) {
            if (negated) {
                return false;
            }
            found = true;
        }
        if (comma == std::string_view::npos) {
            return found;
        }
        patterns.remove_prefix(comma + 1);
    }
}

} // namespace detail

std::vector<AllowedSigner> parse_allowed_signers(std::string_view text, std::string_view what) {
    if (text.size() > max_allowed_signers_bytes) {
        throw Error(ErrorKind::usage, fmt::format("{} has {} bytes; at most {} are allowed", what,
                                                  text.size(), max_allowed_signers_bytes));
    }
    std::vector<AllowedSigner> result;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = std::min(text.find('\n'), text.size());
        if (auto signer = parse_line(text.substr(0, end), fmt::format("{}, line {}", what, number))) {
            result.push_back(std::move(*signer));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return result;
}

SignerVerdict judge_signer(const std::vector<AllowedSigner>& signers, const SshPublicKey& key,
                           std::string_view purpose, std::int64_t time) {
    using Answer = SignerVerdict::Answer;
    std::optional<SignerVerdict> refusal;
    for (const auto& signer : signers) {
        if (signer.key != key) {
            continue;
        }
        const auto answer = signer.purposes && !detail::matches_patterns(purpose, *signer.purposes)
                                ? Answer::other_purpose
                            : signer.valid_after && time < *signer.valid_after   ? Answer::not_yet_valid
                            : signer.valid_before && time > *signer.valid_before ? Answer::expired
                                                                                 : Answer::accepted;
        if (answer == Answer::accepted) {
            return {answer, signer.principals};
        }
        if (!refusal) {
            refusal = SignerVerdict{answer, signer.principals};
        }
    }
    return refusal.value_or(SignerVerdict{});
}

} // namespace ds

// One glob pattern, compiled: the meaning of git's wildmatch in time O(pattern x text).
//
// git's matcher backtracks; this one walks the text once with the set of pattern places that are alive (a
// Thompson simulation over bits), so that no pattern, however it is built, takes exponential time.
//
//   *  any bytes but '/'      ?  one byte but '/'      [a-z] [!a] [[:alpha:]]  one byte but '/'
//   ** between slashes or ends: any bytes;  "**/" also matches nothing       \c  the byte c
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

/// Immutable, thread-safe.
class Wildmatch {
  public:
    explicit Wildmatch(std::string_view pattern);
    [[nodiscard]] bool match(std::string_view text) const;

    /// Whether `c` is more than itself in a pattern.
    [[nodiscard]] static constexpr bool special(char c) noexcept {
        return c == '*' || c == '?' || c == '[' || c == '\\';
    }

  private:
    enum class Op : std::uint8_t {
        literal,  ///< one byte, `byte`
        any,      ///< one byte but '/'
        set,      ///< one byte of sets_[byte_set]
        star,     ///< any bytes but '/'
        deep,     ///< any bytes
        deep_dir, ///< "**/": any bytes, then the '/' that follows; or nothing of both
        never,    ///< a malformed pattern
    };
    struct Token {
        Op op;
        unsigned char byte = 0;
        std::uint32_t byte_set = 0;
    };
    using Set = std::array<std::uint64_t, 4>;

    bool parse_set(std::string_view pattern, std::size_t& at);
    [[nodiscard]] bool simulate(std::string_view text) const;
    [[nodiscard]] bool takes(const Token& token, unsigned char c) const noexcept;

    std::string prefix_; ///< literal bytes before the first token
    std::vector<Token> tokens_;
    std::vector<Set> sets_;
    std::string suffix_; ///< when simple_: what follows a single '*'
    bool simple_ = false;
};

} // namespace ds

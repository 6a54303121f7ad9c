// YAML as front matter has it: one document, scalars, lists and maps, with the line of every part. Over libyaml's
// parser, whose events are counted here, since cards come from registries and are hostile until read:
//
//   depth        at most 32
//   nodes        at most 20,000, those that aliases repeat included; 1,000 in one map
//   bytes        at most 1 MiB of text, 4 MiB with what aliases repeat
//   refused      a second document, tags but the core ones, keys that are no scalars, keys that come twice
#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "codec/json.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

/// What is wrong with a text, and where.
class YamlError : public Error {
  public:
    YamlError(unsigned line, const std::string& what);
    [[nodiscard]] unsigned line() const noexcept { return line_; }
    [[nodiscard]] const std::string& what_is_wrong() const noexcept { return what_; }

  private:
    unsigned line_;
    std::string what_;
};

/// A node of a document. Value type.
struct YamlNode {
    enum class Kind { null, scalar, list, map };
    struct Member;
    Kind kind = Kind::null;
    std::string text;   ///< of a scalar
    bool plain = false; ///< a scalar without quotes: may be a number or a boolean
    unsigned line = 0;  ///< counted from 1
    std::vector<YamlNode> items;
    std::vector<Member> members; ///< in the order of the text

    [[nodiscard]] const YamlNode* find(std::string_view key) const noexcept;
    [[nodiscard]] bool is_scalar() const noexcept { return kind == Kind::scalar; }
    /// A whole number that was written plainly.
    [[nodiscard]] std::optional<std::uint64_t> number() const noexcept;
    /// As JSON; plain scalars become what YAML's core schema makes of them.
    [[nodiscard]] Json json() const;

    static YamlNode scalar(std::string text);
    static YamlNode number(std::uint64_t n);
    static YamlNode list();
    static YamlNode map();
    /// Appends a member to a map. Returns it for chaining.
    YamlNode& set(std::string key, YamlNode value);
};
struct YamlNode::Member {
    std::string key;
    unsigned line = 0;
    YamlNode value;
};

inline constexpr std::size_t max_yaml_bytes = 1u << 20;

/// @param first_line the number of the text's first line, for errors. An empty text is null. @throws YamlError
[[nodiscard]] YamlNode parse_yaml(ByteView text, unsigned first_line = 1);
/// As block style, such that parse_yaml() gives the same back.
[[nodiscard]] std::string write_yaml(const YamlNode& node);

} // namespace ds

// Names people type: dataset references and version names, parsed once at the boundary.
//
//   ref       := [registry "/"] [namespace "/"] name [":" version] ["@" digest]
//   component := [a-z0-9]+ (("."|"_"|"__"|"-"+) [a-z0-9]+)*          (at most 128 bytes)
//   version   := [A-Za-z0-9] [A-Za-z0-9._-]{0,62}, last character alphanumeric;
//                not ".." inside, ".lock" at the end, HEAD, 40 or 64 hex digits
//   digest    := "sha256:" 64 lower-case hex
//
// Three components: the first is the registry. Part of the public contract.
#pragma once

#include "base/sha256.hpp"

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace ds {

/// Whether `text` can be a registry, namespace or dataset name.
[[nodiscard]] bool is_component(std::string_view text) noexcept;
/// @throws Error(usage) that says what is allowed, naming `what` ("namespace", "dataset name", …).
void check_component(std::string_view text, std::string_view what);

/// `namespace/name`. Always valid.
class DatasetName {
  public:
    /// @throws Error(usage)
    DatasetName(std::string ns, std::string name);
    /// Parses "namespace/name". @throws Error(usage)
    [[nodiscard]] static DatasetName parse(std::string_view text);

    [[nodiscard]] const std::string& ns() const noexcept { return ns_; }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] std::string str() const { return ns_ + "/" + name_; }
    friend auto operator<=>(const DatasetName&, const DatasetName&) = default;

  private:
    std::string ns_;
    std::string name_;
};

/// A version name. Always valid.
class VersionName {
  public:
    /// @throws Error(usage) that says which rule `text` breaks.
    explicit VersionName(std::string text);
    [[nodiscard]] static bool valid(std::string_view text) noexcept;
    [[nodiscard]] const std::string& str() const noexcept { return text_; }
    /// Two names that are equal here may not both exist in one dataset.
    [[nodiscard]] std::string folded() const;
    friend auto operator<=>(const VersionName&, const VersionName&) = default;

  private:
    std::string text_;
};

/// A reference as typed: registry and namespace may be left to the defaults.
struct DatasetRef {
    std::optional<std::string> registry;
    std::optional<std::string> ns;
    std::string name;
    std::optional<VersionName> version;
    std::optional<Sha256> digest;

    /// @throws Error(usage) that names the part that is wrong.
    [[nodiscard]] static DatasetRef parse(std::string_view text);
    /// The same; nothing for a word that is no reference.
    [[nodiscard]] static std::optional<DatasetRef> parse_if(std::string_view text);
    /// In the reference grammar; parse(str()) gives it back.
    [[nodiscard]] std::string str() const;
};

/// "sha256:" + hex.
[[nodiscard]] std::string digest_str(const Sha256& digest);
/// "sha256:" and 64 lower-case hex digits, else nothing.
[[nodiscard]] std::optional<Sha256> parse_digest(std::string_view text) noexcept;

} // namespace ds

// Reading members of JSON documents with errors that name document and member, and the parts that
// several documents share. Internal to this module.
#pragma once

#include "codec/json.hpp"
#include "model/documents.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace ds {

/// Parses a document of at most `max_bytes` and checks "schema": `name` + "/1".
/// @throws CorruptObject; Error(failure) when the schema is a newer one
[[nodiscard]] Json parse_document(ByteView text, std::string_view what, std::string_view name,
                                  std::size_t max_bytes);
/// Begins a document.
[[nodiscard]] Json new_document(std::string_view name);
/// The text of a document, a line end behind it. @throws Error(failure) when it is above `max_bytes`
[[nodiscard]] std::string document_text(const Json& document, std::string_view what, std::size_t max_bytes);

/// The members of one JSON object. Refers to both arguments. A null member counts as absent.
class Fields {
  public:
    /// @throws CorruptObject when `json` is no object
    Fields(const Json& json, std::string_view what);

    [[nodiscard]] const Json* find(std::string_view key) const noexcept;
    [[nodiscard]] const Json& at(std::string_view key) const;
    [[nodiscard]] std::string str(std::string_view key) const;
    [[nodiscard]] std::string str_or_empty(std::string_view key) const;
    [[nodiscard]] std::uint64_t u64(std::string_view key,
                                    std::uint64_t max = std::numeric_limits<std::uint64_t>::max()) const;
    [[nodiscard]] std::uint32_t u32(std::string_view key,
                                    std::uint32_t max = std::numeric_limits<std::uint32_t>::max()) const;
    /// Seconds since the epoch, up to the year 9999.
    [[nodiscard]] std::int64_t time(std::string_view key) const;
    [[nodiscard]] Sha256 hash(std::string_view key) const;
    /// "sha256:" and hex.
    [[nodiscard]] Sha256 digest(std::string_view key) const;
    /// Exactly so many lower-case hex digits.
    [[nodiscard]] std::string hex(std::string_view key, std::size_t digits) const;
    [[nodiscard]] std::string version_id(std::string_view key) const;
    /// "ns/name"
    [[nodiscard]] std::string dataset(std::string_view key) const;
    /// A version name.
    [[nodiscard]] std::string version(std::string_view key) const;
    [[nodiscard]] HeadState state(std::string_view key) const;
    [[nodiscard]] const Json::Array& array(std::string_view key) const;
    [[nodiscard]] std::string_view what() const noexcept { return what_; }
    [[noreturn]] void fail(std::string_view key, std::string_view why) const;

  private:
    const Json& json_;
    std::string_view what_;
};

[[nodiscard]] Json roots_json(const VersionRoots& roots);
[[nodiscard]] VersionRoots read_roots(const Json& json, std::string_view what);
[[nodiscard]] Json note_json(const NoteRef& note);
[[nodiscard]] NoteRef read_note_ref(const Json& json, std::string_view what);
[[nodiscard]] Json origin_json(const Origin& origin);
[[nodiscard]] Origin read_origin(const Json& json, std::string_view what);

} // namespace ds

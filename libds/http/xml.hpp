// XML replies of S3 and STS: a strict, bounded reader over pugixml.
//
// Refused: any <!…> but CDATA and comments (so no DTD and no entity of a document's own), other entities than
// the five of XML and character references, depth over 32, more than 200,000 tags, more than the given size,
// text behind the end.
#pragma once

#include "base/bytes.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

/// Replies of listings are the largest: 1,000 keys of 1,024 bytes, percent-encoded.
inline constexpr std::size_t max_xml_bytes = 8u << 20;

class XmlDocument;

/// An element; a small value that refers to its document, which must outlive it. Names are as written (S3
/// uses no prefixes; the default namespace is ignored).
class XmlElement {
  public:
    [[nodiscard]] std::string_view name() const noexcept;
    /// All text directly below, entities resolved.
    [[nodiscard]] std::string text() const;
    /// The first child element of that name.
    [[nodiscard]] std::optional<XmlElement> child(std::string_view name) const;
    /// Child elements, of one name or (empty) of all, in document order.
    [[nodiscard]] std::vector<XmlElement> children(std::string_view name = {}) const;
    /// Text of the child of that name; empty when absent.
    [[nodiscard]] std::string text_of(std::string_view name) const;
    /// Text of a child that must be there. @throws CorruptObject
    [[nodiscard]] std::string required(std::string_view name) const;
    /// A decimal number in a child that must be there. @throws CorruptObject
    [[nodiscard]] std::uint64_t number(std::string_view name) const;

  private:
    friend class XmlDocument;
    XmlElement(const XmlDocument* document, void* node) noexcept : document_(document), node_(node) {}
    const XmlDocument* document_;
    void* node_; // a pugi::xml_node_struct, so that nothing else compiles that header
};

/// A parsed reply. Not copyable; elements refer to it.
class XmlDocument {
  public:
    /// @param what names the reply in errors ("list of bucket data"). @throws CorruptObject
    XmlDocument(ByteView text, std::string what, std::size_t max_bytes = max_xml_bytes);
    ~XmlDocument();
    XmlDocument(const XmlDocument&) = delete;
    XmlDocument& operator=(const XmlDocument&) = delete;

    [[nodiscard]] XmlElement root() const noexcept;
    /// The root, which must have that name. @throws CorruptObject
    [[nodiscard]] XmlElement root(std::string_view name) const;
    [[nodiscard]] const std::string& what() const noexcept { return what_; }

  private:
    struct Impl;
    std::string what_;
    std::unique_ptr<Impl> impl_;
};

/// Text made safe between tags and in attributes (bodies of requests).
[[nodiscard]] std::string xml_escape(std::string_view text);

} // namespace ds

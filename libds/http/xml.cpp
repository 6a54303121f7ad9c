// pugixml leaves document types and unknown entities alone but does not refuse them, and knows no bounds: one
// pass over the text does both before it parses.
#include "http/xml.hpp"

#include "base/error.hpp"
#include "base/number.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <pugixml.hpp>

namespace ds {

namespace {

constexpr unsigned max_depth = 32;
constexpr unsigned max_tags = 200'000;

/// The bounds and prohibitions of the header, on the text itself.
class Scan {
  public:
    Scan(ByteView text, const std::string& what) : text_(text), what_(what) {}

    void run() {
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '<') {
                markup();
            } else if (c == '&') {
                entity();
            } else if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') {
                fail("a control character");
            } else {
                ++at_;
            }
        }
        if (depth_ != 0) {
            fail("no end");
        }
    }

  private:
    [[noreturn]] void fail(std::string_view why) const {
        throw CorruptObject(what_ + ": not a valid XML reply (" + std::string(why) + ")");
    }

    /// Goes behind the next `end`.
    void skip_to(std::string_view end) {
        const std::size_t found = text_.find(end, at_);
        if (found == ByteView::npos) {
            fail("no end");
        }
        at_ = found + end.size();
    }

    void markup() {
        const ByteView rest = text_.substr(at_);
        if (rest.starts_with("<!--")) {
            at_ += 4;
            skip_to("-->");
        } else if (rest.starts_with("<![CDATA[")) {
            skip_to("]]>");
        } else if (rest.starts_with("<!")) {
            fail("a document type");
        } else if (rest.starts_with("<?")) {
            skip_to("?>");
        } else {
            tag(rest.starts_with("</"));
        }
    }

    void tag(bool closing) {
        if (++tags_ > max_tags) {
            fail("too many elements");
        }
        if (closing) {
            if (depth_ == 0) {
                fail("an end without a beginning");
            }
            --depth_;
            skip_to(">");
            return;
        }
        if (depth_ == 0 && rooted_) {
            fail("more than one root");
        }
        rooted_ = true;
        char quote = 0;
        for (; at_ < text_.size() && (quote != 0 || text_[at_] != '>'); ++at_) {
            const char c = text_[at_];
            if (quote != 0) {
                quote = c == quote ? '\0' : quote;
            } else if (c == '"' || c == '\'') {
                quote = c;
            }
        }
        if (at_ == text_.size()) {
            fail("no end");
        }
        if (text_[at_ - 1] != '/' && ++depth_ > max_depth) {
            fail("too deep");
        }
        ++at_;
    }

    void entity() {
        constexpr std::array<std::string_view, 5> known = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"};
        const ByteView rest = text_.substr(at_);
        for (const std::string_view name : known) {
            if (rest.starts_with(name)) {
                at_ += name.size();
                return;
            }
        }
        const std::size_t end = rest.find(';');
        if (!rest.starts_with("&#") || end == ByteView::npos || end < 3 || end > 10) {
            fail("an unknown entity");
        }
        const bool hex = rest[2] == 'x';
        const ByteView number = rest.substr(hex ? 3 : 2, end - (hex ? 3 : 2));
        std::uint32_t code = 0;
        const auto [stop, error] =
            std::from_chars(number.data(), number.data() + number.size(), code, hex ? 16 : 10);
        if (error != std::errc() || stop != number.data() + number.size() || code == 0 || code > 0x10ffff ||
            (code >= 0xd800 && code < 0xe000)) {
            fail("an invalid character reference");
        }
        at_ += end + 1;
    }

    ByteView text_;
    const std::string& what_;
    std::size_t at_ = 0;
    unsigned depth_ = 0;
    unsigned tags_ = 0;
    bool rooted_ = false;
};

pugi::xml_node as_node(void* node) noexcept {
    return pugi::xml_node(static_cast<pugi::xml_node_struct*>(node));
}

bool is_element(const pugi::xml_node& node, std::string_view name) noexcept {
    return node.type() == pugi::node_element && (name.empty() || name == node.name());
}

} // namespace

struct XmlDocument::Impl {
    pugi::xml_document document;
};

XmlDocument::XmlDocument(ByteView text, std::string what, std::size_t max_bytes)
    : what_(std::move(what)), impl_(std::make_unique<Impl>()) {
    if (text.size() > max_bytes) {
        throw CorruptObject(what_ + ": the reply is longer than " + std::to_string(max_bytes) + " bytes");
    }
    Scan(text, what_).run();
    // Blanks count: a key may be one. (Between elements they make text nodes, which nothing reads.)
    constexpr unsigned flags = pugi::parse_escapes | pugi::parse_cdata | pugi::parse_ws_pcdata;
    const auto result = impl_->document.load_buffer(text.data(), text.size(), flags, pugi::encoding_utf8);
    if (!result || !impl_->document.document_element()) {
        throw CorruptObject(what_ + ": not a valid XML reply (" + (result ? "empty" : result.description()) +
                            ")");
    }
}

XmlDocument::~XmlDocument() = default;

XmlElement XmlDocument::root() const noexcept {
    return {this, impl_->document.document_element().internal_object()};
}

XmlElement XmlDocument::root(std::string_view name) const {
    const XmlElement element = root();
    if (element.name() != name) {
        throw CorruptObject(what_ + ": the reply is not a <" + std::string(name) + ">");
    }
    return element;
}

std::string_view XmlElement::name() const noexcept {
    return as_node(node_).name();
}

std::string XmlElement::text() const {
    std::string out;
    for (const auto& node : as_node(node_).children()) {
        if (node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata) {
            out += node.value();
        }
    }
    return out;
}

std::optional<XmlElement> XmlElement::child(std::string_view name) const {
    for (const auto& node : as_node(node_).children()) {
        if (is_element(node, name)) {
            return XmlElement(document_, node.internal_object());
        }
    }
    return std::nullopt;
}

std::vector<XmlElement> XmlElement::children(std::string_view name) const {
    std::vector<XmlElement> out;
    for (const auto& node : as_node(node_).children()) {
        if (is_element(node, name)) {
            out.push_back(XmlElement(document_, node.internal_object()));
        }
    }
    return out;
}

std::string XmlElement::text_of(std::string_view name) const {
    const auto element = child(name);
    return element ? element->text() : std::string();
}

std::string XmlElement::required(std::string_view name) const {
    const auto element = child(name);
    if (!element) {
        throw CorruptObject(document_->what() + ": the reply has no <" + std::string(name) + ">");
    }
    return element->text();
}

std::uint64_t XmlElement::number(std::string_view name) const {
    const std::string text = required(name);
    const auto value = parse_number(text);
    if (!value) {
        throw CorruptObject(document_->what() + ": <" + std::string(name) + "> of the reply is not a number");
    }
    return *value;
}

std::string xml_escape(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        default:
            out += c;
        }
    }
    return out;
}

} // namespace ds

// Writing JSON: members in their order, the same bytes for the same value.
#include "base/utf8.hpp"
#include "codec/json.hpp"

#include <cmath>
#include <fmt/core.h>
#include <iterator>

namespace ds {

namespace {

void dump_string(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        // Runs of plain ASCII are copied whole.
        std::size_t plain = 0;
        while (plain < text.size() && text[plain] >= 0x20 && text[plain] < 0x7f && text[plain] != '"' &&
               text[plain] != '\\') {
            ++plain;
        }
        out.append(text, 0, plain);
        text.remove_prefix(plain);
        if (text.empty()) {
            break;
        }
        const Utf8Char c = decode_utf8(text);
        if (c.length == 0) {
            out += "\xef\xbf\xbd"; // U+FFFD
        } else if (c.code == '"' || c.code == '\\') {
            out += '\\';
            out += text[0];
        } else if (c.code == '\n') {
            out += "\\n";
        } else if (c.code == '\t') {
            out += "\\t";
        } else if (c.code == '\r') {
            out += "\\r";
        } else if (is_terminal_hazard(c.code)) { // the same value to a parser, harmless on a terminal
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c.code));
        } else {
            out.append(text, 0, c.length);
        }
        text.remove_prefix(c.length == 0 ? 1 : c.length);
    }
    out += '"';
}

void dump_double(std::string& out, double v) {
    if (!std::isfinite(v)) {
        out += "null"; // JSON has no such numbers
        return;
    }
    const std::string text = fmt::format("{}", v);
    out += text;
    if (text.find_first_of(".e") == std::string::npos) {
        out += ".0"; // it stays a number with a fraction when read again
    }
}

void new_line(std::string& out, bool indent, unsigned depth) {
    if (indent) {
        out += '\n';
        out.append(2 * std::size_t{depth}, ' ');
    }
}

} // namespace

/// Walks a value; a class so that it can be a friend of Json.
class JsonWriter {
  public:
    JsonWriter(std::string& out, bool indent) : out_(out), indent_(indent) {}

    void write(const Json& json, unsigned depth) {
        std::visit([&](const auto& v) { value(v, depth); }, json.value_);
    }

  private:
    void value(std::monostate, unsigned) { out_ += "null"; }
    void value(bool v, unsigned) { out_ += v ? "true" : "false"; }
    void value(std::int64_t v, unsigned) { fmt::format_to(std::back_inserter(out_), "{}", v); }
    void value(std::uint64_t v, unsigned) { fmt::format_to(std::back_inserter(out_), "{}", v); }
    void value(double v, unsigned) { dump_double(out_, v); }
    void value(const std::string& v, unsigned) { dump_string(out_, v); }
    void value(const Json::Array& items, unsigned depth) {
        out_ += '[';
        for (const Json& item : items) {
            separate(&item == items.data(), depth + 1);
            write(item, depth + 1);
        }
        close(items.empty(), ']', depth);
    }
    void value(const Json::Object& members, unsigned depth) {
        out_ += '{';
        for (const auto& member : members) {
            separate(&member == members.data(), depth + 1);
            dump_string(out_, member.first);
            out_ += indent_ ? ": " : ":";
            write(member.second, depth + 1);
        }
        close(members.empty(), '}', depth);
    }
    void separate(bool first, unsigned depth) {
        if (!first) {
            out_ += ',';
        }
        new_line(out_, indent_, depth);
    }
    void close(bool empty, char bracket, unsigned depth) {
        if (!empty) {
            new_line(out_, indent_, depth);
        }
        out_ += bracket;
    }

    std::string& out_;
    bool indent_;
};

std::string Json::dump(bool indent) const {
    std::string out;
    JsonWriter(out, indent).write(*this, 0);
    return out;
}

} // namespace ds

#include "model/use_record.hpp"

#include "base/error.hpp"
#include "base/utf8.hpp"
#include "model/document_fields.hpp"

#include <algorithm>

namespace ds {

namespace {

constexpr std::string_view schema = "dsctl.use";
constexpr std::size_t max_action_bytes = 32;

/// Text without control characters, at most max_use_text_bytes.
std::string cleaned(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto c = decode_utf8(text);
        const auto length = std::max<std::size_t>(c.length, 1);
        const bool plain = c.length > 0 && !is_terminal_hazard(c.code);
        const auto piece = plain ? text.substr(0, length) : std::string_view("?");
        if (out.size() + piece.size() > max_use_text_bytes) {
            break;
        }
        out += piece;
        text.remove_prefix(length);
    }
    return out;
}

std::string read_text(const Fields& fields, std::string_view key, bool needed) {
    auto text = fields.str_or_empty(key);
    if (text.size() > max_use_text_bytes || cleaned(text) != text || (needed && text.empty())) {
        fields.fail(key, "is no plain text");
    }
    return text;
}

} // namespace

std::string UseRecord::text() const {
    auto json = new_document(schema);
    json.set("registry_id", Json(registry_id)).set("dataset", Json(dataset)).set("version", Json(version));
    if (digest) {
        json.set("digest", Json(digest_str(*digest)));
    }
    json.set("commit", Json(commit)).set("action", Json(action)).set("time", Json(time));
    const auto or_unknown = [](const std::string& text) {
        return text.empty() ? std::string("unknown") : text;
    };
    json.set("user", Json(or_unknown(cleaned(user)))).set("host", Json(or_unknown(cleaned(host))));
    if (run) {
        auto object = Json::object();
        object.set("source", Json(or_unknown(cleaned(run->source))));
        object.set("id", Json(or_unknown(cleaned(run->id))));
        if (!run->job.empty()) {
            object.set("job", Json(cleaned(run->job)));
        }
        json.set("run", std::move(object));
    }
    return json.dump() + "\n";
}

UseRecord UseRecord::parse(ByteView text, std::string_view what) {
    const auto json = parse_document(text, what, schema, max_use_record_bytes);
    const Fields fields(json, what);
    UseRecord out;
    out.registry_id = fields.hex("registry_id", 32);
    out.dataset = fields.dataset("dataset");
    out.version = fields.version("version");
    if (fields.find("digest") != nullptr) {
        out.digest = fields.digest("digest");
    }
    out.commit = fields.hex("commit", 40);
    out.action = fields.str("action");
    const bool word =
        !out.action.empty() && out.action.size() <= max_action_bytes &&
        std::all_of(out.action.begin(), out.action.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    if (!word) { // later versions may know more of them
        fields.fail("action", "is no word");
    }
    out.time = fields.time("time");
    out.user = read_text(fields, "user", true);
    out.host = read_text(fields, "host", true);
    if (const auto* run = fields.find("run")) {
        const Fields inner(*run, what);
        out.run = Run{read_text(inner, "source", true), read_text(inner, "id", true),
                      read_text(inner, "job", false)};
    }
    return out;
}

} // namespace ds

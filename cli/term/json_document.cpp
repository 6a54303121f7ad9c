#include "term/json_document.hpp"

#include "codec/text.hpp"

#include <fmt/format.h>

namespace ds::cli {

void set_bytes(Json& object, std::string_view key, std::string_view bytes) {
    object.set(key, Json(bytes));
    if (!is_utf8(bytes)) {
        object.set(std::string(key) + "_base64", Json(to_base64(bytes)));
    }
}

JsonDocument::JsonDocument(Output& out, std::string_view command) : out_(out) {
    out_.write(fmt::format("{{\n  \"schema\": \"dsctl.{}/1\"", command));
}

void JsonDocument::member(std::string_view key, const Json& value) {
    out_.write(fmt::format(",\n  {}: {}", Json(key).dump(), value.dump()));
}

void JsonDocument::bytes_member(std::string_view key, std::string_view bytes) {
    Json object = Json::object();
    set_bytes(object, key, bytes);
    for (const auto& [name, value] : object.members()) {
        member(name, value);
    }
}

void JsonDocument::paths_member(std::string_view key, const std::vector<std::string>& paths) {
    begin_array(key);
    for (const auto& path : paths) {
        Json entry = Json::object();
        set_bytes(entry, "path", path);
        item(entry);
    }
    end_array();
}

void JsonDocument::reasons_member(std::string_view key,
                                  const std::vector<std::pair<std::string, std::string>>& paths) {
    begin_array(key);
    for (const auto& [path, why] : paths) {
        Json entry = Json::object();
        set_bytes(entry, "path", path);
        item(entry.set("reason", Json(why)));
    }
    end_array();
}

void JsonDocument::begin_array(std::string_view key) {
    out_.write(fmt::format(",\n  {}: [", Json(key).dump()));
    first_item_ = true;
}

void JsonDocument::item(const Json& value) {
    out_.write((first_item_ ? "\n    " : ",\n    ") + value.dump());
    first_item_ = false;
}

void JsonDocument::end_array() {
    out_.write(first_item_ ? "]" : "\n  ]");
}

void JsonDocument::finish() {
    out_.write("\n}\n");
}

} // namespace ds::cli

// Looking at nodes, and what plain scalars mean.
#include "card/yaml.hpp"

#include <charconv>
#include <cmath>
#include <fmt/core.h>

namespace ds {

YamlError::YamlError(unsigned line, const std::string& what)
    : Error(ErrorKind::corrupt, fmt::format("line {}: {}", line, what)), line_(line), what_(what) {}

const YamlNode* YamlNode::find(std::string_view key) const noexcept {
    for (const auto& member : members) {
        if (member.key == key) {
            return &member.value;
        }
    }
    return nullptr;
}

std::optional<std::uint64_t> YamlNode::number() const noexcept {
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    return is_scalar() && plain && error == std::errc() && stopped == end ? std::optional(value)
                                                                          : std::nullopt;
}

namespace {

Json plain_json(const std::string& text) {
    if (text == "true" || text == "True" || text == "TRUE") {
        return {true};
    }
    if (text == "false" || text == "False" || text == "FALSE") {
        return {false};
    }
    if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") {
        return {};
    }
    const char* const end = text.data() + text.size();
    std::int64_t whole = 0;
    if (const auto [at, error] = std::from_chars(text.data(), end, whole);
        error == std::errc() && at == end) {
        return {whole};
    }
    double number = 0;
    const bool looks_it = text.find_first_not_of("+-0123456789.eE") == std::string::npos;
    if (const auto [at, error] = std::from_chars(text.data(), end, number);
        looks_it && error == std::errc() && at == end && std::isfinite(number)) {
        return {number};
    }
    return {text};
}

} // namespace

Json YamlNode::json() const {
    switch (kind) {
    case Kind::null:
        return {};
    case Kind::scalar:
        return plain ? plain_json(text) : Json(text);
    case Kind::list: {
        auto list = Json::array();
        for (const auto& item : items) {
            list.push(item.json());
        }
        return list;
    }
    case Kind::map: {
        auto map = Json::object();
        for (const auto& member : members) {
            map.set(member.key, member.value.json());
        }
        return map;
    }
    }
    return {};
}

YamlNode YamlNode::scalar(std::string text) {
    YamlNode node;
    node.kind = Kind::scalar;
    node.text = std::move(text);
    return node;
}
YamlNode YamlNode::number(std::uint64_t n) {
    auto node = scalar(std::to_string(n));
    node.plain = true;
    return node;
}
YamlNode YamlNode::list() {
    YamlNode node;
    node.kind = Kind::list;
    return node;
}
YamlNode YamlNode::map() {
    YamlNode node;
    node.kind = Kind::map;
    return node;
}
YamlNode& YamlNode::set(std::string key, YamlNode value) {
    members.push_back({std::move(key), 0, std::move(value)});
    return *this;
}

} // namespace ds

// Typed access to a Json value.
#include "base/error.hpp"
#include "codec/json.hpp"

#include <fmt/core.h>
#include <stdexcept>

namespace ds {

namespace {

std::string_view kind_of(std::size_t index) {
    constexpr std::string_view names[] = {"null",     "a boolean", "a number", "a number",
                                          "a number", "a string",  "an array", "an object"};
    return names[index];
}

[[noreturn]] void wrong_type(std::string_view wanted, std::size_t index) {
    throw CorruptObject(fmt::format("JSON: expected {}, found {}", wanted, kind_of(index)));
}

} // namespace

Json::Json() noexcept = default;
Json::Json(const Json&) = default;
Json::Json(Json&&) noexcept = default;
Json& Json::operator=(const Json&) = default;
Json& Json::operator=(Json&&) noexcept = default;
Json::~Json() = default;

const std::string& Json::str() const {
    if (const auto* v = std::get_if<std::string>(&value_)) {
        return *v;
    }
    wrong_type("a string", value_.index());
}

std::uint64_t Json::u64() const {
    if (const auto* v = std::get_if<std::uint64_t>(&value_)) {
        return *v;
    }
    if (const auto* v = std::get_if<std::int64_t>(&value_); v != nullptr && *v >= 0) {
        return static_cast<std::uint64_t>(*v);
    }
    wrong_type("a whole number from 0", value_.index());
}

std::int64_t Json::i64() const {
    if (const auto* v = std::get_if<std::int64_t>(&value_)) {
        return *v;
    }
    if (const auto* v = std::get_if<std::uint64_t>(&value_); v != nullptr && *v <= INT64_MAX) {
        return static_cast<std::int64_t>(*v);
    }
    wrong_type("a whole number below 2^63", value_.index());
}

bool Json::boolean() const {
    if (const auto* v = std::get_if<bool>(&value_)) {
        return *v;
    }
    wrong_type("a boolean", value_.index());
}

const Json::Array& Json::items() const {
    if (const auto* v = std::get_if<Array>(&value_)) {
        return *v;
    }
    wrong_type("an array", value_.index());
}

const Json::Object& Json::members() const {
    if (const auto* v = std::get_if<Object>(&value_)) {
        return *v;
    }
    wrong_type("an object", value_.index());
}

const Json* Json::find(std::string_view key) const noexcept {
    if (const auto* object = std::get_if<Object>(&value_)) {
        for (const auto& [name, value] : *object) {
            if (name == key) {
                return &value;
            }
        }
    }
    return nullptr;
}

const Json& Json::at(std::string_view key) const {
    const Object& object = members();
    for (const auto& [name, value] : object) {
        if (name == key) {
            return value;
        }
    }
    throw CorruptObject(fmt::format("JSON: member '{}' is missing", key));
}

Json& Json::set(std::string_view key, Json value) {
    auto* object = std::get_if<Object>(&value_);
    if (object == nullptr) {
        throw std::logic_error("Json::set on something that is no object");
    }
    object->emplace_back(std::string(key), std::move(value));
    return *this;
}

Json& Json::push(Json value) {
    auto* items = std::get_if<Array>(&value_);
    if (items == nullptr) {
        throw std::logic_error("Json::push on something that is no array");
    }
    items->push_back(std::move(value));
    return *this;
}

} // namespace ds

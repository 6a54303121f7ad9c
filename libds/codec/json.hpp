// JSON: a small value type parsed strictly and with bounds, and a writer with stable order.
#pragma once

#include "base/bytes.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ds {

/// A parsed JSON value. Objects keep the order of their members. Value type.
class Json {
  public:
    using Array = std::vector<Json>;
    using Object = std::vector<std::pair<std::string, Json>>;

    Json() noexcept; // null
    // Not inline: g++ 12 sees uninitialised strings in every inlined move of a variant.
    Json(const Json&);
    Json(Json&&) noexcept;
    Json& operator=(const Json&);
    Json& operator=(Json&&) noexcept;
    ~Json();
    Json(std::nullptr_t) noexcept : Json() {}
    Json(bool v) : value_(v) {}
    Json(std::int64_t v) : value_(v) {}
    Json(std::uint64_t v) : value_(v) {}
    Json(int v) : value_(static_cast<std::int64_t>(v)) {}
    Json(unsigned v) : value_(static_cast<std::uint64_t>(v)) {}
    Json(double v) : value_(v) {}
    Json(std::string v) : value_(std::move(v)) {}
    Json(std::string_view v) : value_(std::string(v)) {}
    Json(const char* v) : value_(std::string(v)) {}
    Json(Array v) : value_(std::move(v)) {}
    Json(Object v) : value_(std::move(v)) {}

    [[nodiscard]] static Json object() { return Json(Object{}); }
    [[nodiscard]] static Json array() { return Json(Array{}); }

    /// Parses one document: at most `max_depth` deep, no duplicate members, valid UTF-8, nothing
    /// behind it. Numbers without fraction or exponent become integers and must fit 64 bits. @throws
    /// CorruptObject naming `what`
    [[nodiscard]] static Json parse(ByteView text, std::string_view what, unsigned max_depth = 32);

    [[nodiscard]] bool is_null() const noexcept { return std::holds_alternative<std::monostate>(value_); }
    [[nodiscard]] bool is_object() const noexcept { return std::holds_alternative<Object>(value_); }
    [[nodiscard]] bool is_array() const noexcept { return std::holds_alternative<Array>(value_); }
    [[nodiscard]] bool is_string() const noexcept { return std::holds_alternative<std::string>(value_); }

    // Typed access. @throws CorruptObject "JSON: member 'x' is missing" / "JSON: expected a string, found
    // null"
    [[nodiscard]] const std::string& str() const;
    [[nodiscard]] std::uint64_t u64() const;
    [[nodiscard]] std::int64_t i64() const;
    [[nodiscard]] bool boolean() const;
    [[nodiscard]] const Array& items() const;
    [[nodiscard]] const Object& members() const;
    /// Member of an object; null pointer when absent (or this is no object).
    [[nodiscard]] const Json* find(std::string_view key) const noexcept;
    /// Member of an object. @throws CorruptObject when absent
    [[nodiscard]] const Json& at(std::string_view key) const;

    /// Appends a member / an item (this must be an object / array). Returns *this for chaining.
    Json& set(std::string_view key, Json value);
    Json& push(Json value);

    /// Compact, or indented by two spaces. Strings that are not valid UTF-8 are written with each
    /// offending byte as U+FFFD; callers who need the bytes add a "…_base64" or use -z output.
    [[nodiscard]] std::string dump(bool indent = false) const;

  private:
    friend class JsonWriter;
    std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, Array, Object>
        value_;
};

} // namespace ds

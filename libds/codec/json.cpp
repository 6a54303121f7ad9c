// Strict parsing over nlohmann's event interface.
#include "codec/json.hpp"

#include "base/error.hpp"
#include "base/path.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace ds {

namespace {

/// Builds a Json from the events of nlohmann's parser, which itself checks grammar and UTF-8.
class Builder final : public nlohmann::json::json_sax_t {
  public:
    explicit Builder(unsigned max_depth) : max_depth_(max_depth) {}

    bool null() override { return add(Json()); }
    bool boolean(bool v) override { return add(Json(v)); }
    bool number_integer(number_integer_t v) override { return add(Json(static_cast<std::int64_t>(v))); }
    bool number_unsigned(number_unsigned_t v) override { return add(Json(static_cast<std::uint64_t>(v))); }
    bool number_float(number_float_t v, const string_t& text) override {
        // A whole number that fits no integer would silently lose digits.
        if (text.find_first_of(".eE") == string_t::npos) {
            return refuse("a number is larger than 64 bits");
        }
        return add(Json(v));
    }
    bool string(string_t& v) override { return add(Json(std::move(v))); }
    bool binary(binary_t&) override { return refuse("binary value"); }
    bool start_object(std::size_t) override { return open(); }
    bool start_array(std::size_t) override { return open(); }
    bool key(string_t& v) override {
        open_.back().keys.push_back(std::move(v));
        return true;
    }
    bool end_object() override {
        Level level = std::move(open_.back());
        std::vector<std::string_view> sorted(level.keys.begin(), level.keys.end());
        std::sort(sorted.begin(), sorted.end());
        if (const auto twice = std::adjacent_find(sorted.begin(), sorted.end()); twice != sorted.end()) {
            return refuse(fmt::format("member '{}' stands twice", printable(*twice)));
        }
        Json::Object object;
        object.reserve(level.keys.size());
        for (std::size_t i = 0; i < level.keys.size(); ++i) {
            object.emplace_back(std::move(level.keys[i]), std::move(level.values[i]));
        }
        open_.pop_back();
        return add(Json(std::move(object)));
    }
    bool end_array() override {
        Json::Array items = std::move(open_.back().values);
        open_.pop_back();
        return add(Json(std::move(items)));
    }
    bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) override {
        return refuse(fmt::format("it is no valid JSON at byte {}", position));
    }

    Json result;
    std::string problem;

  private:
    struct Level {
        std::vector<std::string> keys; // objects only
        std::vector<Json> values;
    };

    bool open() {
        if (open_.size() >= max_depth_) {
            return refuse(fmt::format("it is nested deeper than {}", max_depth_));
        }
        open_.emplace_back();
        return true;
    }
    bool add(Json value) {
        if (open_.empty()) {
            result = std::move(value);
        } else {
            open_.back().values.push_back(std::move(value));
        }
        return true;
    }
    bool refuse(std::string why) {
        problem = std::move(why);
        return false;
    }

    unsigned max_depth_;
    std::vector<Level> open_;
};

} // namespace

Json Json::parse(ByteView text, std::string_view what, unsigned max_depth) {
    Builder builder(max_depth);
    // nlohmann takes a NUL for the end of the text and skips a byte order mark; neither is JSON.
    if (text.find('\0') != ByteView::npos) {
        builder.problem = "it contains a NUL byte";
    } else if (text.starts_with("\xef\xbb\xbf")) {
        builder.problem = "it begins with a byte order mark";
    } else if (nlohmann::json::sax_parse(text.begin(), text.end(), &builder)) {
        return std::move(builder.result);
    }
    throw CorruptObject(fmt::format("{} is damaged: {}", what, builder.problem));
}

} // namespace ds

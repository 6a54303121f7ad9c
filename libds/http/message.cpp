// Bodies, canonical paths and queries, dates.
#include "http/message.hpp"

#include "codec/hash.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace ds {

namespace {

/// Exactly two digits, or -1.
int two_digits(std::string_view text) noexcept {
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    return digit(text[0]) && digit(text[1]) ? (text[0] - '0') * 10 + (text[1] - '0') : -1;
}

/// Days from 1970-01-01 to a date of the Gregorian calendar.
std::int64_t days_from_civil(int year, int month, int day) noexcept {
    const int y = month <= 2 ? year - 1 : year;
    const int shifted = month > 2 ? month - 3 : month + 9; // years that begin in March
    const int day_of_year = (153 * shifted + 2) / 5 + day - 1;
    return std::int64_t{365} * y + y / 4 - y / 100 + y / 400 + day_of_year - 719'468;
}

} // namespace

HttpBody HttpBody::of(ByteView bytes) {
    return {bytes.size(),
            [bytes](std::uint64_t offset, char* buffer, std::size_t n) {
                std::memcpy(buffer, bytes.data() + offset, n);
            },
            bytes};
}

Sha256 body_sha256(const HttpBody& body) {
    constexpr std::size_t step = 1u << 18;
    if (body.memory.size() == body.size) {
        return sha256(body.memory);
    }
    Sha256Stream hash;
    const std::size_t capacity = static_cast<std::size_t>(std::min<std::uint64_t>(step, body.size));
    const auto buffer = std::make_unique<char[]>(capacity);
    for (std::uint64_t at = 0; at < body.size;) {
        const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(capacity, body.size - at));
        body.read(at, buffer.get(), n);
        hash.update({buffer.get(), n});
        at += n;
    }
    return hash.finish();
}

const std::string* HttpResponse::header(std::string_view name) const noexcept {
    const auto found =
        std::find_if(headers.begin(), headers.end(), [&](const auto& h) { return h.first == name; });
    return found == headers.end() ? nullptr : &found->second;
}

std::optional<std::int64_t> HttpResponse::date() const noexcept {
    const std::string* text = header("date");
    return text == nullptr ? std::nullopt : parse_http_date(*text);
}

std::string encoded_path(const HttpRequest& request) {
    return percent_encode(request.path, Slash::kept);
}

std::string encoded_query(const HttpRequest& request) {
    std::vector<std::pair<std::string, std::string>> pairs;
    pairs.reserve(request.query.size());
    for (const auto& [name, value] : request.query) {
        pairs.emplace_back(percent_encode(name, Slash::encoded), percent_encode(value, Slash::encoded));
    }
    std::sort(pairs.begin(), pairs.end());
    std::string out;
    for (const auto& [name, value] : pairs) {
        out += out.empty() ? "" : "&";
        out += name;
        out += '=';
        out += value;
    }
    return out;
}

std::optional<std::int64_t> parse_http_date(std::string_view text) noexcept {
    // "Sun, 06 Nov 1994 08:49:37 GMT"; the name of the day is not needed.
    constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    if (text.size() != 29 || text.substr(3, 2) != ", " || text[7] != ' ' || text[11] != ' ' ||
        text[16] != ' ' || text[19] != ':' || text[22] != ':' || text.substr(25) != " GMT") {
        return std::nullopt;
    }
    const auto month = std::find(months.begin(), months.end(), text.substr(8, 3));
    const int day = two_digits(text.substr(5, 2));
    const int century = two_digits(text.substr(12, 2));
    const int year = two_digits(text.substr(14, 2));
    const int hour = two_digits(text.substr(17, 2));
    const int minute = two_digits(text.substr(20, 2));
    const int second = two_digits(text.substr(23, 2));
    if (month == months.end() || day < 1 || day > 31 || century < 19 || year < 0 || hour < 0 || hour > 23 ||
        minute < 0 || minute > 59 || second < 0 || second > 60) {
        return std::nullopt;
    }
    const auto month_number = static_cast<int>(month - months.begin()) + 1;
    return days_from_civil(century * 100 + year, month_number, day) * 86'400 + hour * 3'600 + minute * 60 +
           second;
}

} // namespace ds

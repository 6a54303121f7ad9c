#include "registry/buckets/s3_locks.hpp"

#include "base/path.hpp"
#include "base/units.hpp"
#include "os/file.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds::s3 {

namespace {

constexpr const char* mode_header = "x-amz-object-lock-mode";
constexpr const char* until_header = "x-amz-object-lock-retain-until-date";

} // namespace

std::optional<std::int64_t> parse_lock_date(std::string_view text) {
    const auto dot = text.find('.');
    if (dot == std::string_view::npos) {
        return parse_rfc3339(text);
    }
    const auto fraction = text.substr(dot + 1);
    if (fraction.size() < 2 || fraction.back() != 'Z' ||
        !std::all_of(fraction.begin(), fraction.end() - 1, [](char c) { return c >= '0' && c <= '9'; })) {
        return std::nullopt;
    }
    return parse_rfc3339(std::string(text.substr(0, dot)) + "Z");
}

bool is_active(const Retention& lock) {
    return lock.mode != RetentionMode::none && lock.until > unix_now();
}

void check_lock_date(std::string_view what, const Retention& lock) {
    if (lock.until <= unix_now()) {
        throw Error(ErrorKind::failure,
                    fmt::format("cannot lock {} until {}: that is over", what, rfc3339(lock.until)));
    }
}

HttpHeaders lock_headers(const Retention& lock) {
    return {{mode_header, std::string(retention_word(lock.mode))}, {until_header, rfc3339(lock.until)}};
}

std::string lock_document(const Retention& lock) {
    return fmt::format("<Retention xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Mode>{}</Mode>"
                       "<RetainUntilDate>{}</RetainUntilDate></Retention>",
                       retention_word(lock.mode), rfc3339(lock.until));
}

Retention lock_of(const HttpResponse& response, std::string_view what) {
    const auto* word = response.header(mode_header);
    const auto* until = response.header(until_header);
    if (word == nullptr || until == nullptr) {
        return {};
    }
    const auto date = parse_lock_date(*until);
    const auto mode = parse_retention_mode(*word);
    if (!mode || *mode == RetentionMode::none || !date) {
        throw CorruptObject(fmt::format("{} has a lock that makes no sense ({} until {})", what,
                                        printable(*word), printable(*until)));
    }
    return {*mode, *date};
}

} // namespace ds::s3

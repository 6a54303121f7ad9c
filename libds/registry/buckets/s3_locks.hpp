// Object locks in the words of S3.
#pragma once

#include "http/message.hpp"
#include "registry/bucket.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ds::s3 {

/// "2026-11-26T19:03:00Z", also with a fraction, as RGW writes dates of locks.
[[nodiscard]] std::optional<std::int64_t> parse_lock_date(std::string_view text);

/// Whether it binds now.
[[nodiscard]] bool is_active(const Retention& lock);
/// @param what the object, for people   @throws Error(failure) when its end is over
void check_lock_date(std::string_view what, const Retention& lock);

/// The headers by which a PUT asks for a lock.
[[nodiscard]] HttpHeaders lock_headers(const Retention& lock);
/// The body of PUT ?retention.
[[nodiscard]] std::string lock_document(const Retention& lock);
/// What a response to HEAD says. @throws CorruptObject naming `what` when it makes no sense
[[nodiscard]] Retention lock_of(const HttpResponse& response, std::string_view what);

} // namespace ds::s3

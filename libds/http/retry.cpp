#include "http/retry.hpp"

#include <algorithm>
#include <charconv>

namespace ds {

void Patience::succeeded() {
    std::lock_guard lock(mutex_);
    ever_succeeded_ = true;
    failing_since_.reset();
}

bool Patience::allows(Clock::time_point began, Clock::time_point next) {
    std::lock_guard lock(mutex_);
    if (!failing_since_) {
        failing_since_ = began;
    }
    const auto patience = ever_succeeded_ ? policy_.patience : policy_.first_patience;
    return next - *failing_since_ <= patience;
}

std::chrono::milliseconds retry_delay(const RetryPolicy& policy, unsigned tries,
                                      std::optional<std::chrono::milliseconds> retry_after,
                                      std::uint64_t random) {
    const unsigned doublings = std::min(tries == 0 ? 0 : tries - 1, 20U);
    const auto bound = std::min(policy.max_delay, policy.first_delay * (std::int64_t{1} << doublings));
    const auto jitter = std::chrono::milliseconds(
        static_cast<std::int64_t>(random % (static_cast<std::uint64_t>(bound.count()) + 1)));
    return retry_after ? std::max(jitter, std::min(*retry_after, policy.max_delay)) : jitter;
}

std::optional<std::chrono::milliseconds> retry_after(const HttpResponse& response) {
    const std::string* text = response.header("retry-after");
    if (text == nullptr) {
        return std::nullopt;
    }
    std::uint32_t seconds = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
    if (error == std::errc() && end == text->data() + text->size()) {
        return std::chrono::seconds(seconds);
    }
    const auto until = parse_http_date(*text);
    if (!until) {
        return std::nullopt;
    }
    return std::chrono::seconds(
        std::max<std::int64_t>(0, *until - response.date().value_or(response.received)));
}

bool is_transient_status(int status) noexcept {
    return status == 408 || status == 429 || status == 500 || (status >= 502 && status <= 504);
}

} // namespace ds

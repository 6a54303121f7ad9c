// How long to wait before the next try, and when to give up.
#pragma once

#include "http/client.hpp"

#include <chrono>
#include <mutex>
#include <optional>

namespace ds {

/// The patience all requests of a client share: it runs from the moment since when nothing has succeeded.
/// Thread-safe.
class Patience {
  public:
    using Clock = std::chrono::steady_clock;
    explicit Patience(const RetryPolicy& policy) : policy_(policy) {}

    void succeeded();
    /// Whether a request whose try from `began` on failed may try again at `next`.
    [[nodiscard]] bool allows(Clock::time_point began, Clock::time_point next);

  private:
    const RetryPolicy& policy_;
    std::mutex mutex_;
    bool ever_succeeded_ = false;
    std::optional<Clock::time_point> failing_since_;
};

/// The delay before try number `tries` + 1: evenly random up to a bound that doubles with each try, but not
/// before the server's Retry-After. @param random any 64 random bits
[[nodiscard]] std::chrono::milliseconds retry_delay(const RetryPolicy& policy, unsigned tries,
                                                    std::optional<std::chrono::milliseconds> retry_after,
                                                    std::uint64_t random);

/// The Retry-After of a response: seconds, or a date against the response's own Date (or `received`).
[[nodiscard]] std::optional<std::chrono::milliseconds> retry_after(const HttpResponse& response);

/// Whether a status says "not now": 408, 429, 500, 502, 503, 504.
[[nodiscard]] bool is_transient_status(int status) noexcept;

} // namespace ds

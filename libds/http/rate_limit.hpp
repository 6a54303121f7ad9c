// A bandwidth shared by all transfers of a client.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace ds {

/// A bucket of tokens, one for each byte, that fills at a constant rate and holds a twentieth of a second.
/// Taking may overdraw it (curl hands out what it has read), which then has to be waited for. For one thread.
class RateLimit {
  public:
    using Clock = std::chrono::steady_clock;

    /// @param bytes_per_second 0: no limit
    RateLimit(std::uint64_t bytes_per_second, Clock::time_point now)
        : rate_(static_cast<double>(bytes_per_second)), filled_(now) {}

    [[nodiscard]] bool limited() const noexcept { return rate_ > 0; }
    /// How many bytes may move now.
    [[nodiscard]] std::size_t allowance(Clock::time_point now) noexcept {
        if (!limited()) {
            return SIZE_MAX;
        }
        fill(now);
        return tokens_ < 1 ? 0 : static_cast<std::size_t>(tokens_);
    }
    void take(std::size_t bytes) noexcept {
        if (limited()) {
            tokens_ -= static_cast<double>(bytes);
        }
    }

  private:
    void fill(Clock::time_point now) noexcept {
        const double span = std::chrono::duration<double>(now - filled_).count();
        tokens_ = std::min(tokens_ + span * rate_, std::max(rate_ / 20, 1.0));
        filled_ = now;
    }

    double rate_;
    double tokens_ = 0;
    Clock::time_point filled_;
};

} // namespace ds

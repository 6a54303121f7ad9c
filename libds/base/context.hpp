// What a running command hands down: where to report, when to stop. There are no globals.
#pragma once

#include "base/error.hpp"
#include "base/progress.hpp"

#include <stop_token>
#include <string_view>

namespace ds {

/// Messages to the user beside the result. Thread-safe.
class Log {
  public:
    virtual ~Log() = default;
    /// Something the user should know; the command goes on.
    virtual void warn(std::string_view message) = 0;
    /// What is done, for people; silenced by --quiet.
    virtual void info(std::string_view message) = 0;
    /// For DSCTL_TRACE; cheap when off.
    virtual void trace(std::string_view message) = 0;
};

class NoLog final : public Log {
  public:
    void warn(std::string_view) override {}
    void info(std::string_view) override {}
    void trace(std::string_view) override {}
};

/// What anybody may ask for.
inline constexpr unsigned max_jobs = 64;

/// Passed by reference to everything that can take long. Does not own what it refers to.
struct Context {
    Log& log;
    Progress& progress;
    std::stop_token stop;
    unsigned jobs = 2; ///< worker threads to use, and connections to a registry: 1 to max_jobs

    /// @throws Interrupted once a stop was requested.
    void check_stop() const {
        if (stop.stop_requested()) {
            throw Interrupted();
        }
    }
};

} // namespace ds

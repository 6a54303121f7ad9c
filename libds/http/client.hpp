// HTTP/1.1 over libcurl: many callers, one thread that moves the bytes, a pool of kept connections.
//
// What is never done, because a registry's keys travel in these requests: following a redirect, reading
// ~/.netrc, taking a proxy from the environment, keeping cookies, TLS below 1.2, an unverified peer or host,
// plain http to anything but loopback. There is no switch for any of it, and no proxy at all.
//
// Every wait is bounded: connecting, a transfer in which nothing moves (a stopped OSD lets a PUT hang without
// an error), a whole transfer, and trying again.
//
// A failure says how far the request came. curl by itself repeats a request when a kept connection turns out
// dead; for what must not be repeated that is refused here, as the first copy may have been carried out.
#pragma once

#include "base/context.hpp"
#include "base/error.hpp"
#include "http/message.hpp"

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>

namespace ds {

/// How an exchange failed. Not persistent.
enum class HttpFailure {
    unreachable, ///< no connection: name, network, refused
    tls,         ///< the server's certificate or protocol was refused
    redirected,  ///< it answered with a place elsewhere
    interrupted, ///< the connection broke
    timed_out,   ///< too slow, or silent
    too_large,   ///< header or body beyond its bound
    malformed,   ///< not HTTP, or not as long as it said or should be
};

/// An exchange without a usable response.
class HttpError : public Error {
  public:
    /// Whether the server may have carried the request out.
    enum class Effect { none, unknown };
    HttpError(HttpFailure failure, Effect effect, std::string message, std::string hint = {});
    [[nodiscard]] HttpFailure failure() const noexcept { return failure_; }
    [[nodiscard]] Effect effect() const noexcept { return effect_; }

  private:
    HttpFailure failure_;
    Effect effect_;
};

/// When and how often to try again: full jitter over an exponentially growing delay, never before the
/// server's Retry-After (bounded by max_delay). The patience is shared by all requests of a client and counts
/// from when they began to fail, so that a dead server ends soon however much is waiting for it.
struct RetryPolicy {
    unsigned max_tries = 10;
    std::chrono::milliseconds first_delay{100};
    std::chrono::milliseconds max_delay{20'000};
    std::chrono::milliseconds patience{180'000};     ///< once anything succeeded: a server restarts
    std::chrono::milliseconds first_patience{5'000}; ///< while nothing has: a wrong address, or it is down
};

struct HttpOptions {
    unsigned connections = 8;    ///< at most so many at once; requests beyond wait
    std::string ca_file;         ///< PEM of the only authorities to trust; empty: the system's
    std::uint64_t bandwidth = 0; ///< bytes a second, both directions and all transfers together; 0: no limit
    std::chrono::milliseconds connect_timeout{20'000}; ///< name, TCP and TLS together
    /// A transfer must move `stall_bytes` in every such span of time.
    std::chrono::milliseconds stall_timeout{60'000};
    std::uint64_t stall_bytes = 16u << 10;
    /// A whole exchange, plus a second for every 32 KiB of body (or what the bandwidth allows in one).
    std::chrono::milliseconds total_timeout{600'000};
    RetryPolicy retry;
    std::string user_agent = "dsctl";
};

/// Thread-safe: any number of threads call perform().
class HttpClient {
  public:
    /// @param log gets one trace line for each try, without headers or bodies; must outlive the client
    /// @param stop ends every call within a second. @throws Error naming a ca_file that cannot be read
    HttpClient(HttpOptions options, Log& log, std::stop_token stop);
    ~HttpClient(); ///< no call may be under way
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    /// Sends a request and waits for the whole response. Tries again on statuses 408, 429, 500, 502, 503 and
    /// 504 and on failures that may pass, if the request is safe to repeat or never left; else the first
    /// outcome is the outcome.
    /// @returns the last response, whatever its status (but 3xx)
    /// @throws HttpError when there is none, Interrupted, or what the request's functions threw
    [[nodiscard]] HttpResponse perform(const HttpRequest& request);

    /// Requests sent and bytes of bodies moved so far; for tests and for `--json`.
    struct Counters {
        std::uint64_t tries = 0;
        std::uint64_t connections = 0;
        std::uint64_t bytes_up = 0;
        std::uint64_t bytes_down = 0;
    };
    [[nodiscard]] Counters counters() const noexcept;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace ds

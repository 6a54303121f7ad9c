// What every test of the client needs: quick timeouts, a log that keeps what it is told, and the way errors
// are looked at.
#pragma once

#include "http/client.hpp"
#include "unit/http/loopback_server.hpp"

#include <doctest/doctest.h>
#include <mutex>
#include <string>

namespace ds::test {

class KeptLog final : public Log {
  public:
    void warn(std::string_view text) override { add(text); }
    void info(std::string_view text) override { add(text); }
    void trace(std::string_view text) override { add(text); }
    [[nodiscard]] std::string text() {
        std::lock_guard lock(mutex_);
        return text_;
    }

  private:
    void add(std::string_view text) {
        std::lock_guard lock(mutex_);
        text_ += text;
        text_ += '\n';
    }
    std::mutex mutex_;
    std::string text_;
};

/// Timeouts short enough for tests, and one try.
[[nodiscard]] inline HttpOptions quick_options() {
    using std::chrono::milliseconds;
    HttpOptions options;
    options.connect_timeout = milliseconds(2'000);
    options.stall_timeout = milliseconds(500);
    options.stall_bytes = 1'000;
    options.total_timeout = milliseconds(5'000);
    options.retry = {.max_tries = 1,
                     .first_delay = milliseconds(1),
                     .max_delay = milliseconds(50),
                     .patience = milliseconds(5'000),
                     .first_patience = milliseconds(5'000)};
    return options;
}

[[nodiscard]] inline HttpOptions with_tries(unsigned tries) {
    HttpOptions options = quick_options();
    options.retry.max_tries = tries;
    return options;
}

struct Client {
    KeptLog log;
    std::stop_source stop;
    HttpClient http;
    explicit Client(HttpOptions options = quick_options())
        : http(std::move(options), log, stop.get_token()) {}
};

[[nodiscard]] inline HttpRequest get_of(const LoopbackServer& server, std::string path = "/") {
    HttpRequest request;
    request.endpoint = server.endpoint();
    request.path = std::move(path);
    request.repeat = Repeat::safe;
    return request;
}

[[nodiscard]] inline HttpRequest put_of(const LoopbackServer& server, ByteView body, Repeat repeat) {
    HttpRequest request = get_of(server, "/key");
    request.method = "PUT";
    request.body = HttpBody::of(body);
    request.repeat = repeat;
    return request;
}

/// The HttpError that performing `request` ends in.
[[nodiscard]] inline HttpError failure_of(Client& client, const HttpRequest& request) {
    try {
        const HttpResponse response = client.http.perform(request);
        FAIL("got a response: " << response.status);
    } catch (const HttpError& e) {
        return e;
    }
    throw std::logic_error("not reached");
}

/// Answers every request of a connection with "200 OK" and that body.
[[nodiscard]] inline LoopbackServer::Handler answer(std::string body) {
    return [body = std::move(body)](ServerConnection& connection) {
        while (connection.receive()) {
            connection.reply("200 OK", body);
        }
    };
}

} // namespace ds::test

// perform(): one try after the other until the outcome is one, or patience ends.
#include "http/client.hpp"

#include "http/engine.hpp"
#include "http/retry.hpp"
#include "os/fd.hpp"
#include "os/file.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>

namespace ds {

class HttpClient::Impl {
  public:
    Impl(HttpOptions options, Log& log, std::stop_token stop)
        : options_(std::move(options)), log_(log), stop_(std::move(stop)), patience_(options_.retry),
          engine_(options_, stop_) {}

    HttpResponse perform(const HttpRequest& request);
    [[nodiscard]] Counters counters() const noexcept {
        return {tries_.load(), connections_.load(), bytes_up_.load(), bytes_down_.load()};
    }

  private:
    /// How one try ended: with a response, or with an error.
    struct Outcome {
        HttpResponse response;
        std::exception_ptr error;
    };

    Outcome try_once(const HttpRequest& request, unsigned number);
    void trace(const HttpRequest& request, unsigned number, const HttpTransfer& transfer, int status);
    void sleep(std::chrono::milliseconds delay);

    HttpOptions options_;
    Log& log_;
    std::stop_token stop_;
    Patience patience_;
    std::atomic<std::uint64_t> tries_{0};
    std::atomic<std::uint64_t> connections_{0};
    std::atomic<std::uint64_t> bytes_up_{0};
    std::atomic<std::uint64_t> bytes_down_{0};
    HttpEngine engine_;
};

namespace {

/// What the request's own check found damaged is asked for so often: damage on the way passes, other damage does not.
constexpr unsigned max_damaged_tries = 3;

std::string message_of(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& e) {
        return e.what();
    }
}

/// Whether another try may end better and cannot do the same thing twice.
bool worth_another(const std::exception_ptr& error, Repeat repeat, unsigned tries) {
    try {
        std::rethrow_exception(error);
    } catch (const HttpError& e) {
        if (e.failure() == HttpFailure::tls || e.failure() == HttpFailure::redirected) {
            return false;
        }
        return repeat == Repeat::safe || e.effect() == HttpError::Effect::none;
    } catch (const CorruptObject&) { // by the request's own check
        return repeat == Repeat::safe && tries < max_damaged_tries;
    } catch (...) {
        return false;
    }
}

/// An HttpError tells how often was tried.
[[noreturn]] void rethrow_after(const std::exception_ptr& error, unsigned tries) {
    try {
        std::rethrow_exception(error);
    } catch (const HttpError& e) {
        if (tries < 2) {
            throw;
        }
        throw HttpError(e.failure(), e.effect(), e.message() + " (" + std::to_string(tries) + " tries)",
                        e.hint());
    }
}

void check(const HttpRequest& request) {
    constexpr std::string_view methods[] = {"GET", "HEAD", "PUT", "POST", "DELETE"};
    if (std::find(std::begin(methods), std::end(methods), request.method) == std::end(methods) ||
        !request.path.starts_with('/')) {
        throw Error(ErrorKind::failure, "not an HTTP request: " + request.method + ' ' + request.path);
    }
    if (request.endpoint.scheme == Endpoint::Scheme::http && !request.endpoint.loopback()) {
        throw Error(ErrorKind::usage, "http to " + request.endpoint.authority() + " is refused",
                    "use https; http is for this machine's loopback only");
    }
}

} // namespace

HttpResponse HttpClient::Impl::perform(const HttpRequest& request) {
    check(request);
    for (unsigned tries = 1;; ++tries) {
        const auto began = Patience::Clock::now();
        Outcome outcome = try_once(request, tries);
        const bool transient = !outcome.error && is_transient_status(outcome.response.status);
        if (!outcome.error && !transient) {
            patience_.succeeded();
        }
        const bool again = outcome.error ? worth_another(outcome.error, request.repeat, tries)
                                         : transient && request.repeat == Repeat::safe;
        const auto delay = retry_delay(
            options_.retry, tries, transient ? retry_after(outcome.response) : std::nullopt, random_u64());
        if (!again || tries >= options_.retry.max_tries ||
            !patience_.allows(began, Patience::Clock::now() + delay)) {
            if (outcome.error) {
                rethrow_after(outcome.error, tries);
            }
            outcome.response.tries = tries;
            return std::move(outcome.response);
        }
        sleep(delay);
    }
}

HttpClient::Impl::Outcome HttpClient::Impl::try_once(const HttpRequest& request, unsigned number) {
    if (stop_.stop_requested()) {
        throw Interrupted();
    }
    const std::size_t into_start = request.into != nullptr ? request.into->size() : 0;
    const HttpHeaders added = request.authorize ? request.authorize(request) : HttpHeaders();
    HttpTransfer transfer(request, added, options_);
    engine_.run(transfer);
    ++tries_;
    connections_ += transfer.connections();
    bytes_up_ += transfer.sent();
    bytes_down_ += transfer.received();
    trace(request, number, transfer, transfer.error() ? 0 : transfer.response().status);
    Outcome outcome{std::move(transfer.response()), transfer.error()};
    if (!outcome.error && outcome.response.ok() && request.check) {
        try {
            request.check(outcome.response);
        } catch (...) {
            outcome.error = std::current_exception();
            if (request.into != nullptr) {
                request.into->resize(into_start);
            }
        }
    }
    return outcome;
}

void HttpClient::Impl::trace(const HttpRequest& request, unsigned number, const HttpTransfer& transfer,
                             int status) {
    // Neither headers nor bodies: they hold signatures and tokens. Queries of ours hold none.
    std::string line = request.method + ' ' + request.endpoint.url() + encoded_path(request);
    if (!request.query.empty()) {
        line += '?' + encoded_query(request);
    }
    line += number > 1 ? " (try " + std::to_string(number) + ")" : "";
    line += ": " + (transfer.error() ? message_of(transfer.error()) : std::to_string(status));
    line += ", " + std::to_string(transfer.duration().count()) + " ms, " + std::to_string(transfer.sent()) +
            " B up, " + std::to_string(transfer.received()) + " B down";
    log_.trace(line);
}

void HttpClient::Impl::sleep(std::chrono::milliseconds delay) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop_, delay, [] { return false; });
}

HttpClient::HttpClient(HttpOptions options, Log& log, std::stop_token stop) {
    if (!options.ca_file.empty()) {
        static_cast<void>(open_read(options.ca_file)); // named now, not in the middle of a request
    }
    impl_ = std::make_unique<Impl>(std::move(options), log, std::move(stop));
}

HttpClient::~HttpClient() = default;

HttpResponse HttpClient::perform(const HttpRequest& request) {
    return impl_->perform(request);
}

HttpClient::Counters HttpClient::counters() const noexcept {
    return impl_->counters();
}

} // namespace ds

// One try of one request: what curl is told, what its callbacks do, and what its result means.
#pragma once

#include "http/client.hpp"
#include "http/rate_limit.hpp"
#include "http/sockets.hpp"

#include <array>
#include <chrono>
#include <curl/curl.h>
#include <exception>
#include <memory>
#include <optional>

namespace ds {

struct FreeEasy {
    void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
};
using CurlEasy = std::unique_ptr<CURL, FreeEasy>;

/// Made and read by the caller's thread, run by the engine's; never both at a time.
class HttpTransfer {
  public:
    using Clock = std::chrono::steady_clock;

    /// @param added headers beside the request's own. All must outlive the transfer.
    HttpTransfer(const HttpRequest& request, const HttpHeaders& added, const HttpOptions& options);
    ~HttpTransfer();
    HttpTransfer(const HttpTransfer&) = delete;
    HttpTransfer& operator=(const HttpTransfer&) = delete;

    // For the engine.
    /// Sets up `easy` (fresh or reset).
    void begin(CurlEasy easy, RateLimit& limit, Sockets& sockets);
    [[nodiscard]] CURL* easy() const noexcept { return easy_.get(); }
    /// Fails it when it lasts too long or nothing moves; the engine then ends it.
    [[nodiscard]] bool overdue(Clock::time_point now);
    /// Lets a transfer go on that waits for bandwidth.
    void resume();
    [[nodiscard]] bool waits_for_bandwidth() const noexcept { return paused_; }
    /// Judges curl's result (or keeps the failure that is known already). @returns the handle, for the next
    /// one
    CurlEasy finish(CURLcode result);
    /// Ends it before or without curl.
    void fail(std::exception_ptr error) noexcept { error_ = std::move(error); }

    // For the caller, when it is done.
    [[nodiscard]] std::exception_ptr error() const noexcept { return error_; }
    [[nodiscard]] HttpResponse& response() noexcept { return response_; }
    [[nodiscard]] std::uint64_t sent() const noexcept { return sent_; }
    [[nodiscard]] std::uint64_t received() const noexcept { return received_; }
    [[nodiscard]] std::uint64_t connections() const noexcept { return connections_; }
    [[nodiscard]] std::chrono::milliseconds duration() const noexcept { return duration_; }

  private:
    static std::size_t read_body(char* buffer, std::size_t size, std::size_t count, void* self) noexcept;
    static int seek_body(void* self, curl_off_t offset, int origin) noexcept;
    static std::size_t take_header(char* data, std::size_t size, std::size_t count, void* self) noexcept;
    static std::size_t take_body(char* data, std::size_t size, std::size_t count, void* self) noexcept;
    static int before_request(void* self, char* ip, char* local_ip, int port, int local_port) noexcept;
    static curl_socket_t open_socket(void* self, curlsocktype purpose, curl_sockaddr* address) noexcept;

    static int close_socket(void* sockets, curl_socket_t socket) noexcept;

    void set_security();
    void set_request();
    void set_headers();
    void header_line(ByteView line);
    void header_end();
    void check_length();
    /// Keeps the first failure.
    void fail(HttpFailure failure, const std::string& why, std::string hint = {});
    void judge(CURLcode result);
    void judge_certificate(std::string_view says);
    void judge_handshake(std::string_view says);
    [[nodiscard]] std::string connect_reason() const;
    [[nodiscard]] HttpError::Effect effect() const noexcept;
    [[nodiscard]] std::uint64_t body_bound() const noexcept;
    void moved(std::size_t bytes) noexcept;

    const HttpRequest& request_;
    const HttpHeaders& added_;
    const HttpOptions& options_;
    std::string url_;
    curl_slist* header_list_ = nullptr;
    CurlEasy easy_;
    RateLimit* limit_ = nullptr;
    Sockets* sockets_ = nullptr;
    int socket_ = -1;
    std::array<char, CURL_ERROR_SIZE> curl_says_{};

    HttpResponse response_;
    std::size_t into_start_ = 0;
    std::size_t header_bytes_ = 0;
    bool in_body_ = false; ///< the header has ended; lines behind it are trailers
    bool cut_ = false;     ///< enough of an error's body was read
    std::uint64_t body_bytes_ = 0;

    unsigned requests_ = 0; ///< how often curl began to send it
    bool paused_ = false;
    std::uint64_t sent_offset_ = 0;
    std::uint64_t sent_ = 0;
    std::uint64_t received_ = 0;
    std::uint64_t connections_ = 0;
    std::exception_ptr error_;

    Clock::time_point started_{};
    Clock::time_point deadline_{};
    std::chrono::milliseconds duration_{0};
    Clock::time_point last_move_{};
    Clock::time_point window_start_{};
    std::uint64_t window_bytes_ = 0;
};

} // namespace ds

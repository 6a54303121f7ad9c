// The thread that moves the bytes of all transfers.
//
// curl's own queue for connections is not used: its timeouts would run while a transfer waits for its turn.
#pragma once

#include "http/rate_limit.hpp"
#include "http/sockets.hpp"
#include "http/transfer.hpp"

#include <condition_variable>
#include <curl/curl.h>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

namespace ds {

/// Owns the curl multi handle, its connections and its thread. run() is thread-safe.
class HttpEngine {
  public:
    HttpEngine(const HttpOptions& options, std::stop_token stop);
    ~HttpEngine();
    HttpEngine(const HttpEngine&) = delete;
    HttpEngine& operator=(const HttpEngine&) = delete;

    /// Runs a transfer to its end; its error() and response() tell how it ended.
    void run(HttpTransfer& transfer);

  private:
    struct FreeMulti {
        void operator()(CURLM* multi) const noexcept { curl_multi_cleanup(multi); }
    };
    /// A transfer and the caller that waits for it.
    struct Job {
        HttpTransfer& transfer;
        std::condition_variable finished{};
        bool done = false;
    };

    void loop();
    [[nodiscard]] bool take_new();
    void start(Job& job);
    void reap();
    void end(std::size_t index, CURLcode result);
    void end_overdue();
    void resume_waiting();
    void stop_all();
    void report(Job& job) noexcept;
    [[nodiscard]] int wait_ms() const noexcept;
    [[nodiscard]] CurlEasy spare_easy();

    const HttpOptions& options_;
    std::stop_token stop_;
    Sockets sockets_; // before multi_, whose connections close into it
    std::unique_ptr<CURLM, FreeMulti> multi_;

    std::mutex mutex_; // guards queue_, quitting_ and Job::done
    std::deque<Job*> queue_;
    bool quitting_ = false;

    // Of the thread alone.
    RateLimit limit_;
    std::vector<Job*> active_;
    std::vector<CurlEasy> spare_;
    std::size_t first_to_resume_ = 0;

    std::thread thread_;
    std::optional<std::stop_callback<std::function<void()>>> wake_on_stop_;
};

} // namespace ds

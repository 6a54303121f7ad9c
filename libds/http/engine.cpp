#include "http/engine.hpp"

#include <algorithm>
#include <csignal>
#include <pthread.h>

namespace ds {

namespace {

/// How long a loop over moving transfers sleeps at most: timeouts are noticed that late.
constexpr int active_wait_ms = 200;
/// With a bandwidth limit transfers take turns; a twentieth of a second is what the limit's bucket holds.
constexpr int limited_wait_ms = 10;
/// Without transfers only a wake-up matters.
constexpr int idle_wait_ms = 60'000;

CURLM* make_multi() {
    // Thread-safe since curl 7.84, and done once for the process.
    static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    CURLM* multi = ready == CURLE_OK ? curl_multi_init() : nullptr;
    if (multi == nullptr) {
        throw Error(ErrorKind::failure, "cannot start libcurl");
    }
    return multi;
}

} // namespace

HttpEngine::HttpEngine(const HttpOptions& options, std::stop_token stop)
    : options_(options), stop_(std::move(stop)), multi_(make_multi()),
      limit_(options.bandwidth, RateLimit::Clock::now()) {
    active_.reserve(std::max(options.connections, 1U));
    spare_.reserve(active_.capacity());
    curl_multi_setopt(multi_.get(), CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS,
                      static_cast<long>(std::max(options.connections, 1U)) + 1);
    thread_ = std::thread([this] { loop(); });
    wake_on_stop_.emplace(stop_, [this] { curl_multi_wakeup(multi_.get()); });
}

HttpEngine::~HttpEngine() {
    wake_on_stop_.reset();
    {
        std::lock_guard lock(mutex_);
        quitting_ = true;
    }
    curl_multi_wakeup(multi_.get());
    thread_.join();
    spare_.clear();
}

void HttpEngine::run(HttpTransfer& transfer) {
    Job job{transfer};
    std::unique_lock lock(mutex_);
    queue_.push_back(&job);
    curl_multi_wakeup(multi_.get());
    job.finished.wait(lock, [&] { return job.done; });
}

void HttpEngine::loop() {
    // OpenSSL writes without MSG_NOSIGNAL, and signals are the main thread's business.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, nullptr);
    while (take_new()) {
        int running = 0;
        curl_multi_perform(multi_.get(), &running);
        const std::size_t before = active_.size();
        reap();
        resume_waiting();
        end_overdue();
        if (stop_.stop_requested()) {
            stop_all();
        }
        // Where one has ended another may be waiting for its place.
        curl_multi_poll(multi_.get(), nullptr, 0, active_.size() < before ? 0 : wait_ms(), nullptr);
    }
}

bool HttpEngine::take_new() {
    while (active_.size() < std::max(options_.connections, 1U)) {
        Job* job = nullptr;
        {
            std::lock_guard lock(mutex_);
            if (queue_.empty()) {
                return !quitting_ || !active_.empty();
            }
            job = queue_.front();
            queue_.pop_front();
        }
        start(*job);
    }
    return true;
}

void HttpEngine::start(Job& job) {
    try {
        if (stop_.stop_requested()) {
            throw Interrupted();
        }
        job.transfer.begin(spare_easy(), limit_, sockets_);
        if (curl_multi_add_handle(multi_.get(), job.transfer.easy()) != CURLM_OK) {
            throw Error(ErrorKind::failure, "libcurl takes no more transfers");
        }
        active_.push_back(&job);
    } catch (...) {
        job.transfer.fail(std::current_exception());
        report(job);
    }
}

CurlEasy HttpEngine::spare_easy() {
    if (spare_.empty()) {
        CurlEasy easy(curl_easy_init());
        if (!easy) {
            throw std::bad_alloc();
        }
        return easy;
    }
    CurlEasy easy = std::move(spare_.back());
    spare_.pop_back();
    return easy;
}

void HttpEngine::reap() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
        if (message->msg != CURLMSG_DONE) {
            continue;
        }
        const auto found = std::find_if(active_.begin(), active_.end(), [&](const Job* job) {
            return job->transfer.easy() == message->easy_handle;
        });
        if (found != active_.end()) {
            end(static_cast<std::size_t>(found - active_.begin()), message->data.result);
        }
    }
}

void HttpEngine::end(std::size_t index, CURLcode result) {
    Job& job = *active_[index];
    active_.erase(active_.begin() + static_cast<std::ptrdiff_t>(index));
    // Judged while curl still knows the connection; it then goes back to the pool, or is closed if it was in
    // use.
    CURL* handle = job.transfer.easy();
    CurlEasy easy = job.transfer.finish(result);
    curl_multi_remove_handle(multi_.get(), handle);
    curl_easy_reset(handle); // forgets what belongs to the caller, keeps TLS sessions
    spare_.push_back(std::move(easy));
    report(job);
}

void HttpEngine::end_overdue() {
    const auto now = HttpTransfer::Clock::now();
    for (std::size_t i = active_.size(); i-- > 0;) {
        if (active_[i]->transfer.overdue(now)) {
            end(i, CURLE_OPERATION_TIMEDOUT);
        }
    }
}

void HttpEngine::resume_waiting() {
    if (!limit_.limited()) {
        return;
    }
    // Another one is first each time, as the first may take all there is.
    for (std::size_t i = 0; i < active_.size(); ++i) {
        HttpTransfer& transfer = active_[(first_to_resume_ + i) % active_.size()]->transfer;
        if (transfer.waits_for_bandwidth() && limit_.allowance(RateLimit::Clock::now()) > 0) {
            transfer.resume();
        }
    }
    ++first_to_resume_;
}

void HttpEngine::stop_all() {
    while (!active_.empty()) {
        active_.back()->transfer.fail(std::make_exception_ptr(Interrupted()));
        end(active_.size() - 1, CURLE_ABORTED_BY_CALLBACK);
    }
}

void HttpEngine::report(Job& job) noexcept {
    // Under the lock, so that the job outlives the notification.
    std::lock_guard lock(mutex_);
    job.done = true;
    job.finished.notify_one();
}

int HttpEngine::wait_ms() const noexcept {
    if (active_.empty()) {
        return idle_wait_ms;
    }
    return limit_.limited() ? limited_wait_ms : active_wait_ms;
}

} // namespace ds

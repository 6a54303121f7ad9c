// Threads for one job: the first exception is kept, everything stops and joins, it is rethrown.
#pragma once

#include <exception>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace ds {

/// A group of threads of one pipeline. Not reusable; not thread-safe itself.
///
/// When a thread throws, the first exception is kept and every `on_failure` callback runs (close
/// your queues there), so that nobody waits for a stage that is gone. The destructor requests a
/// stop, runs the callbacks and joins.
class ThreadGroup {
  public:
    ThreadGroup() = default;
    ~ThreadGroup();
    ThreadGroup(const ThreadGroup&) = delete;
    ThreadGroup& operator=(const ThreadGroup&) = delete;

    /// Registers before the first spawn(). Callbacks must be thread-safe, idempotent, noexcept.
    void on_failure(std::function<void()> callback);
    void spawn(std::function<void(std::stop_token)> body);
    /// Joins all. @throws the first exception of any thread.
    void join();
    /// Records an exception from outside of the group (e.g. the calling thread's own stage).
    void fail(std::exception_ptr error) noexcept;
    [[nodiscard]] bool failed() const noexcept;

  private:
    mutable std::mutex mutex_;
    std::exception_ptr first_;
    std::vector<std::function<void()>> callbacks_;
    std::vector<std::thread> threads_;
    std::stop_source stop_;
};

/// Runs body(i) for i in [0, n) on up to `jobs` threads, in rising order of start.
/// @throws the first exception; the rest is not started.
void parallel_for(std::size_t n, unsigned jobs, const std::function<void(std::size_t)>& body);

} // namespace ds

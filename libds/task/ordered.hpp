// Work done in parallel whose results are consumed in the order it was handed in.
#pragma once

#include "task/pool.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>

namespace ds {

/// Maps In to Out on `jobs` threads, at most `window` items under way, results in order.
///
/// The owner's thread calls submit() and take(); submit() never blocks, so callers take() when
/// full() says so. Exceptions of the work come out of take(). The destructor waits for work
/// under way and drops the rest.
template <class In, class Out>
class OrderedMap {
  public:
    OrderedMap(unsigned jobs, std::size_t window, std::function<Out(In)> work)
        : window_(window), work_(std::move(work)) {
        for (unsigned i = 0; i < (jobs == 0 ? 1 : jobs); ++i) {
            threads_.emplace_back([this] { run(); });
        }
    }
    ~OrderedMap() {
        {
            std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_all();
        for (auto& t : threads_) {
            t.join();
        }
    }
    OrderedMap(const OrderedMap&) = delete;
    OrderedMap& operator=(const OrderedMap&) = delete;

    [[nodiscard]] bool full() const noexcept { return results_.size() >= window_; }
    [[nodiscard]] bool empty() const noexcept { return results_.empty(); }

    void submit(In item) {
        auto task = std::make_shared<Task>(Task{std::move(item), {}});
        results_.push_back(task->result.get_future());
        {
            std::lock_guard lock(mutex_);
            pending_.push_back(std::move(task));
        }
        wake_.notify_one();
    }

    /// The result of the oldest item. Precondition: !empty().
    Out take() {
        auto future = std::move(results_.front());
        results_.pop_front();
        return future.get();
    }

  private:
    struct Task {
        In input;
        std::promise<Out> result;
    };
    void run() {
        for (;;) {
            std::shared_ptr<Task> task;
            {
                std::unique_lock lock(mutex_);
                wake_.wait(lock, [&] { return stopping_ || !pending_.empty(); });
                if (stopping_) {
                    return;
                }
                task = std::move(pending_.front());
                pending_.pop_front();
            }
            try {
                task->result.set_value(work_(std::move(task->input)));
            } catch (...) {
                task->result.set_exception(std::current_exception());
            }
        }
    }

    std::size_t window_;
    std::function<Out(In)> work_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::shared_ptr<Task>> pending_;
    std::deque<std::future<Out>> results_;
    std::vector<std::thread> threads_;
    bool stopping_ = false;
};

} // namespace ds

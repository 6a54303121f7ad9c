// Thread groups and the parallel loop.
#include "task/pool.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

namespace ds {

ThreadGroup::~ThreadGroup() {
    if (threads_.empty()) {
        return;
    }
    // Left without join(), by an exception of the owner's: whoever waits on a queue must wake.
    stop_.request_stop();
    for (const auto& callback : callbacks_) {
        callback();
    }
    for (std::thread& thread : threads_) {
        thread.join();
    }
}

void ThreadGroup::on_failure(std::function<void()> callback) {
    callbacks_.push_back(std::move(callback));
}

void ThreadGroup::spawn(std::function<void(std::stop_token)> body) {
    threads_.emplace_back([this, body = std::move(body)] {
        try {
            body(stop_.get_token());
        } catch (...) {
            fail(std::current_exception());
        }
    });
}

void ThreadGroup::join() {
    for (std::thread& thread : threads_) {
        thread.join();
    }
    threads_.clear();
    const std::lock_guard lock(mutex_);
    if (first_) {
        std::rethrow_exception(first_);
    }
}

void ThreadGroup::fail(std::exception_ptr error) noexcept {
    {
        const std::lock_guard lock(mutex_);
        if (first_) {
            return; // its callbacks are running or have run
        }
        first_ = std::move(error);
    }
    stop_.request_stop();
    for (const auto& callback : callbacks_) { // fixed since the first spawn(): read without the lock
        callback();
    }
}

bool ThreadGroup::failed() const noexcept {
    const std::lock_guard lock(mutex_);
    return first_ != nullptr;
}

void parallel_for(std::size_t n, unsigned jobs, const std::function<void(std::size_t)>& body) {
    const std::size_t threads = std::min<std::size_t>(n, std::max(jobs, 1u));
    if (threads <= 1) {
        for (std::size_t i = 0; i < n; ++i) {
            body(i);
        }
        return;
    }
    std::atomic<std::size_t> next = 0;
    const auto work = [&](const std::stop_token& stop) {
        for (std::size_t i = 0; !stop.stop_requested() && (i = next.fetch_add(1)) < n;) {
            body(i);
        }
    };
    ThreadGroup group;
    for (std::size_t i = 0; i < threads; ++i) {
        group.spawn(work);
    }
    group.join();
}

} // namespace ds

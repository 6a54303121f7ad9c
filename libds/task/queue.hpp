// A queue between two stages of a pipeline, bounded by a weight (bytes), not by a count.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace ds {

/// Blocks producers while the queued weight is at its bound (one item always fits, however heavy).
/// Thread-safe; any number of producers and consumers. close() lets consumers drain what is left;
/// abort() drops it, and both ends return at once.
template <class T>
class BoundedQueue {
  public:
    explicit BoundedQueue(std::size_t max_weight) : max_weight_(max_weight) {}

    /// Returns false when the queue was closed or aborted (the item is dropped).
    bool push(T item, std::size_t weight) {
        std::unique_lock lock(mutex_);
        room_.wait(lock, [&] { return closed_ || items_.empty() || weight_ + weight <= max_weight_; });
        if (closed_) {
            return false;
        }
        items_.emplace_back(std::move(item), weight);
        weight_ += weight;
        lock.unlock();
        filled_.notify_one();
        return true;
    }

    /// The next item, or nothing once the queue is closed and empty.
    std::optional<T> pop() {
        std::unique_lock lock(mutex_);
        filled_.wait(lock, [&] { return closed_ || !items_.empty(); });
        if (items_.empty()) {
            return std::nullopt;
        }
        std::optional<T> item(std::move(items_.front().first));
        weight_ -= items_.front().second;
        items_.pop_front();
        lock.unlock();
        room_.notify_all();
        return item;
    }

    void close() {
        {
            std::lock_guard lock(mutex_);
            closed_ = true;
        }
        filled_.notify_all();
        room_.notify_all();
    }

    void abort() {
        {
            std::lock_guard lock(mutex_);
            closed_ = true;
            items_.clear();
            weight_ = 0;
        }
        filled_.notify_all();
        room_.notify_all();
    }

  private:
    std::mutex mutex_;
    std::condition_variable filled_;
    std::condition_variable room_;
    std::deque<std::pair<T, std::size_t>> items_;
    std::size_t weight_ = 0;
    std::size_t max_weight_;
    bool closed_ = false;
};

} // namespace ds

// A cache of byte strings, bounded by their sum: the least recently used goes first.
#pragma once

#include "base/bytes.hpp"

#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace ds {

/// Thread-safe. Values are shared, so that a reader keeps what the cache lets go.
template <class Key, class Value = ByteString, class Hash = std::hash<Key>>
class ByteLru {
  public:
    explicit ByteLru(std::size_t max_bytes) : max_bytes_(max_bytes) {}

    [[nodiscard]] std::shared_ptr<const Value> get(const Key& key) {
        std::lock_guard lock(mutex_);
        const auto at = places_.find(key);
        if (at == places_.end()) {
            return nullptr;
        }
        items_.splice(items_.begin(), items_, at->second);
        return at->second->value;
    }

    void put(const Key& key, std::shared_ptr<const Value> value, std::size_t bytes) {
        std::lock_guard lock(mutex_);
        if (bytes > max_bytes_ || places_.contains(key)) {
            return;
        }
        items_.push_front({key, std::move(value), bytes});
        places_[key] = items_.begin();
        bytes_ += bytes;
        while (bytes_ > max_bytes_) {
            bytes_ -= items_.back().bytes;
            places_.erase(items_.back().key);
            items_.pop_back();
        }
    }

    void erase(const Key& key) {
        std::lock_guard lock(mutex_);
        const auto at = places_.find(key);
        if (at != places_.end()) {
            bytes_ -= at->second->bytes;
            items_.erase(at->second);
            places_.erase(at);
        }
    }

    void clear() {
        std::lock_guard lock(mutex_);
        places_.clear();
        items_.clear();
        bytes_ = 0;
    }

  private:
    struct Item {
        Key key;
        std::shared_ptr<const Value> value;
        std::size_t bytes;
    };
    std::mutex mutex_;
    std::list<Item> items_;
    std::unordered_map<Key, typename std::list<Item>::iterator, Hash> places_;
    std::size_t bytes_ = 0;
    std::size_t max_bytes_;
};

} // namespace ds

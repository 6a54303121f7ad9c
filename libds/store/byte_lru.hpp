// A cache of byte strings, bounded by their sum: the least recently used goes first.
#pragma once

#include "base/bytes.hpp"

#include <iterator>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace ds {

/// Whether the cache lets go of what a reader has. That frees nothing; but two caches which share values would wait for
/// each other if both kept it.
enum class InUse { let_go, keep };

/// Thread-safe. Values are shared, so that a reader keeps what the cache lets go.
template <class Key, class Value = ByteString, class Hash = std::hash<Key>>
class ByteLru {
  public:
    explicit ByteLru(std::size_t max_bytes, InUse in_use = InUse::let_go)
        : max_bytes_(max_bytes), in_use_(in_use) {}

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
        for (int passed = 0; bytes_ > max_bytes_ && passed < max_passed;) {
            Item& oldest = items_.back();
            if (in_use_ == InUse::keep && oldest.value.use_count() > 1) {
                items_.splice(items_.begin(), items_, std::prev(items_.end()));
                ++passed;
                continue;
            }
            bytes_ -= oldest.bytes;
            places_.erase(oldest.key);
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
    static constexpr int max_passed = 8; ///< values in use, at one put

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
    InUse in_use_;
};

} // namespace ds

// Items in order, some of which wait for their content to be read: each is handed on in the order it came,
// with its result if it had one. Internal to this module.
#pragma once

#include "store/ingest.hpp"

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ds {

/// For one thread. `done` is called from pass(), ingest() and finish().
template <class T>
class OrderedIngest {
  public:
    /// Threads are only started when the first content is to be read.
    OrderedIngest(std::string root, StoreWriter* writer, StoreParams params, IngestMode mode,
                  Context& context, std::function<void(T&, IngestResult*)> done)
        : root_(std::move(root)), writer_(writer), params_(params), mode_(mode), context_(context),
          done_(std::move(done)) {}

    /// Hands an item on in its turn.
    void pass(T item) {
        if (items_.empty()) {
            done_(item, nullptr);
            return;
        }
        items_.emplace_back(std::move(item), false);
        while (items_.size() > max_items) {
            settle(ingest_->take_wait());
        }
    }
    /// Reads the content of a path, then hands the item on.
    void ingest(T item, const std::string& path, FileStat::Kind kind) {
        if (!ingest_) {
            ingest_.emplace(root_, writer_, params_, mode_, context_);
        }
        items_.emplace_back(std::move(item), true);
        ingest_->submit({path, kind});
        settle(ingest_->take_ready());
        while (ingest_->full() || items_.size() > max_items) {
            settle(ingest_->take_wait());
        }
    }
    void finish() {
        if (ingest_) {
            settle(ingest_->drain());
        }
    }

  private:
    static constexpr std::size_t max_items = 16 * 1024;

    void settle(std::vector<IngestResult> results) {
        for (IngestResult& result : results) {
            hand_on_ready();
            T item = std::move(items_.front().first);
            items_.pop_front();
            done_(item, &result);
        }
        hand_on_ready();
    }
    void hand_on_ready() {
        while (!items_.empty() && !items_.front().second) {
            T item = std::move(items_.front().first);
            items_.pop_front();
            done_(item, nullptr);
        }
    }

    std::string root_;
    StoreWriter* writer_;
    StoreParams params_;
    IngestMode mode_;
    Context& context_;
    std::function<void(T&, IngestResult*)> done_;
    std::deque<std::pair<T, bool>> items_; ///< and whether it waits for its result
    std::optional<Ingest> ingest_;
};

} // namespace ds

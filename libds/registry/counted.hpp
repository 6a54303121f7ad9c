// What a registry was asked: buckets that count. The unit is a request as Ceph sees it: one call is one, a
// listing one per page. Budgets are held against these figures in tests, and DSCTL_TRACE prints them.
//
// Whoever adds a primitive to a bucket adds it here, too: a default body in the base class would hide a
// kind's own.
#pragma once

#include "registry/bucket.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

namespace ds {

/// Counts since the registry was opened. Thread-safe.
struct RequestCounts {
    std::atomic<std::uint64_t> get{0};
    std::atomic<std::uint64_t> put{0};
    std::atomic<std::uint64_t> list{0};   ///< pages
    std::atomic<std::uint64_t> stat{0};   ///< sizes and locks asked for
    std::atomic<std::uint64_t> retain{0}; ///< locks set
    std::atomic<std::uint64_t> copy{0};
    std::atomic<std::uint64_t> remove{0};
    std::atomic<std::uint64_t> bytes_up{0};
    std::atomic<std::uint64_t> bytes_down{0};

    [[nodiscard]] std::uint64_t total() const noexcept {
        return get + put + list + stat + retain + copy + remove;
    }
    /// "12 requests (5 get, 4 put, 2 list, 1 stat), 10.2 KiB up, 4 KiB down"
    [[nodiscard]] std::string text() const;
};

/// The same buckets, counted. `counts` is shared by both.
[[nodiscard]] Buckets counted(Buckets buckets, std::shared_ptr<RequestCounts> counts);

} // namespace ds

// A place for small verified objects of registries, so that what was read or written once is not asked for
// again: layout nodes, inner tree nodes, history bundles. The registry hands it to whoever reads through it.
#pragma once

#include "base/bytes.hpp"
#include "base/sha256.hpp"

#include <memory>

namespace ds {

/// Thread-safe. Losing everything in it is always fine.
class ByteCache {
  public:
    virtual ~ByteCache() = default;
    /// Bytes whose SHA-256 is `hash`, checked; null when they are not here.
    [[nodiscard]] virtual std::shared_ptr<const ByteString> get(const Sha256& hash) = 0;
    /// Whether get() is likely to have them; costs no reading.
    [[nodiscard]] virtual bool has(const Sha256& hash) = 0;
    /// Keeps bytes that the caller has verified or made. Never throws for a full disk or the like.
    virtual void put(const Sha256& hash, ByteView bytes) noexcept = 0;
};

} // namespace ds

// The kinds of bucket the suite runs over: folders, or S3 where the environment points to a Ceph.
#pragma once

#include "registry/bucket.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ds_test {

/// Storage that starts empty and goes away with this object.
class BucketWorld {
  public:
    virtual ~BucketWorld() = default;
    /// A new client of the same storage, as another process would be.
    [[nodiscard]] virtual ds::Buckets connect() = 0;
    [[nodiscard]] virtual std::int64_t now() = 0;
    /// Makes the storage's clock jump; false where that cannot be done.
    virtual bool advance(std::int64_t seconds) = 0;
};

struct BucketKind {
    std::string name;
    std::function<std::unique_ptr<BucketWorld>()> make;
    std::size_t max_key; ///< bytes that are left for keys
};
[[nodiscard]] std::vector<BucketKind> kinds();

/// Keys that storage has been known to mix up or refuse, in byte order, up to `max` bytes.
[[nodiscard]] std::vector<std::string> awkward_keys(std::size_t max);

} // namespace ds_test

/// Runs the body once per kind, `world` being a fresh BucketWorld of it.
#define FOR_EACH_KIND(world)                                                                                 \
    for (const auto& kind_ : ds_test::kinds())                                                               \
        if (auto world = kind_.make(); true)                                                                 \
            if (const auto kind_name_ = kind_.name; true)

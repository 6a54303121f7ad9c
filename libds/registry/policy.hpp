// Bucket policies: who may do what in a namespace of an S3 registry, as documents for the storage to enforce.
//
//   reader     reads the namespace, and the registry's description
//   writer     and adds packs and changes heads and catalogs; cannot delete, nor touch records
//   publisher  and puts locked records and signatures, and locks packs
//   collector  a reader that removes pack versions which no lock keeps, and rewrites heads
//
// Keys begin with their namespace, so a prefix is the boundary. Deleting is granted to collectors only, and overwriting means
// nothing in a versioned bucket; the control bucket's heads are guarded by compare-and-swap among those who keep to it.
#pragma once

#include "codec/json.hpp"
#include "registry/bucket.hpp"

#include <string>
#include <vector>

namespace ds {

/// Users (of RGW, "name" or "tenant$name") by role. Each role includes reading.
struct Grants {
    std::vector<std::string> readers;
    std::vector<std::string> writers;
    std::vector<std::string> publishers;
    std::vector<std::string> collectors;
};

struct BucketPolicies {
    std::string data_bucket;
    Json data;
    std::string control_bucket;
    Json control;
};

/// A bucket has one policy: to grant in several namespaces, join the statements.
/// @throws Error(usage) for a registry that is no bucket, or a name that cannot be a user's
[[nodiscard]] BucketPolicies bucket_policies(const std::string& url, const BucketSettings& settings,
                                             const std::string& ns, const Grants& grants);

} // namespace ds

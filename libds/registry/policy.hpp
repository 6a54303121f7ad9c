// Bucket policies: who may do what in a namespace of an S3 registry, as documents for the storage to enforce.
//
//   reader     reads the namespace, and the registry's description
//   writer     and adds packs and notes and changes heads and catalogs; cannot delete, nor touch records
//   publisher  and puts locked records and signatures, locks packs, and deprecates
//   collector  a reader that removes versions of packs and notes which no lock keeps, and rewrites heads
//
// Keys begin with their namespace, so a prefix is the boundary. Deleting is granted to collectors only, and overwriting means
// nothing in a versioned bucket; the control bucket's heads are guarded by compare-and-swap among those who keep to it.
//
// RGW (16.2) takes the headers of a lock on a put from whoever may put: a writer can leave packs that nobody can remove before
// their time, though not change what is published.
//
// In a policy `*` stands for slashes too, and a dataset may be called "packs": what a role must not touch is denied to it
// as well, and not only left out.
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
    bool record_use = false; ///< all of them may also leave a note that they used a version
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

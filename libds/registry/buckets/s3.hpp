// Buckets of an S3 service: Ceph RGW, over HTTPS.
//
//   https://HOST[:PORT]/BUCKET[/PREFIX]     (http:// only on loopback)
//   s3://BUCKET[/PREFIX]                    the endpoint from the configuration or AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL
//
// BUCKET is the data bucket: versioned, with Object Lock, without a default retention. The control bucket is
// BUCKET-ctl unless configured: NOT versioned, because RGW takes conditions on writes in such buckets only (a
// versioned one ignores If-None-Match and refuses every If-Match). Keys are those of bucket.hpp with PREFIX/ before them, as
// they are; what RGW does, and what it does not, is tried by `registry check` and the conformance suite.
#pragma once

#include "registry/bucket.hpp"

#include <string>
#include <string_view>

namespace ds {

/// By its scheme alone.
[[nodiscard]] bool is_s3_url(std::string_view url) noexcept;
/// @throws Error(usage) when the URL names no bucket, or plain http beyond loopback
void check_s3_url(const std::string& url);

/// Asks nothing yet. @throws Error(usage)
[[nodiscard]] Buckets open_s3_buckets(const std::string& url, const BucketSettings& settings);
/// Creates the buckets that are missing, and checks those that are there.
/// @throws Error(failure) with the way out when one that is there cannot serve
[[nodiscard]] Buckets create_s3_buckets(const std::string& url, const BucketSettings& settings,
                                        WithLocks locks);

} // namespace ds

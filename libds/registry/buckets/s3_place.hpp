// From a URL to an endpoint, two buckets and a prefix.
#pragma once

#include "http/url.hpp"
#include "registry/bucket.hpp"

#include <string>

namespace ds::s3 {

/// Where a registry lies.
struct Place {
    std::string url; ///< as configured, for messages
    Endpoint endpoint;
    std::string data_bucket;
    std::string control_bucket;
    std::string prefix; ///< before every key: empty, or ends in '/'
};

/// The bucket and prefix of a URL; its endpoint where it names one. @throws Error(usage)
struct Address {
    std::optional<Endpoint> endpoint;
    std::string bucket;
    std::string prefix;
};
[[nodiscard]] Address parse_address(const std::string& url);
/// With what the configuration and the environment say. @throws Error(usage) also when there is no endpoint
[[nodiscard]] Place find_place(const std::string& url, const BucketSettings& settings);

/// @throws Error(usage) for a key that no bucket takes (see bucket.hpp)
void check_key(std::string_view key, std::string_view prefix);

} // namespace ds::s3

#include "registry/buckets/s3_place.hpp"

#include "base/path.hpp"
#include "codec/text.hpp"
#include "http/credentials.hpp"
#include "os/file.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace ds::s3 {

namespace {

constexpr std::string_view own_scheme = "s3://";
constexpr std::size_t max_prefix_bytes = 256;

bool is_bucket_name(std::string_view name) {
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    };
    return name.size() >= 3 && name.size() <= 63 && std::all_of(name.begin(), name.end(), plain) &&
           name.find("..") == std::string_view::npos && name.front() != '.' && name.front() != '-';
}

bool is_prefix_component(std::string_view name) {
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '.' || c == '_';
    };
    return !name.empty() && name.front() != '.' && std::all_of(name.begin(), name.end(), plain);
}

void check_bucket_name(std::string_view name, const std::string& url) {
    if (!is_bucket_name(name)) {
        throw Error(ErrorKind::usage,
                    name.empty() ? fmt::format("'{}' names no bucket", printable(url))
                                 : fmt::format("'{}' is no name of a bucket", printable(name)),
                    "write https://HOST/BUCKET; bucket names have 3 to 63 of a-z 0-9 - .");
    }
}

} // namespace

Address parse_address(const std::string& url) {
    Address address;
    std::string rest;
    if (url.starts_with(own_scheme)) {
        rest = url.substr(own_scheme.size());
    } else {
        const auto parsed = parse_http_url(url);
        address.endpoint = parsed.endpoint;
        rest = parsed.path.substr(std::min<std::size_t>(1, parsed.path.size()));
    }
    while (rest.ends_with('/')) {
        rest.pop_back();
    }
    const auto slash = rest.find('/');
    address.bucket = rest.substr(0, slash);
    check_bucket_name(address.bucket, url);
    if (slash == std::string::npos) {
        return address;
    }
    address.prefix = rest.substr(slash + 1) + "/";
    std::size_t begin = 0;
    while (begin < address.prefix.size()) {
        const auto end = address.prefix.find('/', begin);
        if (!is_prefix_component(std::string_view(address.prefix).substr(begin, end - begin)) ||
            address.prefix.size() > max_prefix_bytes) {
            throw Error(ErrorKind::usage,
                        fmt::format("'{}' has a prefix that cannot be used", printable(url)),
                        "use letters, digits, '-', '_' and '.' between the slashes");
        }
        begin = end + 1;
    }
    return address;
}

Place find_place(const std::string& url, const BucketSettings& settings) {
    const auto address = parse_address(url);
    Place place;
    place.url = url;
    place.data_bucket = address.bucket;
    place.prefix = address.prefix;
    place.control_bucket =
        settings.control_bucket.empty() ? address.bucket + "-ctl" : settings.control_bucket;
    check_bucket_name(place.control_bucket, url);
    if (place.control_bucket == place.data_bucket) {
        throw Error(ErrorKind::usage,
                    fmt::format("bucket '{}' cannot be both the data and the control bucket of a registry",
                                place.data_bucket),
                    "one must be versioned, the other must not: configure another control-bucket");
    }
    auto endpoint = address.endpoint;
    if (!endpoint) {
        endpoint =
            configured_endpoint(settings.endpoint.empty() ? std::nullopt : std::optional(settings.endpoint),
                                [](const char* name) { return env(name); });
    }
    if (!endpoint) {
        throw Error(ErrorKind::usage, fmt::format("'{}' does not say on which host", printable(url)),
                    settings.alias.empty()
                        ? "write https://HOST/BUCKET, or set AWS_ENDPOINT_URL_S3"
                        : fmt::format("dsctl config set registry.{}.endpoint https://HOST", settings.alias));
    }
    place.endpoint = *endpoint;
    return place;
}

void check_key(std::string_view key, std::string_view prefix) {
    if (key.empty() || key.size() + prefix.size() > max_key_bytes || !is_utf8(key) ||
        key.find('\0') != std::string_view::npos) {
        throw Error(ErrorKind::usage,
                    fmt::format("'{}' cannot be a key in a bucket", printable(key.substr(0, 100))),
                    "keys have 1 to 1,024 bytes of UTF-8 without NUL");
    }
}

} // namespace ds::s3

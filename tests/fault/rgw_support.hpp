// The real Ceph of tests/ceph as these tests reach it: signed requests, straight or through the proxy.
#pragma once

#include "codec/hash.hpp"
#include "fault/proxy.hpp"
#include "http/sigv4.hpp"
#include "os/file.hpp"
#include "unit/http/client_support.hpp"

#include <string>
#include <utility>

namespace ds::test {

/// A variable of tests/ceph/up's env. @throws std::runtime_error when the test runs without a cluster
[[nodiscard]] inline std::string cluster_variable(const char* name) {
    const auto value = env(name);
    if (!value) {
        throw std::runtime_error(std::string(name) + " is not set: run this with tests/ceph/with");
    }
    return *value;
}

[[nodiscard]] inline Endpoint plain_rgw() {
    return parse_http_url(cluster_variable("CEPH_HTTP_ENDPOINT")).endpoint;
}
[[nodiscard]] inline Endpoint secure_rgw() {
    return parse_http_url(cluster_variable("CEPH_ENDPOINT")).endpoint;
}

[[nodiscard]] inline Credentials owner() {
    return {cluster_variable("CEPH_OWNER_ACCESS_KEY"),
            Secret(cluster_variable("CEPH_OWNER_SECRET_KEY")),
            {},
            {},
            "test"};
}

/// A request signed by the owner; the body must outlive it. @param skew seconds the clock is ahead
[[nodiscard]] inline HttpRequest signed_request(const Endpoint& endpoint, std::string method,
                                                std::string path, ByteView body = {}, std::int64_t skew = 0) {
    HttpRequest request;
    request.endpoint = endpoint;
    request.method = std::move(method);
    request.path = std::move(path);
    request.body = HttpBody::of(body);
    request.repeat = Repeat::safe;
    request.max_body = 8u << 20;
    request.authorize = [payload = sha256(body), skew](const HttpRequest& unsigned_request) {
        return sign_v4(unsigned_request, payload, owner(), {"us-east-1", "s3"}, unix_now() + skew);
    };
    return request;
}

} // namespace ds::test

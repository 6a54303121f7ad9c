// AWS Signature Version 4 in the Authorization header.
//
// Own code, because curl 7.88 signs unsorted and valueless queries wrongly. Source: "Signature Version 4
// signing process", AWS General Reference; paths are encoded once, as S3 wants.
#pragma once

#include "http/message.hpp"
#include "http/secret.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace ds {

struct Credentials {
    std::string access_key_id;
    Secret secret_access_key;
    Secret session_token;                ///< empty: none
    std::optional<std::int64_t> expires; ///< unix seconds
    std::string source;                  ///< "environment", "profile 'lab' (/home/bo/.aws/credentials)"
};

struct SigningScope {
    std::string region;
    std::string service = "s3";
};

/// The headers that make `request` a signed one: X-Amz-Date, X-Amz-Security-Token if there is a token, for
/// service "s3" X-Amz-Content-Sha256, and Authorization. Signed are the method, path, query, Host, all of
/// request.headers (so conditions cannot be stripped on the way) and the payload hash.
/// @param payload body_sha256() of the body @param now unix seconds
[[nodiscard]] HttpHeaders sign_v4(const HttpRequest& request, const Sha256& payload,
                                  const Credentials& credentials, const SigningScope& scope,
                                  std::int64_t now);

} // namespace ds

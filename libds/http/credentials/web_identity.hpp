// Temporary keys for a token: AssumeRoleWithWebIdentity of STS, which RGW has too.
#pragma once

#include "http/client.hpp"
#include "http/sigv4.hpp"

#include <string>

namespace ds {

struct WebIdentity {
    std::string token_file;
    std::string role_arn;
    std::string session_name = "dsctl";
};

/// Reads the token (it changes while a container runs) and exchanges it. @throws Error(auth), HttpError
[[nodiscard]] Credentials credentials_from_web_identity(const WebIdentity& identity, const Endpoint& sts,
                                                        HttpClient& client);

} // namespace ds

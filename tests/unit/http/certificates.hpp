// Certificates made for one test, by OpenSSL.
#pragma once

#include <memory>
#include <string>

namespace ds::test {

/// A certificate and its key in PEM.
struct Certificate {
    std::string certificate;
    std::string key;
};

/// Which names it is for, as in "IP:127.0.0.1,DNS:localhost", and from when to when, in seconds from now.
struct CertificateWish {
    std::string names = "IP:127.0.0.1,DNS:localhost";
    long from = -3600;
    long until = 3600;
};

[[nodiscard]] Certificate make_authority();
[[nodiscard]] Certificate sign_certificate(const Certificate& authority, const CertificateWish& wish);
[[nodiscard]] Certificate self_signed(const CertificateWish& wish);

} // namespace ds::test

// Where a server is, and the one way in which keys become URLs.
//
// Secrets go to the configured scheme, host and port only, so these are a type of their own and are never
// taken from a reply. Plain http is for loopback alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ds {

/// Scheme, host and port of a server. Value type.
struct Endpoint {
    enum class Scheme { https, http };
    Scheme scheme = Scheme::https;
    std::string host; ///< lower case; an IPv6 address without brackets
    std::uint16_t port = 443;

    friend bool operator==(const Endpoint&, const Endpoint&) = default;

    /// As the Host header (and what is signed) has it: the port only where it is not the scheme's own.
    [[nodiscard]] std::string authority() const;
    /// "https://rgw.lab:8443", without a path.
    [[nodiscard]] std::string url() const;
    /// Whether the host is "localhost" or an address of this machine's loopback.
    [[nodiscard]] bool loopback() const noexcept;
};

/// A URL taken apart: no user, query or fragment.
struct HttpUrl {
    Endpoint endpoint;
    std::string path; ///< as written, from the first '/' on; may be empty
};

/// @throws Error(usage) naming the URL: another scheme, user or password in it, a query or fragment, a bad
/// host or port, http to a host that is not loopback
[[nodiscard]] HttpUrl parse_http_url(std::string_view url);

enum class Slash { kept, encoded };
/// RFC 3986, every byte but the unreserved ones as %XX in upper case: what SigV4 wants of paths (slashes
/// kept) and of queries (slashes encoded).
[[nodiscard]] std::string percent_encode(std::string_view text, Slash slash);
/// The reverse ('+' stays itself); nothing for a '%' without two hex digits.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);

} // namespace ds

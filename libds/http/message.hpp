// One request and its response, as values.
#pragma once

#include "base/bytes.hpp"
#include "base/sha256.hpp"
#include "http/url.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ds {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

/// A request body that can be read again from anywhere: for its hash, and for another try.
struct HttpBody {
    std::uint64_t size = 0;
    /// Fills `buffer` with exactly [offset, offset + n). May throw (perform() rethrows); runs on the client's
    /// thread, so it must not wait for anything but a local file.
    std::function<void(std::uint64_t offset, char* buffer, std::size_t n)> read;
    /// All of it where it lies in memory, else empty: spares the copies.
    ByteView memory;

    /// Over bytes of the caller's, which must outlive the request.
    [[nodiscard]] static HttpBody of(ByteView bytes);
};

/// The SHA-256 of a body, reading it once (what x-amz-content-sha256 carries). Compute it once, then sign
/// every try with it.
[[nodiscard]] Sha256 body_sha256(const HttpBody& body);

/// Whether doing it twice is the same as doing it once. `never` is right for what is conditional (a second
/// try of a won compare-and-swap loses) and for what creates.
enum class Repeat { safe, never };

struct HttpResponse;

struct HttpRequest {
    std::string method = "GET"; ///< GET, HEAD, PUT, POST or DELETE
    Endpoint endpoint;
    std::string path = "/"; ///< raw bytes, from the first '/'; encoded by the client, never normalised
    std::vector<std::pair<std::string, std::string>> query; ///< raw; a pair without value is "key="
    HttpHeaders headers; ///< Host, Content-Length and User-Agent are the client's
    HttpBody body;
    Repeat repeat = Repeat::never;

    /// Bound on the body of a response (of status 2xx; others are bounded by 1 MiB, and cut there).
    std::uint64_t max_body = 1u << 20;
    /// A 2xx response must have exactly so many bytes of body.
    std::optional<std::uint64_t> expected_body;
    /// Where the body of a 2xx response is appended, instead of HttpResponse::body. Unchanged when perform()
    /// throws or the status is another. Must outlive the call.
    ByteString* into = nullptr;

    /// Looks at a 2xx response. A CorruptObject from it makes this a try that failed (bytes may be spoiled on the way, where
    /// TLS ends before the server); that of the last try comes out of perform().
    std::function<void(const HttpResponse&)> check;
    /// Gives headers to add, for instance a signature: runs before every try, on the caller's thread, so that
    /// a late try has a fresh date and fresh credentials.
    std::function<HttpHeaders(const HttpRequest&)> authorize;
};

struct HttpResponse {
    int status = 0;
    HttpHeaders headers; ///< names in lower case, in order, 64 KiB at most
    ByteString body;     ///< empty when it went `into` the caller's
    unsigned tries = 1;
    std::int64_t received = 0; ///< this machine's clock when the header came, unix seconds

    [[nodiscard]] bool ok() const noexcept { return status >= 200 && status < 300; }
    /// The first header of that (lower-case) name; null when absent.
    [[nodiscard]] const std::string* header(std::string_view name) const noexcept;
    /// The server's clock by its Date header, unix seconds. `received` less this is by how much this machine
    /// is ahead.
    [[nodiscard]] std::optional<std::int64_t> date() const noexcept;
};

/// The path and query of a request as they are sent and signed: queries sorted by encoded name, then value.
[[nodiscard]] std::string encoded_path(const HttpRequest& request);
[[nodiscard]] std::string encoded_query(const HttpRequest& request);
/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 IMF-fixdate) as unix seconds; nothing for anything else.
[[nodiscard]] std::optional<std::int64_t> parse_http_date(std::string_view text) noexcept;

} // namespace ds

// Whom the client talks to: certificates, redirects, plain http.
#include "os/file.hpp"
#include "unit/http/certificates.hpp"
#include "unit/http/client_support.hpp"
#include "unit/support.hpp"

using namespace ds;
using namespace ds::test;
using ds_test::TempDir;

namespace {

/// What comes of a GET over TLS from a server with that certificate, trusting `authority`.
std::string over_tls(const Certificate& certificate, const Certificate& authority,
                     const std::string& host = "127.0.0.1") {
    const TempDir dir;
    write_file_atomic(dir.path() + "/ca.pem", authority.certificate);
    LoopbackServer server(answer("trusted"), &certificate);
    HttpOptions options = with_tries(3);
    options.ca_file = dir.path() + "/ca.pem";
    Client client(options);
    HttpRequest request = get_of(server);
    request.endpoint = server.endpoint(host);
    request.authorize = [](const HttpRequest&) { return HttpHeaders{{"Authorization", "secret"}}; };
    try {
        return client.http.perform(request).body;
    } catch (const HttpError& e) {
        CHECK(e.failure() == HttpFailure::tls);
        CHECK(e.effect() == HttpError::Effect::none);
        CHECK(client.http.counters().tries == 1); // the next one would end the same way
        CHECK(server.bytes() == 0);
        return e.message().substr(e.message().find(' ') + 1);
    }
}

} // namespace

TEST_CASE("a server is trusted by the configured authority, for its name or address") {
    const Certificate authority = make_authority();
    const Certificate server = sign_certificate(authority, {});
    CHECK(over_tls(server, authority) == "trusted");
    CHECK(over_tls(server, authority, "localhost") == "trusted");
}

TEST_CASE("certificates that are refused, each with its reason") {
    const Certificate authority = make_authority();
    CHECK(over_tls(sign_certificate(authority, {.names = "DNS:other.lab"}), authority) ==
          "is not trusted: its certificate is for another host");
    CHECK(over_tls(sign_certificate(authority, {.from = -7200, .until = -3600}), authority) ==
          "is not trusted: its certificate has expired");
    CHECK(over_tls(sign_certificate(authority, {.from = 3600, .until = 7200}), authority) ==
          "is not trusted: its certificate is not valid yet");
    CHECK(over_tls(self_signed({}), authority) == "is not trusted: its certificate is self-signed");
    CHECK(over_tls(sign_certificate(make_authority(), {}), authority) ==
          "is not trusted: its certificate is not signed by an authority that is trusted");
}

TEST_CASE("the system's authorities do not know a test's") {
    const Certificate certificate = self_signed({});
    LoopbackServer server(answer("x"), &certificate);
    Client client;
    CHECK(failure_of(client, get_of(server)).failure() == HttpFailure::tls);
}

TEST_CASE("https to a server that speaks http") {
    LoopbackServer server(answer("x"));
    Client client;
    HttpRequest request = get_of(server);
    request.endpoint.scheme = Endpoint::Scheme::https;
    CHECK(failure_of(client, request).failure() != HttpFailure::malformed);
}

TEST_CASE("an authority file that is missing or is none") {
    HttpOptions options = quick_options();
    options.ca_file = "/nowhere/ca.pem";
    CHECK_THROWS_AS(Client{options}, Error);
    const TempDir dir;
    options.ca_file = dir.path() + "/ca.pem";
    write_file_atomic(options.ca_file, "not a certificate");
    const Certificate certificate = self_signed({});
    LoopbackServer server(answer("x"), &certificate);
    Client client(options);
    const HttpError error = failure_of(client, get_of(server));
    CHECK(error.failure() == HttpFailure::tls);
    CHECK(error.message().find(options.ca_file) != std::string::npos);
}

TEST_CASE("a redirect is an error that names the place, and the place hears nothing") {
    for (const char* status :
         {"301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent"}) {
        LoopbackServer other(answer("stolen"));
        LoopbackServer server([&](ServerConnection& connection) {
            while (connection.receive()) {
                connection.reply(status, "",
                                 "Location: " + other.endpoint().url() + "/x\x1b?Signature=s\r\n");
            }
        });
        Client client(with_tries(3));
        const HttpError error = failure_of(client, put_of(server, "body", Repeat::safe));
        CHECK(error.failure() == HttpFailure::redirected);
        CHECK(error.message().find(other.endpoint().url() + "/x?, which is not followed") !=
              std::string::npos);
        CHECK(client.http.counters().tries == 1);
        CHECK(other.connections() == 0);
        CHECK(other.bytes() == 0);
    }
}

TEST_CASE("http to another machine is refused, whatever its name claims") {
    Client client;
    HttpRequest request;
    request.endpoint = {Endpoint::Scheme::http, "192.0.2.1", 80};
    CHECK_THROWS_AS(static_cast<void>(client.http.perform(request)), Error);
    request.endpoint.host = "rgw.lab";
    CHECK_THROWS_AS(static_cast<void>(client.http.perform(request)), Error);
    CHECK(client.http.counters().tries == 0);
}

TEST_CASE("proxies of the environment are not used") {
    LoopbackServer proxy(answer("by proxy"));
    LoopbackServer server(answer("direct"));
    setenv("http_proxy", proxy.endpoint().url().c_str(), 1);
    setenv("ALL_PROXY", proxy.endpoint().url().c_str(), 1);
    Client client;
    const std::string body = client.http.perform(get_of(server)).body;
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
    CHECK(body == "direct");
    CHECK(proxy.connections() == 0);
}

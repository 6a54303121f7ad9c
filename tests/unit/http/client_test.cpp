// Requests and responses over one connection or many.
#include "unit/http/client_support.hpp"

#include <thread>
#include <vector>

using namespace ds;
using namespace ds::test;

TEST_CASE("a request arrives as it was meant") {
    ReceivedRequest got;
    LoopbackServer server([&](ServerConnection& connection) {
        got = connection.receive().value();
        connection.reply("200 OK", "hello",
                         "ETag:  \"x\" \r\nX-Many: a\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
    });
    Client client;
    HttpRequest request = put_of(server, "body bytes", Repeat::never);
    request.path = "/b/../a//b +\xff?";
    request.query = {{"versionId", "a/b"}, {"retention", ""}};
    request.headers = {{"If-Match", "\"e\""}, {"X-Empty", ""}};
    request.authorize = [](const HttpRequest&) { return HttpHeaders{{"Authorization", "secret"}}; };
    const HttpResponse response = client.http.perform(request);
    CHECK(got.method == "PUT");
    CHECK(got.target == "/b/../a//b%20%2B%FF%3F?retention=&versionId=a%2Fb");
    CHECK(got.body == "body bytes");
    CHECK(got.headers["host"] == request.endpoint.authority());
    CHECK(got.headers["content-length"] == "10");
    CHECK(got.headers["if-match"] == "\"e\"");
    CHECK(got.headers["x-empty"].empty());
    CHECK(got.headers["authorization"] == "secret");
    CHECK(got.headers["user-agent"] == "dsctl");
    CHECK(response.status == 200);
    CHECK(response.body == "hello");
    CHECK(*response.header("etag") == "\"x\"");
    CHECK(response.header("none") == nullptr);
    CHECK(response.date().value() == 784'111'777);
    CHECK(client.http.counters().bytes_up == 10);
    CHECK(client.http.counters().bytes_down == 5);
}

TEST_CASE("bodies of every method and size") {
    std::vector<ReceivedRequest> got;
    LoopbackServer server([&](ServerConnection& connection) {
        while (auto request = connection.receive()) {
            got.push_back(std::move(*request));
            connection.reply("200 OK");
        }
    });
    Client client;
    const std::string large(3'000'000, 'x'); // beyond what waits for "100 Continue"
    for (const auto& [method, body] : {std::pair<const char*, ByteView>{"PUT", ""},
                                       {"POST", ""},
                                       {"POST", "form=1"},
                                       {"DELETE", ""},
                                       {"HEAD", ""},
                                       {"PUT", large}}) {
        HttpRequest request = put_of(server, body, Repeat::never);
        request.method = method;
        CHECK(client.http.perform(request).ok());
        CHECK(got.back().method == method);
        CHECK(got.back().body == body);
        const bool has_length = got.back().headers.count("content-length") != 0;
        CHECK(has_length == (request.method == "PUT" || request.method == "POST"));
    }
    CHECK(server.connections() == 1);
}

TEST_CASE("connections are kept, and no more than allowed are made") {
    std::atomic<int> at_once{0};
    std::atomic<int> most{0};
    LoopbackServer server([&](ServerConnection& connection) {
        while (connection.receive()) {
            most = std::max(most.load(), ++at_once);
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
            --at_once;
            connection.reply("200 OK", "x");
        }
    });
    HttpOptions options = quick_options();
    options.connections = 3;
    Client client(options);
    std::vector<std::thread> threads;
    std::atomic<int> good{0};
    for (int i = 0; i < 12; ++i) {
        threads.emplace_back([&] {
            for (int k = 0; k < 10; ++k) {
                good += client.http.perform(get_of(server)).body == "x" ? 1 : 0;
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    CHECK(good == 120);
    CHECK(most <= 3);
    CHECK(server.connections() <= 3);
    CHECK(client.http.counters().tries == 120);
}

TEST_CASE("a server without TCP_NODELAY is not waited for") {
    LoopbackServer server([&](ServerConnection& connection) {
        while (connection.receive()) { // the body's packet waits in the server's kernel for the header's ACK
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
            connection.send("body");
        }
    });
    Client client;
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 50; ++i) {
        CHECK(client.http.perform(get_of(server)).body == "body");
    }
    // A delayed ACK takes 40 ms: 2 s in all.
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(1));
}

TEST_CASE("a body goes into the caller's string, and only a whole one") {
    std::string status = "200 OK";
    LoopbackServer server([&](ServerConnection& connection) {
        while (connection.receive()) {
            connection.reply(status, "0123456789");
        }
    });
    Client client;
    std::string out = "before:";
    HttpRequest request = get_of(server);
    request.into = &out;
    request.expected_body = 10;
    CHECK(client.http.perform(request).body.empty());
    CHECK(out == "before:0123456789");
    request.expected_body = 11;
    const HttpError error = failure_of(client, request);
    CHECK(error.failure() == HttpFailure::malformed);
    CHECK(error.message().find("offers 10 bytes where 11 were asked for") != std::string::npos);
    CHECK(out == "before:0123456789");
    status = "404 Not Found"; // an error's body is another thing
    CHECK(client.http.perform(request).body == "0123456789");
    CHECK(out == "before:0123456789");
}

TEST_CASE("chunked replies, and the bounds they keep") {
    LoopbackServer server([&](ServerConnection& connection) {
        while (connection.receive()) {
            connection.send(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n2\r\nef\r\n0\r\n"
                "ETag: forged\r\n\r\n");
        }
    });
    Client client;
    HttpRequest request = get_of(server);
    const HttpResponse response = client.http.perform(request);
    CHECK(response.body == "abcdef");
    CHECK(response.header("etag") == nullptr);
    request.expected_body = 7;
    CHECK(failure_of(client, request).failure() == HttpFailure::malformed);
    request.expected_body.reset();
    request.max_body = 5;
    CHECK(failure_of(client, request).failure() == HttpFailure::too_large);
}

TEST_CASE("what the body's reader throws comes out, and the client lives on") {
    LoopbackServer server([](ServerConnection& connection) {
        while (connection.receive()) {
            connection.reply("200 OK");
        }
    });
    Client client;
    HttpRequest request = put_of(server, "", Repeat::safe);
    request.body = {
        1000, [](std::uint64_t, char*, std::size_t) { throw Error(ErrorKind::corrupt, "disk is bad"); }};
    CHECK_THROWS_WITH(static_cast<void>(client.http.perform(request)), "disk is bad");
    request.body = HttpBody::of("fine");
    request.authorize = [](const HttpRequest&) -> HttpHeaders { throw Error(ErrorKind::auth, "no keys"); };
    CHECK_THROWS_WITH(static_cast<void>(client.http.perform(request)), "no keys");
    request.authorize = nullptr;
    CHECK(client.http.perform(request).ok());
}

TEST_CASE("a line break in a header's value is refused before anything is sent") {
    LoopbackServer server(answer("x"));
    Client client;
    HttpRequest request = get_of(server);
    request.headers = {{"If-Match", "\"a\"\r\nX-Evil: 1"}};
    CHECK_THROWS_AS(static_cast<void>(client.http.perform(request)), Error);
    CHECK(server.bytes() == 0);
}

TEST_CASE("traces show requests, and neither headers nor bodies") {
    LoopbackServer server([](ServerConnection& connection) {
        while (connection.receive()) {
            connection.reply("403 Forbidden", "canary-in-reply", "X-Secret: canary-in-header\r\n");
        }
    });
    Client client;
    HttpRequest request = put_of(server, "canary-in-body", Repeat::never);
    request.headers = {{"X-Amz-Security-Token", "canary-token"}};
    request.authorize = [](const HttpRequest&) { return HttpHeaders{{"Authorization", "canary-signature"}}; };
    CHECK(client.http.perform(request).status == 403);
    CHECK(client.log.text().find("PUT http://127.0.0.1:") != std::string::npos);
    CHECK(client.log.text().find("/key: 403, ") != std::string::npos);
    CHECK(client.log.text().find("canary") == std::string::npos);
}

// Servers that hang, lie, break off or overflow: every one ends, in time and in words.
#include "unit/http/client_support.hpp"

#include <thread>

using namespace ds;
using namespace ds::test;

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// The failure of a GET from a server that answers with `behave` after the request.
HttpError failure_from(const std::function<void(ServerConnection&, const LoopbackServer&)>& behave) {
    LoopbackServer* self = nullptr;
    LoopbackServer server([&](ServerConnection& connection) {
        if (connection.receive()) {
            behave(connection, *self);
        }
    });
    self = &server;
    Client client;
    const auto start = Clock::now();
    HttpError error = failure_of(client, get_of(server));
    CHECK(seconds_since(start) < 3);
    CHECK(error.effect() == HttpError::Effect::none);
    return error;
}

} // namespace

TEST_CASE("a server that never answers ends in an error that says so") {
    const HttpError error =
        failure_from([](ServerConnection&, const LoopbackServer& server) { server.pause(10'000); });
    CHECK(error.failure() == HttpFailure::timed_out);
    CHECK(error.kind() == ErrorKind::retry);
    CHECK(error.message().find("did not answer for 500 ms") != std::string::npos);
}

TEST_CASE("a slow first byte is fine") {
    LoopbackServer* self = nullptr;
    LoopbackServer server([&](ServerConnection& connection) {
        while (connection.receive()) {
            self->pause(300);
            connection.reply("200 OK", "late");
        }
    });
    self = &server;
    Client client;
    CHECK(client.http.perform(get_of(server)).body == "late");
}

TEST_CASE("a server that stops within a body") {
    const HttpError error = failure_from([](ServerConnection& connection, const LoopbackServer& server) {
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
        server.pause(10'000);
    });
    CHECK(error.failure() == HttpFailure::timed_out);
    CHECK(error.message().find("nothing moved for 500 ms") != std::string::npos);
}

TEST_CASE("drops of a body, and of a header, are too slow") {
    for (const char* start : {"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", "HTTP/1.1 200 OK\r\n"}) {
        const HttpError error = failure_from([&](ServerConnection& connection, const LoopbackServer& server) {
            connection.send(start);
            while (!server.over() && connection.send("x:\r\n")) {
                server.pause(20);
            }
        });
        CHECK(error.failure() == HttpFailure::timed_out);
        CHECK(error.message().find("is too slow: ") != std::string::npos);
    }
}

TEST_CASE("a whole exchange has an end, however lively") {
    LoopbackServer* self = nullptr;
    LoopbackServer server([&](ServerConnection& connection) {
        static_cast<void>(connection.receive());
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n");
        while (!self->over() && connection.send("0123456789")) {
            self->pause(10);
        }
    });
    self = &server;
    HttpOptions options = quick_options();
    options.total_timeout = std::chrono::milliseconds(300);
    options.stall_bytes = 1;
    Client client(options);
    HttpRequest request = get_of(server);
    request.max_body = 10'000;
    const HttpError error = failure_of(client, request);
    CHECK(error.failure() == HttpFailure::timed_out);
    CHECK(error.message().find("for one request") != std::string::npos);
}

TEST_CASE("a reset, or an end, at each tenth of a body") {
    for (const bool reset : {true, false}) {
        for (std::size_t tenth = 0; tenth < 10; ++tenth) {
            const HttpError error = failure_from([&](ServerConnection& connection, const LoopbackServer&) {
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" +
                                std::string(tenth * 100, 'x'));
                if (reset) {
                    connection.reset();
                }
            });
            CHECK(error.failure() == HttpFailure::interrupted);
            CHECK(error.message().find("broke the connection") != std::string::npos);
        }
    }
}

TEST_CASE("endless headers, bodies and errors are cut off") {
    HttpError error = failure_from([](ServerConnection& connection, const LoopbackServer&) {
        connection.send("HTTP/1.1 200 OK\r\n");
        while (connection.send("X-More: " + std::string(1000, 'x') + "\r\n")) {
        }
    });
    CHECK(error.failure() == HttpFailure::too_large);
    CHECK(error.message().find("64 KiB of headers") != std::string::npos);
    error = failure_from([](ServerConnection& connection, const LoopbackServer&) {
        while (connection.send("HTTP/1.1 100 Continue\r\n\r\n")) {
        }
    });
    CHECK(error.failure() == HttpFailure::too_large);
    error = failure_from([](ServerConnection& connection, const LoopbackServer&) {
        connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        while (connection.send("10000\r\n" + std::string(65536, 'x') + "\r\n")) {
        }
    });
    CHECK(error.failure() == HttpFailure::too_large);
    error = failure_from([](ServerConnection& connection, const LoopbackServer&) {
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n");
    });
    CHECK(error.message().find("offers a reply of ") != std::string::npos);

    LoopbackServer server([](ServerConnection& connection) {
        static_cast<void>(connection.receive());
        connection.send("HTTP/1.1 403 Forbidden\r\n\r\n");
        while (connection.send(std::string(65536, 'x'))) {
        }
    });
    Client client;
    const HttpResponse response = client.http.perform(get_of(server));
    CHECK(response.status == 403);
    CHECK(response.body.size() <= 1u << 20);
}

TEST_CASE("what is not HTTP") {
    for (const char* text : {"SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
                             "HTTP/1.1 xyz\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nx",
                             "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy",
                             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
        INFO(text);
        const HttpError error =
            failure_from([&](ServerConnection& connection, const LoopbackServer&) { connection.send(text); });
        const bool told = error.failure() == HttpFailure::malformed ||
                          error.failure() == HttpFailure::too_large ||
                          error.failure() == HttpFailure::interrupted;
        CHECK_MESSAGE(told, error.message());
    }
}

TEST_CASE("nobody listens, and no such name") {
    Endpoint gone;
    {
        const LoopbackServer server(answer("x"));
        gone = server.endpoint();
    }
    Client client;
    HttpRequest request;
    request.endpoint = gone;
    HttpError error = failure_of(client, request);
    CHECK(error.failure() == HttpFailure::unreachable);
    CHECK(error.effect() == HttpError::Effect::none);
    CHECK(error.message() == gone.authority() + " cannot be reached (Connection refused)");
    request.endpoint = {Endpoint::Scheme::https, "no-such-host.invalid", 443};
    error = failure_of(client, request);
    CHECK(error.failure() == HttpFailure::unreachable);
}

TEST_CASE("a stop ends transfers, waiting requests and pauses between tries within a second") {
    LoopbackServer* self = nullptr;
    LoopbackServer server([&](ServerConnection& connection) {
        if (const auto request = connection.receive()) {
            if (request->target == "/busy") {
                connection.reply("503 Slow Down", "", "Retry-After: 30\r\n");
            }
            self->pause(20'000);
        }
    });
    self = &server;
    HttpOptions options = with_tries(5);
    options.connections = 2;
    options.stall_timeout = std::chrono::seconds(20);
    options.retry.max_delay = options.retry.patience = options.retry.first_patience =
        std::chrono::seconds(60);
    Client client(options);
    std::atomic<int> interrupted{0};
    std::vector<std::thread> threads;
    for (const char* path : {"/busy", "/hang", "/hang", "/hang"}) {
        threads.emplace_back([&, path] {
            try {
                static_cast<void>(client.http.perform(get_of(server, path)));
            } catch (const Interrupted&) {
                ++interrupted;
            }
        });
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    const auto start = Clock::now();
    client.stop.request_stop();
    for (auto& thread : threads) {
        thread.join();
    }
    CHECK(seconds_since(start) < 1);
    CHECK(interrupted == 4);
    CHECK_THROWS_AS(static_cast<void>(client.http.perform(get_of(server))), Interrupted);
}

TEST_CASE("bandwidth is shared by all transfers, up and down") {
    const std::string body(100'000, 'x');
    LoopbackServer server(answer(body));
    HttpOptions options = quick_options();
    options.bandwidth = 400'000;
    Client client(options);
    const auto start = Clock::now();
    std::vector<std::thread> threads;
    for (int i = 0; i < 2; ++i) {
        threads.emplace_back([&] { CHECK(client.http.perform(get_of(server)).body == body); });
        threads.emplace_back(
            [&] { CHECK(client.http.perform(put_of(server, ByteView(body).substr(1), Repeat::safe)).ok()); });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    const double took = seconds_since(start); // 600,000 bytes at 400,000 a second
    CHECK(took > 1.2);
    CHECK(took < 3);
}

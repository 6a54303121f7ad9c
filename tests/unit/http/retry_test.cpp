// Trying again: when, how often, and what must never be done twice.
#include "http/retry.hpp"
#include "unit/http/client_support.hpp"

#include <set>

using namespace ds;
using namespace ds::test;
using std::chrono::milliseconds;

TEST_CASE("delays grow, are spread evenly, and respect the server") {
    const RetryPolicy policy{.first_delay = milliseconds(100), .max_delay = milliseconds(1000)};
    std::set<std::int64_t> seen;
    for (std::uint64_t random = 0; random < 1000; ++random) {
        CHECK(retry_delay(policy, 1, {}, random).count() <= 100);
        CHECK(retry_delay(policy, 2, {}, random).count() <= 200);
        seen.insert(retry_delay(policy, 9, {}, random).count());
    }
    CHECK(*seen.begin() == 0);
    CHECK(*seen.rbegin() == 999);
    CHECK(retry_delay(policy, 1, milliseconds(700), 5) == milliseconds(700));
    CHECK(retry_delay(policy, 1, milliseconds(100'000), 5) == milliseconds(1000));
    CHECK(retry_delay(policy, 4'000'000'000, {}, UINT64_MAX).count() <= 1000);
}

TEST_CASE("Retry-After in seconds or as a date") {
    HttpResponse response;
    response.received = 784'111'777;
    CHECK(!retry_after(response));
    response.headers = {{"retry-after", "7"}};
    CHECK(retry_after(response) == milliseconds(7000));
    response.headers = {{"retry-after", "Sun, 06 Nov 1994 08:49:47 GMT"}};
    CHECK(retry_after(response) == milliseconds(10'000));
    response.headers.emplace_back("date", "Sun, 06 Nov 1994 08:50:37 GMT"); // the server's own clock counts
    CHECK(retry_after(response) == milliseconds(0));
    response.headers = {{"retry-after", "soon"}};
    CHECK(!retry_after(response));
}

TEST_CASE("patience is short with a server that never answered, and shared") {
    const RetryPolicy policy{.patience = milliseconds(60'000), .first_patience = milliseconds(5'000)};
    Patience patience(policy);
    const Patience::Clock::time_point start{};
    const auto at = [&](int seconds) { return start + std::chrono::seconds(seconds); };
    CHECK(patience.allows(at(0), at(5)));
    CHECK(!patience.allows(at(4), at(6))); // another request: it has been failing since 0
    patience.succeeded();
    CHECK(patience.allows(at(10), at(60)));
    CHECK(!patience.allows(at(69), at(71)));
}

TEST_CASE("what is safe to repeat is tried again until it works") {
    for (const char* status : {"500 x", "502 x", "503 x", "504 x", "429 x", "408 x"}) {
        std::atomic<int> requests{0};
        LoopbackServer server([&](ServerConnection& connection) {
            while (const auto request = connection.receive()) {
                CHECK(request->body == "body");
                connection.reply(++requests < 3 ? status : "200 OK", "x");
            }
        });
        Client client(with_tries(5));
        int authorized = 0;
        HttpRequest request = put_of(server, "body", Repeat::safe);
        request.authorize = [&](const HttpRequest&) {
            return HttpHeaders{{"X-Try", std::to_string(++authorized)}};
        };
        const HttpResponse response = client.http.perform(request);
        CHECK(response.status == 200);
        CHECK(response.tries == 3);
        CHECK(authorized == 3);
    }
}

TEST_CASE("what is not safe to repeat is not, whatever the status") {
    std::atomic<int> requests{0};
    LoopbackServer server([&](ServerConnection& connection) {
        while (connection.receive()) {
            ++requests;
            connection.reply("503 Slow Down", "x");
        }
    });
    Client client(with_tries(5));
    CHECK(client.http.perform(put_of(server, "body", Repeat::never)).status == 503);
    CHECK(requests == 1);
}

TEST_CASE("statuses that are answers are not questioned") {
    std::atomic<int> requests{0};
    LoopbackServer server([&](ServerConnection& connection) {
        while (connection.receive()) {
            ++requests;
            connection.reply("412 Precondition Failed", "x");
        }
    });
    Client client(with_tries(5));
    CHECK(client.http.perform(put_of(server, "body", Repeat::safe)).status == 412);
    CHECK(requests == 1);
}

TEST_CASE("when it never works, the last outcome is told") {
    LoopbackServer refusing([](ServerConnection& connection) {
        while (connection.receive()) {
            connection.reply("503 Slow Down", "busy", "Retry-After: 0\r\n");
        }
    });
    LoopbackServer breaking([](ServerConnection& connection) { static_cast<void>(connection.receive()); });
    Client client(with_tries(4));
    const HttpResponse response = client.http.perform(get_of(refusing));
    CHECK(response.status == 503);
    CHECK(response.tries == 4);
    CHECK(response.body == "busy");
    const HttpError error = failure_of(client, get_of(breaking));
    CHECK(error.message() == breaking.endpoint().authority() + " broke the connection (4 tries)");
    CHECK(breaking.connections() == 4);
}

TEST_CASE("a dead server ends soon, however many tries are allowed") {
    Endpoint gone;
    {
        const LoopbackServer server(answer("x"));
        gone = server.endpoint();
    }
    HttpOptions options = with_tries(1000);
    options.retry.first_patience = milliseconds(200);
    Client client(options);
    HttpRequest request;
    request.endpoint = gone; // not even safe to repeat: it never left
    const auto start = std::chrono::steady_clock::now();
    const HttpError error = failure_of(client, request);
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(1));
    CHECK(error.failure() == HttpFailure::unreachable);
    CHECK(error.kind() == ErrorKind::retry);
    CHECK(client.http.counters().tries > 2);
}

TEST_CASE("a partial body is not left behind by a try that failed") {
    std::atomic<int> requests{0};
    LoopbackServer server([&](ServerConnection& connection) {
        while (connection.receive()) {
            if (++requests < 3) {
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc");
                return;
            }
            connection.reply("200 OK", "abcdef");
        }
    });
    Client client(with_tries(5));
    std::string out = ">";
    HttpRequest request = get_of(server);
    request.into = &out;
    CHECK(client.http.perform(request).tries == 3);
    CHECK(out == ">abcdef");
}

TEST_CASE("a reply that the request's own check refuses is asked for again") {
    std::atomic<int> requests{0};
    LoopbackServer server([&](ServerConnection& connection) {
        while (connection.receive()) {
            connection.reply("200 OK", ++requests % 3 == 0 ? "right" : "wrong");
        }
    });
    Client client(with_tries(5));
    std::string out = ">";
    HttpRequest request = get_of(server);
    request.into = &out;
    request.check = [&](const HttpResponse& response) {
        CHECK(response.ok());
        if (out != ">right") {
            throw CorruptObject("not right");
        }
    };
    CHECK(client.http.perform(request).tries == 3);
    CHECK(out == ">right");
    out = ">";
    request.repeat = Repeat::never;
    CHECK_THROWS_AS(static_cast<void>(client.http.perform(request)), CorruptObject);
    CHECK(out == ">");
    CHECK(requests == 4);
}

TEST_CASE("a write whose reply was lost has an unknown outcome, and is not sent again") {
    std::atomic<int> writes{0};
    LoopbackServer server([&](ServerConnection& connection) {
        if (connection.receive()) {
            ++writes;
        }
    });
    Client client(with_tries(5));
    const HttpError error = failure_of(client, put_of(server, "body", Repeat::never));
    CHECK(error.effect() == HttpError::Effect::unknown);
    CHECK(error.kind() == ErrorKind::unknown);
    CHECK(writes == 1);
}

TEST_CASE("nor is it when a kept connection dies, though curl would") {
    for (const char* method : {"PUT", "POST", "DELETE"}) {
        std::atomic<int> writes{0};
        LoopbackServer server([&](ServerConnection& connection) {
            while (const auto request = connection.receive()) {
                if (request->target == "/key") {
                    ++writes;
                    return; // taken effect, and not a byte of a reply
                }
                connection.reply("200 OK", "x");
            }
        });
        Client client(with_tries(5));
        CHECK(client.http.perform(get_of(server)).ok()); // makes the connection
        HttpRequest request = put_of(server, "body", Repeat::never);
        request.method = method;
        const HttpError error = failure_of(client, request);
        CHECK(error.effect() == HttpError::Effect::unknown);
        CHECK(writes == 1);
        CHECK(server.connections() <= 2);
        // The same request, declared safe, is repeated by whoever notices first.
        request.repeat = Repeat::safe;
        CHECK(failure_of(client, request).effect() == HttpError::Effect::unknown);
        CHECK(writes > 2);
    }
}

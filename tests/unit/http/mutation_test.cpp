// Replies and texts with random damage, by a fixed seed: each is taken or refused, nothing else happens.
#include "base/error.hpp"
#include "http/credentials/process.hpp"
#include "http/xml.hpp"
#include "unit/http/client_support.hpp"

#include <random>

using namespace ds;
using namespace ds::test;

namespace {

class Mutator {
  public:
    std::string operator()(std::string text) {
        for (std::uint64_t i = 1 + random_() % 4; i > 0 && !text.empty(); --i) {
            const std::size_t at = random_() % text.size();
            switch (random_() % 5) {
            case 0:
                text[at] = static_cast<char>(random_());
                break;
            case 1:
                text.erase(at, 1 + random_() % 8);
                break;
            case 2:
                text.insert(at, text.substr(random_() % text.size(), random_() % 16));
                break;
            case 3:
                text.resize(at);
                break;
            default:
                text[at] = interesting_[random_() % interesting_.size()];
            }
        }
        return text;
    }

  private:
    std::mt19937_64 random_{20261125};
    std::string interesting_ = "<>&;\"'/!?-[]:\r\n\t =%#\\0123456789x";
};

/// Whether `act` ends without anything but an Error.
template <class Act>
bool taken(Act act) {
    try {
        act();
        return true;
    } catch (const Error&) {
        return false;
    }
}

} // namespace

TEST_CASE("damaged XML, URLs, dates and commands") {
    Mutator mutate;
    const std::string xml =
        "<?xml version=\"1.0\"?><L xmlns=\"http://s3\"><!-- c --><K a='1'>v &amp; &#x41;</K>"
        "<K><![CDATA[<x>]]></K><S>12</S><E/></L>";
    unsigned good = 0;
    for (int i = 0; i < 30'000; ++i) {
        const std::string text = mutate(xml);
        good += taken([&] {
            const XmlDocument document(text, "reply");
            std::size_t bytes = 0;
            for (const auto& child : document.root().children()) {
                bytes += child.text().size() + child.name().size();
            }
            CHECK(bytes <= text.size());
        });
        static_cast<void>(
            taken([&] { static_cast<void>(parse_http_url(mutate("https://a.b-c:8443/bucket/p"))); }));
        static_cast<void>(parse_http_date(mutate("Sun, 06 Nov 1994 08:49:37 GMT")));
        static_cast<void>(percent_decode(mutate("a%20%2Fb")));
        static_cast<void>(taken([&] { static_cast<void>(split_words(mutate("a 'b c' \"d\\\"\" e"))); }));
    }
    CHECK(good > 1000);
    CHECK(good < 29'000);
}

TEST_CASE("damaged replies end in a response or an HttpError, and the client lives on") {
    Mutator mutate;
    // The server may still be sending one reply when the client has given up on it and the next is made.
    std::mutex mutex;
    std::string next_reply;
    const auto set_reply = [&](std::string text) {
        const std::lock_guard guard(mutex);
        next_reply = std::move(text);
    };
    const auto reply = [&] {
        const std::lock_guard guard(mutex);
        return next_reply;
    };
    LoopbackServer server([&](ServerConnection& connection) {
        if (connection.receive()) {
            connection.send(reply());
        }
    });
    HttpOptions options = quick_options();
    options.stall_timeout = std::chrono::milliseconds(200);
    Client client(options);
    unsigned responses = 0;
    for (int i = 0; i < 1'500; ++i) {
        set_reply(mutate(
            i % 2 == 0 ? "HTTP/1.1 200 OK\r\nETag: \"e\"\r\nContent-Length: 10\r\n\r\n0123456789"
                       : "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n"));
        try {
            const HttpResponse response = client.http.perform(get_of(server));
            CHECK(response.body.size() <= 1'000);
            ++responses;
        } catch (const HttpError&) {
        }
    }
    CHECK(responses > 300);
    set_reply("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    CHECK(client.http.perform(get_of(server)).body == "ok");
}

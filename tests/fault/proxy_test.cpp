// The proxy before a small store in memory: every fault happens, and the client tells each for what it is.
#include "codec/hash.hpp"
#include "fault/proxy.hpp"
#include "unit/http/client_support.hpp"

#include <map>
#include <set>

using namespace ds;
using namespace ds::test;

namespace {

/// Keeps what is PUT, gives it to GET.
class Store {
  public:
    Store() : server_([this](ServerConnection& connection) { serve(connection); }) {}
    [[nodiscard]] std::uint16_t port() const { return server_.endpoint().port; }
    std::string at(const std::string& target) {
        std::lock_guard lock(mutex_);
        return objects_[target];
    }
    [[nodiscard]] unsigned writes() const { return writes_; }

  private:
    void serve(ServerConnection& connection) {
        while (const auto request = connection.receive()) {
            std::unique_lock lock(mutex_);
            if (request->method == "PUT") {
                objects_[request->target] = request->body;
                ++writes_;
                lock.unlock();
                connection.reply("200 OK", "written");
            } else {
                const std::string body = objects_[request->target];
                lock.unlock();
                connection.reply("206 Partial Content", body,
                                 "Content-Range: bytes 0-" + std::to_string(body.size() - 1) + "/1000\r\n");
            }
        }
    }
    std::mutex mutex_;
    std::map<std::string, std::string> objects_;
    std::atomic<unsigned> writes_{0};
    LoopbackServer server_;
};

HttpRequest request_of(const FaultProxy& proxy, std::string method, ByteView body, Repeat repeat) {
    HttpRequest request;
    request.method = std::move(method);
    request.endpoint = proxy.endpoint();
    request.path = "/key";
    request.body = HttpBody::of(body);
    request.repeat = repeat;
    return request;
}

/// The fault on the first request, nothing on later ones.
FaultProxy::Rule once(Fault fault, unsigned tenth = 3) {
    return [=](const ProxiedRequest& request) {
        return FaultProxy::Choice{request.number == 0 ? fault : Fault::none, tenth};
    };
}

} // namespace

TEST_CASE("a read through every fault gives the right bytes, or bytes whose hash tells") {
    const std::string content(1000, 'c');
    Store store;
    for (const Fault fault : all_faults()) {
        CAPTURE(name_of(fault));
        FaultProxy proxy(store.port(), once(Fault::none));
        Client client(with_tries(5));
        CHECK(client.http.perform(request_of(proxy, "PUT", content, Repeat::never)).ok());
        proxy.set_rule([fault](const ProxiedRequest& request) {
            return FaultProxy::Choice{request.number == 1 ? fault : Fault::none, 3};
        });
        std::string out;
        HttpRequest request = request_of(proxy, "GET", "", Repeat::safe);
        request.expected_body = content.size();
        request.into = &out;
        const HttpResponse response = client.http.perform(request);
        CHECK(response.ok());
        CHECK(out.size() == content.size());
        const bool lied = fault == Fault::wrong_bytes;
        CHECK((sha256(out) == sha256(content)) == !lied);
        const std::set<Fault> passes = {Fault::none, Fault::slow_first_byte, Fault::wrong_bytes,
                                        Fault::wrong_range, Fault::repeated_page};
        // One PUT and the GETs; counted here, as curl by itself repeats one whose kept connection died.
        CHECK(proxy.exchanges().size() == (passes.count(fault) != 0 ? 2 : 3));
        CHECK((*response.header("content-range") == "bytes 1-1000/1000") == (fault == Fault::wrong_range));
    }
}

TEST_CASE("what is told of a write that is not repeated is true") {
    for (const Fault fault : all_faults()) {
        CAPTURE(name_of(fault));
        Store store;
        FaultProxy proxy(store.port(), once(fault));
        Client client(with_tries(5));
        try {
            const HttpResponse response =
                client.http.perform(request_of(proxy, "PUT", "content", Repeat::never));
            // A server's failure says nothing: who is told of one has to look.
            CHECK(((store.at("/key") == "content") == response.ok() || response.status >= 500));
            CHECK((fault != Fault::late_500 || store.at("/key") == "content"));
        } catch (const HttpError& error) {
            CHECK(error.effect() == HttpError::Effect::unknown);
        }
        CHECK(store.writes() <= 1);
        CHECK(proxy.exchanges().size() == 1);
    }
}

TEST_CASE("a write that may be repeated lands, through every fault") {
    for (const Fault fault : all_faults()) {
        CAPTURE(name_of(fault));
        Store store;
        FaultProxy proxy(store.port(), once(fault));
        Client client(with_tries(5));
        CHECK(client.http.perform(request_of(proxy, "PUT", "content", Repeat::safe)).ok());
        CHECK(store.at("/key") == "content");
    }
}

TEST_CASE("a proxy without a server behind it breaks the connection") {
    std::uint16_t port = 0;
    {
        const Store store;
        port = store.port();
    }
    FaultProxy proxy(port, once(Fault::none));
    Client client;
    CHECK(failure_of(client, request_of(proxy, "GET", "", Repeat::safe)).failure() ==
          HttpFailure::interrupted);
}

TEST_CASE("a seed makes the same choices again, and all of them") {
    const auto choices = [](std::uint64_t seed) {
        const auto rule = seeded_rule(seed, 500, all_faults());
        std::vector<std::pair<Fault, unsigned>> out;
        for (int i = 0; i < 1000; ++i) {
            const auto choice = rule({});
            out.emplace_back(choice.fault, choice.tenth);
        }
        return out;
    };
    CHECK(choices(1) == choices(1));
    CHECK(choices(1) != choices(2));
    std::set<Fault> seen;
    for (const auto& [fault, tenth] : choices(3)) {
        seen.insert(fault);
        CHECK(tenth < 10);
    }
    CHECK(seen.size() == all_faults().size());
}

// A proxy that stands between an S3 client and a real server and does to requests and replies what networks, servers and
// other proxies do. Plain HTTP on loopback, in this process; requests (with their Host and signature) go on unchanged.
#pragma once

#include "unit/http/loopback_server.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace ds::test {

enum class Fault {
    none,
    // The request does not reach the server.
    status_500,
    status_503,
    status_429,   ///< with "Retry-After: 0"
    drop_request, ///< the connection is reset after the request was read
    // It does, and the reply is changed.
    slow_first_byte, ///< 300 ms late
    trickle,         ///< the body comes at 1 B/s
    reset_body,      ///< the connection is reset at a tenth of the body
    short_body,      ///< the connection ends at a tenth of the body
    short_length,    ///< Content-Length, and the body, stop at a tenth of the body
    wrong_bytes,     ///< one byte of the body is another
    wrong_range,     ///< a 206 with a Content-Range that was not asked for
    repeated_page,   ///< a listing says that there is more, and the next page is the same again
    endless_body,    ///< the body never ends
    reply_lost,      ///< the server has done it, and the client is not told
    late_500,        ///< the server has done it, and a 500 is the reply
};

/// All faults, "none" first.
[[nodiscard]] const std::vector<Fault>& all_faults();
[[nodiscard]] std::string name_of(Fault fault);

/// A request as the rule sees it.
struct ProxiedRequest {
    std::uint64_t number = 0; ///< from 0, in order of arrival
    std::string method;
    std::string target;
    bool conditional = false; ///< If-Match or If-None-Match
};

/// What became of it.
struct ProxiedExchange {
    ProxiedRequest request;
    Fault fault = Fault::none;
    int status = 0; ///< of the server; 0: it was not asked
};

/// Runs from construction to destruction. Thread-safe.
class FaultProxy {
  public:
    /// Which fault a request meets, and at which tenth of the body (0 to 9).
    struct Choice {
        Fault fault = Fault::none;
        unsigned tenth = 0;
    };
    using Rule = std::function<Choice(const ProxiedRequest&)>; ///< runs under the proxy's lock

    FaultProxy(std::uint16_t server_port, Rule rule);

    [[nodiscard]] Endpoint endpoint() const { return server_.endpoint(); }
    [[nodiscard]] std::vector<ProxiedExchange> exchanges();
    void set_rule(Rule rule);

  private:
    struct Reply;
    void serve(ServerConnection& client);
    [[nodiscard]] bool exchange(ServerConnection& client, const ReceivedRequest& received);
    [[nodiscard]] Reply ask(const ReceivedRequest& received) const;
    [[nodiscard]] bool send_spoiled(ServerConnection& client, Reply reply, const Choice& choice,
                                    const ReceivedRequest& request);
    [[nodiscard]] Reply repeat_page(Reply reply, const ReceivedRequest& request);

    std::uint16_t server_port_;
    std::mutex mutex_; // guards what follows
    Rule rule_;
    std::vector<ProxiedExchange> exchanges_;
    std::map<std::string, std::string> first_pages_; ///< path to body
    LoopbackServer server_;                          // last: its threads use the rest
};

/// A rule that is a function of the seed and of the number of requests so far: `per_mille` of the requests meet one of
/// `faults`, evenly.
[[nodiscard]] FaultProxy::Rule seeded_rule(std::uint64_t seed, unsigned per_mille, std::vector<Fault> faults);

} // namespace ds::test

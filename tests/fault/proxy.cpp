#include "fault/proxy.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <sys/socket.h>

namespace ds::test {

namespace {

constexpr std::array names = {"none",          "status-500",      "status-503",  "status-429",
                              "drop-request",  "slow-first-byte", "trickle",     "reset-body",
                              "short-body",    "short-length",    "wrong-bytes", "wrong-range",
                              "repeated-page", "endless-body",    "reply-lost",  "late-500"};
constexpr const char* error_body =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>SlowDown</Code></Error>";

/// A connection to the server that reads one reply.
class Upstream {
  public:
    explicit Upstream(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(port);
        if (connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
            throw std::runtime_error("the server is not there");
        }
    }
    void send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n <= 0) {
                return; // it may have answered before it read all: its reply counts
            }
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
    }
    /// Up to and with `end`.
    std::string until(std::string_view end) {
        std::size_t found = std::string::npos;
        while ((found = buffer_.find(end)) == std::string::npos) {
            more();
        }
        return take(found + end.size());
    }
    std::string exactly(std::size_t n) {
        while (buffer_.size() < n) {
            more();
        }
        return take(n);
    }

  private:
    void more() {
        std::array<char, 65536> chunk{};
        const auto n = recv(fd_.get(), chunk.data(), chunk.size(), 0);
        if (n <= 0) {
            throw std::runtime_error("the server closed the connection");
        }
        buffer_.append(chunk.data(), static_cast<std::size_t>(n));
    }
    std::string take(std::size_t n) {
        std::string out = buffer_.substr(0, n);
        buffer_.erase(0, n);
        return out;
    }
    Fd fd_;
    std::string buffer_;
};

/// Where a header line begins ("\r\n" before its name), names compared without case.
std::size_t find_header(const std::string& head, std::string_view name) {
    const auto found = std::search(head.begin(), head.end(), name.begin(), name.end(), [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
    });
    return found == head.end() ? std::string::npos : static_cast<std::size_t>(found - head.begin());
}

std::optional<std::string> header_value(const std::string& head, const std::string& name) {
    const std::string start = "\r\n" + name + ": ";
    const std::size_t at = find_header(head, start);
    if (at == std::string::npos) {
        return std::nullopt;
    }
    const std::size_t begin = at + start.size();
    return head.substr(begin, head.find("\r\n", begin) - begin);
}

void remove_header(std::string& head, const std::string& name) {
    const std::size_t at = find_header(head, "\r\n" + name + ":");
    if (at != std::string::npos) {
        head.erase(at, head.find("\r\n", at + 2) - at);
    }
}

} // namespace

/// The server's reply, its body whole and without chunks.
struct FaultProxy::Reply {
    std::string head; ///< status line and headers but those of the length, without the empty line
    std::string body;
    int status = 0;
    std::optional<std::string> length; ///< as the server said it: HEAD has one without a body
    bool bodiless = false;             ///< HEAD, 204, 304

    [[nodiscard]] std::string whole_head(std::size_t bytes) const {
        if (bodiless) {
            return head + (length ? "\r\nContent-Length: " + *length : "") + "\r\n\r\n";
        }
        return head + "\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n";
    }
};

const std::vector<Fault>& all_faults() {
    static const std::vector<Fault> all = [] {
        std::vector<Fault> list;
        for (std::size_t i = 0; i < names.size(); ++i) {
            list.push_back(static_cast<Fault>(i));
        }
        return list;
    }();
    return all;
}

std::string name_of(Fault fault) {
    return names.at(static_cast<std::size_t>(fault));
}

FaultProxy::FaultProxy(std::uint16_t server_port, Rule rule)
    : server_port_(server_port), rule_(std::move(rule)),
      server_([this](ServerConnection& client) { serve(client); }) {}

std::vector<ProxiedExchange> FaultProxy::exchanges() {
    std::lock_guard lock(mutex_);
    return exchanges_;
}

void FaultProxy::set_rule(Rule rule) {
    std::lock_guard lock(mutex_);
    rule_ = std::move(rule);
}

void FaultProxy::serve(ServerConnection& client) {
    try {
        while (const auto received = client.receive()) {
            if (!exchange(client, *received)) {
                return;
            }
        }
    } catch (const std::exception&) { // the server is gone, so this connection goes too
        client.reset();
    }
}

bool FaultProxy::exchange(ServerConnection& client, const ReceivedRequest& received) {
    Choice choice;
    std::size_t index = 0;
    {
        std::lock_guard lock(mutex_);
        index = exchanges_.size();
        ProxiedRequest request{index, received.method, received.target,
                               received.headers.count("if-match") + received.headers.count("if-none-match") >
                                   0};
        choice = rule_(request);
        exchanges_.push_back({std::move(request), choice.fault, 0});
    }
    switch (choice.fault) {
    case Fault::status_500:
        return client.reply("500 Internal Server Error", error_body);
    case Fault::status_503:
        return client.reply("503 Slow Down", error_body);
    case Fault::status_429:
        return client.reply("429 Too Many Requests", error_body, "Retry-After: 0\r\n");
    case Fault::drop_request:
        client.reset();
        return false;
    default:
        break;
    }
    Reply reply = ask(received);
    {
        std::lock_guard lock(mutex_);
        exchanges_[index].status = reply.status;
    }
    return send_spoiled(client, std::move(reply), choice, received);
}

FaultProxy::Reply FaultProxy::ask(const ReceivedRequest& received) const {
    Upstream server(server_port_);
    std::string head = received.raw_header;
    remove_header(head, "Expect"); // was answered by the proxy, as it wants the whole body first
    server.send(head);
    server.send(received.body);
    Reply reply;
    do {
        reply.head = server.until("\r\n\r\n");
        reply.status = std::stoi(reply.head.substr(reply.head.find(' ') + 1));
    } while (reply.status < 200);
    reply.bodiless = received.method == "HEAD" || reply.status == 204 || reply.status == 304;
    reply.length = header_value(reply.head, "Content-Length");
    if (!reply.bodiless && reply.length) {
        reply.body = server.exactly(std::stoul(*reply.length));
    } else if (!reply.bodiless && header_value(reply.head, "Transfer-Encoding")) {
        for (;;) {
            const std::size_t size = std::stoul(server.until("\r\n"), nullptr, 16);
            reply.body += server.exactly(size);
            static_cast<void>(server.until("\r\n"));
            if (size == 0) {
                break;
            }
        }
    }
    reply.head.resize(reply.head.size() - 4);
    remove_header(reply.head, "Content-Length");
    remove_header(reply.head, "Transfer-Encoding");
    return reply;
}

bool FaultProxy::send_spoiled(ServerConnection& client, Reply reply, const Choice& choice,
                              const ReceivedRequest& request) {
    const std::size_t tenth = reply.body.size() * choice.tenth / 10;
    const std::string head = reply.whole_head(reply.body.size());
    switch (choice.fault) {
    case Fault::reply_lost:
        client.reset();
        return false;
    case Fault::late_500:
        return client.reply("500 Internal Server Error", request.method == "HEAD" ? "" : error_body);
    case Fault::slow_first_byte:
        server_.pause(300);
        break;
    case Fault::trickle:
        client.send(head);
        for (const char c : reply.body) {
            if (server_.over() || !client.send({&c, 1})) {
                return false;
            }
            server_.pause(1000);
        }
        return true;
    case Fault::reset_body:
        client.send(head + reply.body.substr(0, tenth));
        client.reset();
        return false;
    case Fault::short_body:
        client.send(head + reply.body.substr(0, tenth));
        return false;
    case Fault::short_length:
        return client.send(reply.whole_head(tenth) + reply.body.substr(0, reply.bodiless ? 0 : tenth));
    case Fault::wrong_bytes:
        if (!reply.body.empty()) {
            reply.body[std::min(tenth, reply.body.size() - 1)] ^= 0x20;
        }
        break;
    case Fault::wrong_range:
        if (const auto range = header_value(reply.head, "Content-Range")) {
            remove_header(reply.head, "Content-Range");
            const std::size_t first = std::stoul(range->substr(6));
            const std::size_t last = std::stoul(range->substr(range->find('-') + 1));
            reply.head += "\r\nContent-Range: bytes " + std::to_string(first + 1) + '-' +
                          std::to_string(last + 1) + range->substr(range->find('/'));
            std::rotate(reply.body.begin(), reply.body.begin() + 1, reply.body.end());
            return client.send(reply.whole_head(reply.body.size()) + reply.body);
        }
        break;
    case Fault::repeated_page:
        reply = repeat_page(std::move(reply), request);
        break;
    case Fault::endless_body: {
        client.send(reply.head + "\r\nTransfer-Encoding: chunked\r\n\r\n");
        const std::string chunk = "10000\r\n" + std::string(65536, 'x') + "\r\n";
        while (!server_.over() && client.send(chunk)) {
        }
        return false;
    }
    default:
        break;
    }
    return client.send(reply.whole_head(reply.body.size()) + reply.body);
}

FaultProxy::Reply FaultProxy::repeat_page(Reply reply, const ReceivedRequest& request) {
    const std::string path = request.target.substr(0, request.target.find('?'));
    const bool later = request.target.find("start-after=") != std::string::npos ||
                       request.target.find("key-marker=") != std::string::npos;
    std::lock_guard lock(mutex_);
    if (later && first_pages_.count(path) != 0) {
        reply.body = first_pages_[path];
        return reply;
    }
    constexpr std::string_view last_page = "<IsTruncated>false<";
    const std::size_t flag = reply.body.find(last_page);
    if (flag != std::string::npos) {
        reply.body.replace(flag, last_page.size(), "<IsTruncated>true<");
        first_pages_[path] = reply.body;
    }
    return reply;
}

FaultProxy::Rule seeded_rule(std::uint64_t seed, unsigned per_mille, std::vector<Fault> faults) {
    auto random = std::make_shared<std::mt19937_64>(seed);
    return [random, per_mille, faults = std::move(faults)](const ProxiedRequest&) -> FaultProxy::Choice {
        // All numbers are drawn for every request, so that a choice depends on its place alone.
        const bool strikes = (*random)() % 1000 < per_mille;
        const Fault fault = faults.at((*random)() % faults.size());
        const auto tenth = static_cast<unsigned>((*random)() % 10);
        return {strikes ? fault : Fault::none, tenth};
    };
}

} // namespace ds::test

// A server for tests: raw sockets on loopback, one thread a connection, and the test writes what each one
// does.
#pragma once

#include "http/url.hpp"
#include "os/fd.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace ds::test {

struct Certificate;

struct ReceivedRequest {
    std::string method;
    std::string target;
    std::map<std::string, std::string> headers; ///< lower-case names
    std::string body;
    std::string raw_header; ///< as received, with the empty line at its end
};

/// One accepted connection, plain or TLS.
class ServerConnection {
  public:
    ServerConnection(int fd, const Certificate* certificate, std::atomic<std::uint64_t>& bytes);
    ~ServerConnection();
    /// The next request with its whole body; nothing when the client closed.
    std::optional<ReceivedRequest> receive();
    /// Up to the end of the header only.
    std::optional<ReceivedRequest> receive_header();
    void receive_body(ReceivedRequest& request);
    /// Returns false when the client is gone.
    bool send(std::string_view bytes);
    /// "HTTP/1.1 <status>", the headers, Content-Length and the body.
    bool reply(const std::string& status, std::string_view body = {}, const std::string& headers = {});
    /// Closes with a reset instead of an orderly end.
    void reset();

  private:
    int read_some(char* buffer, int size);
    int fd_;
    std::string buffered_;
    std::atomic<std::uint64_t>& bytes_;
    struct Tls;
    std::unique_ptr<Tls> tls_;
};

/// Listens on 127.0.0.1 from construction to destruction.
class LoopbackServer {
  public:
    using Handler = std::function<void(ServerConnection&)>;
    explicit LoopbackServer(Handler handler, const Certificate* certificate = nullptr);
    ~LoopbackServer();

    [[nodiscard]] Endpoint endpoint(std::string host = "127.0.0.1") const;
    [[nodiscard]] unsigned connections() const noexcept { return connections_; }
    /// Bytes received in all.
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
    /// Set when the test is over: handlers that wait look at it.
    [[nodiscard]] bool over() const noexcept { return over_; }
    /// Waits, but not beyond the end of the test.
    void pause(int milliseconds) const;

  private:
    void run();
    Handler handler_;
    const Certificate* certificate_;
    int listener_;
    std::uint16_t port_ = 0;
    std::atomic<bool> over_{false};
    std::atomic<unsigned> connections_{0};
    std::atomic<std::uint64_t> bytes_{0};
    std::mutex mutex_;
    std::vector<int> open_;
    std::vector<std::thread> threads_;
    std::thread acceptor_;
};

} // namespace ds::test

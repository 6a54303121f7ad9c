// The sockets of a client, so that a transfer can find the one it runs on.
#pragma once

#include <curl/curl.h>
#include <vector>

namespace ds {

/// curl tells a transfer's socket only when the transfer is over (CURLINFO_ACTIVESOCKET is not set before), but the local
/// port of its connection when it begins: sockets are found by that. For the engine's thread; must outlive curl's handles.
class Sockets {
  public:
    /// A new socket, close-on-exec. @returns -1 when there is none
    [[nodiscard]] int open(const curl_sockaddr& address);
    void close(int socket) noexcept;
    /// The open socket that is bound to that port; -1 when there is none.
    [[nodiscard]] int find(int local_port) noexcept;

  private:
    struct Known {
        int socket;
        int port; ///< 0: not looked up yet
    };
    std::vector<Known> known_;
};

} // namespace ds

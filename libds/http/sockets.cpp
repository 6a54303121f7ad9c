#include "http/sockets.hpp"

#include <algorithm>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace ds {

namespace {

int port_of(int socket) noexcept {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    if (getsockname(socket, reinterpret_cast<sockaddr*>(&storage), &size) != 0) {
        return 0;
    }
    if (storage.ss_family == AF_INET6) {
        sockaddr_in6 six{};
        std::memcpy(&six, &storage, sizeof six);
        return ntohs(six.sin6_port);
    }
    sockaddr_in four{};
    std::memcpy(&four, &storage, sizeof four);
    return ntohs(four.sin_port);
}

} // namespace

int Sockets::open(const curl_sockaddr& address) {
    known_.reserve(known_.size() + 1);
    const int made = socket(address.family, address.socktype | SOCK_CLOEXEC, address.protocol);
    if (made >= 0) {
        known_.push_back({made, 0});
    }
    return made;
}

void Sockets::close(int socket) noexcept {
    known_.erase(
        std::remove_if(known_.begin(), known_.end(), [&](const Known& k) { return k.socket == socket; }),
        known_.end());
    ::close(socket);
}

int Sockets::find(int local_port) noexcept {
    for (Known& known : known_) {
        if (known.port == 0) {
            known.port = port_of(known.socket);
        }
        if (known.port == local_port) {
            return known.socket;
        }
    }
    return -1;
}

} // namespace ds

#include "release/sign_agent.hpp"

#include "base/error.hpp"
#include "base/path.hpp"
#include "codec/ssh_agent.hpp"

#include <cerrno>
#include <cstring>
#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace ds {

namespace {

/// How often a stop is looked for while the agent's user thinks.
constexpr int poll_ms = 100;

[[noreturn]] void agent_error(std::string_view action, const std::string& path, std::string_view reason) {
    throw Error(ErrorKind::failure,
                fmt::format("cannot {} the ssh-agent at '{}': {}", action, printable(path), reason),
                "eval \"$(ssh-agent)\", then ssh-add KEY");
}

} // namespace

SshAgent::SshAgent(const std::string& socket, std::stop_token stop) : path_(socket), stop_(std::move(stop)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket.empty() || socket.size() >= sizeof address.sun_path) {
        agent_error("reach", path_, "that is not the path of a socket");
    }
    std::memcpy(address.sun_path, socket.data(), socket.size());
    fd_ = Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd_ || ::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        agent_error("reach", path_, std::strerror(errno));
    }
}

void SshAgent::wait(short events) {
    while (true) {
        if (stop_.stop_requested()) {
            throw Interrupted();
        }
        pollfd ready{fd_.get(), events, 0};
        const int n = ::poll(&ready, 1, poll_ms);
        if (n > 0) {
            return;
        }
        if (n < 0 && errno != EINTR) {
            agent_error("wait for", path_, std::strerror(errno));
        }
    }
}

void SshAgent::send(ByteView bytes) {
    while (!bytes.empty()) {
        wait(POLLOUT);
        const auto n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR) {
            agent_error("write to", path_, std::strerror(errno));
        }
        bytes.remove_prefix(n > 0 ? static_cast<std::size_t>(n) : 0);
    }
}

ByteString SshAgent::receive(std::size_t bytes) {
    ByteString out(bytes, '\0');
    for (std::size_t done = 0; done < bytes;) {
        wait(POLLIN);
        const auto n = ::recv(fd_.get(), out.data() + done, bytes - done, 0);
        if (n == 0) {
            agent_error("read from", path_, "it hung up");
        }
        if (n < 0 && errno != EINTR) {
            agent_error("read from", path_, std::strerror(errno));
        }
        done += n > 0 ? static_cast<std::size_t>(n) : 0;
    }
    return out;
}

ByteString SshAgent::ask(ByteView request) {
    send(request);
    return receive(agent_answer_length(receive(agent_length_bytes)));
}

std::vector<SshPublicKey> SshAgent::keys() {
    return agent_keys(ask(agent_list_request()));
}

ByteString SshAgent::sign(const SshPublicKey& key, ByteView message) {
    auto signature = agent_signature(ask(agent_sign_request(key, message)));
    if (!signature) {
        throw Error(ErrorKind::auth, fmt::format("the ssh-agent does not sign with {}", key.fingerprint()),
                    "ssh-add -l");
    }
    return std::move(*signature);
}

} // namespace ds

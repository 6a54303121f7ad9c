// A connection to an ssh-agent. Internal to this module.
#pragma once

#include "codec/ssh_key.hpp"
#include "os/fd.hpp"

#include <stop_token>
#include <string>
#include <vector>

namespace ds {

/// Not thread-safe.
class SshAgent {
  public:
    /// @throws Error(failure) when nobody listens there
    SshAgent(const std::string& socket, std::stop_token stop);
    /// Its Ed25519 keys.
    [[nodiscard]] std::vector<SshPublicKey> keys();
    /// @throws Error(auth) when it refuses
    [[nodiscard]] ByteString sign(const SshPublicKey& key, ByteView message);

  private:
    [[nodiscard]] ByteString ask(ByteView request);
    [[nodiscard]] ByteString receive(std::size_t bytes);
    void send(ByteView bytes);
    /// Waits until the socket is ready for `events`. @throws Interrupted
    void wait(short events);

    std::string path_;
    std::stop_token stop_;
    Fd fd_;
};

} // namespace ds

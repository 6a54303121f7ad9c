#include "release/sign_key.hpp"

#include "base/error.hpp"
#include "base/path.hpp"
#include "os/fd.hpp"
#include "release/sign_agent.hpp"

#include <algorithm>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ds {

namespace {

class FileSigner final : public RecordSigner {
  public:
    FileSigner(SshPublicKey key, SshPrivateKey secret) : key_(key), secret_(std::move(secret)) {}
    [[nodiscard]] const SshPublicKey& key() const noexcept override { return key_; }
    [[nodiscard]] ByteString sign(ByteView message) override { return secret_.sign(message); }

  private:
    SshPublicKey key_;
    SshPrivateKey secret_;
};

class AgentSigner final : public RecordSigner {
  public:
    AgentSigner(SshPublicKey key, std::string socket, std::stop_token stop)
        : key_(key), socket_(std::move(socket)), stop_(std::move(stop)) {}
    [[nodiscard]] const SshPublicKey& key() const noexcept override { return key_; }
    /// Connects anew: between asking for the key and signing lies an upload, and agents drop idle clients.
    [[nodiscard]] ByteString sign(ByteView message) override {
        return SshAgent(socket_, stop_).sign(key_, message);
    }

  private:
    SshPublicKey key_;
    std::string socket_;
    std::stop_token stop_;
};

/// As ssh does: a key of ours that others may read is no secret any more. One of somebody else's may be readable by a
/// group (a mounted secret), but never by everybody.
bool too_open(const struct stat& status) noexcept {
    const auto forbidden = status.st_uid == ::geteuid() ? 077U : 007U;
    return (status.st_mode & forbidden) != 0;
}

SecretBytes read_key_file(const Fd& fd, const struct stat& status, const std::string& path) {
    if (!S_ISREG(status.st_mode) || static_cast<std::uint64_t>(status.st_size) > max_ssh_key_file_bytes) {
        throw Error(ErrorKind::usage, fmt::format("'{}' is not a key file", printable(path)),
                    "give an Ed25519 private key or its .pub file");
    }
    SecretBytes text(ByteString(static_cast<std::size_t>(status.st_size), '\0'));
    text.bytes().resize(read_full(fd.get(), text.bytes().data(), text.bytes().size(), path));
    return text;
}

/// @param add what to add when the agent lacks the key
std::unique_ptr<RecordSigner> agent_signer(const SshPublicKey& key, const std::string& path,
                                           const std::string& add, const std::optional<std::string>& socket,
                                           const std::stop_token& stop) {
    const auto hint = fmt::format("ssh-add {}", printable(add));
    if (!socket) {
        throw Error(
            ErrorKind::auth,
            fmt::format("'{}' needs an ssh-agent to sign, and SSH_AUTH_SOCK is not set", printable(path)),
            fmt::format("eval \"$(ssh-agent)\", then {}", hint));
    }
    const auto keys = SshAgent(*socket, stop).keys();
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
        throw Error(ErrorKind::auth,
                    fmt::format("the ssh-agent does not hold '{}' ({})", printable(path), key.fingerprint()),
                    hint);
    }
    return std::make_unique<AgentSigner>(key, *socket, stop);
}

} // namespace

std::unique_ptr<RecordSigner> open_signer(const std::string& path,
                                          const std::optional<std::string>& agent_socket,
                                          const std::stop_token& stop) {
    const auto fd = open_file(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) {
        throw_errno("cannot look at", path);
    }
    const auto text = read_key_file(fd, status, path);
    const auto what = fmt::format("'{}'", printable(path));
    if (!looks_like_private_key(text.view())) {
        const auto add = path.ends_with(".pub") ? path.substr(0, path.size() - 4) : path;
        return agent_signer(SshPublicKey::parse_line(text.view(), what), path, add, agent_socket, stop);
    }
    if (too_open(status)) {
        throw Error(
            ErrorKind::auth,
            fmt::format("others can read the private key {} (mode {:04o})", what, status.st_mode & 07777),
            fmt::format("chmod 600 {}", printable(path)));
    }
    auto file = SshPrivateKey::parse(text.view(), what);
    if (!file.key) {
        return agent_signer(file.public_key, path, path, agent_socket, stop);
    }
    return std::make_unique<FileSigner>(file.public_key, std::move(*file.key));
}

} // namespace ds

#include "codec/ssh_agent.hpp"

#include "base/error.hpp"
#include "codec/ssh_wire.hpp"

#include <fmt/core.h>

namespace ds {

namespace {

constexpr std::string_view what = "the ssh-agent's answer";
constexpr std::uint32_t max_keys = 2048;

enum Message : std::uint8_t { failure = 5, list = 11, keys = 12, sign = 13, signature = 14 };

ByteString framed(ByteView body) {
    ByteString out;
    ssh::put_string(out, body);
    return out;
}

} // namespace

ByteString agent_list_request() {
    return framed(ByteString(1, static_cast<char>(Message::list)));
}

ByteString agent_sign_request(const SshPublicKey& key, ByteView data) {
    ByteString body(1, static_cast<char>(Message::sign));
    ssh::put_string(body, key.blob());
    ssh::put_string(body, data);
    ssh::put_u32(body, 0);
    return framed(body);
}

std::size_t agent_answer_length(ByteView first) {
    ByteReader in(first, what);
    const auto length = ssh::get_u32(in);
    if (length == 0 || length > max_agent_answer_bytes) {
        in.fail(fmt::format("it claims {} bytes; 1 to {} are allowed", length, max_agent_answer_bytes));
    }
    return length;
}

std::vector<SshPublicKey> agent_keys(ByteView body) {
    ByteReader in(body, what);
    const auto kind = in.u8();
    if (kind == Message::failure) {
        return {};
    }
    if (kind != Message::keys) {
        in.fail("it is not a list of keys");
    }
    const auto count = ssh::get_u32(in);
    if (count > max_keys) {
        in.fail(fmt::format("it claims {} keys; at most {} are allowed", count, max_keys));
    }
    std::vector<SshPublicKey> result;
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto blob = ssh::get_string(in, max_agent_answer_bytes, "a key");
        (void)ssh::get_string(in, max_agent_answer_bytes, "a comment");
        ByteReader key(blob, what);
        if (ssh::get_string(key, max_agent_answer_bytes, "a key's kind") == ssh_ed25519) {
            result.push_back(SshPublicKey::parse_blob(blob, what));
        }
    }
    in.expect_end();
    return result;
}

std::optional<ByteString> agent_signature(ByteView body) {
    ByteReader in(body, what);
    const auto kind = in.u8();
    if (kind == Message::failure) {
        return std::nullopt;
    }
    if (kind != Message::signature) {
        in.fail("it is not a signature");
    }
    auto found =
        ssh::parse_signature_blob(ssh::get_string(in, max_agent_answer_bytes, "the signature"), what);
    in.expect_end();
    return found;
}

} // namespace ds

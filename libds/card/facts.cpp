#include "card/facts.hpp"

#include "card/percent.hpp"
#include "codec/hash.hpp"

#include <fmt/core.h>

namespace ds {

std::string registry_uri(const std::string& registry_url) {
    return registry_url.find("://") != std::string::npos ? registry_url
                                                         : "file://" + percent_encoded(registry_url, "/");
}

std::string version_uri(const VersionFacts& facts) {
    auto uri =
        fmt::format("dsctl+{}#{}:{}", registry_uri(facts.registry_url), facts.dataset.str(), facts.version);
    return facts.digest ? uri + "@" + digest_str(*facts.digest) : uri;
}

std::string short_digest(const std::optional<Sha256>& digest) {
    constexpr std::size_t digits = 32;
    return digest ? digest->hex().substr(0, digits) : "";
}

std::string uuid_of(std::string_view text) {
    auto hex = sha256(text).hex().substr(0, 32);
    hex[12] = '8';
    constexpr std::string_view variants = "89ab";
    hex[16] = variants[static_cast<unsigned char>(hex[16]) % variants.size()];
    return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                       hex.substr(16, 4), hex.substr(20));
}

std::string percent_encoded(std::string_view bytes, std::string_view also_plain) {
    std::string out;
    for (const char c : bytes) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           std::string_view("-._~").find(c) != std::string_view::npos ||
                           also_plain.find(c) != std::string_view::npos;
        if (plain) {
            out += c;
        } else {
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return out;
}

} // namespace ds

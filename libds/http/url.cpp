// Parsing of the URLs that people configure, and percent-encoding.
#include "http/url.hpp"

#include "base/error.hpp"
#include "base/number.hpp"

#include <arpa/inet.h>

namespace ds {

namespace {

constexpr std::uint16_t default_port(Endpoint::Scheme scheme) noexcept {
    return scheme == Endpoint::Scheme::https ? 443 : 80;
}

bool is_ipv6(const std::string& host) noexcept {
    in6_addr address;
    return inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

/// Letters, digits, '-' and '.', labels not empty: what a name in DNS or an IPv4 address is made of.
bool is_host_name(std::string_view host) noexcept {
    if (host.empty() || host.size() > 253 || host.front() == '.' || host.front() == '-') {
        return false;
    }
    char before = '.';
    for (const char c : host) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        if (!plain && (c != '.' || before == '.')) {
            return false;
        }
        before = c;
    }
    return true;
}

bool is_unreserved(char c) noexcept {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

int any_hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

[[noreturn]] void refuse(std::string_view url, std::string_view why) {
    throw Error(ErrorKind::usage, "'" + std::string(url) + "' cannot be used: " + std::string(why),
                "write https://HOST[:PORT]/BUCKET[/PREFIX]");
}

std::uint16_t parse_port(std::string_view url, std::string_view text) {
    const auto port = parse_number(text);
    if (!port || *port == 0 || *port > 65535) {
        refuse(url, "its port is not a number from 1 to 65535");
    }
    return static_cast<std::uint16_t>(*port);
}

} // namespace

std::string Endpoint::authority() const {
    std::string out = host.find(':') == std::string::npos ? host : "[" + host + "]";
    if (port != default_port(scheme)) {
        out += ':' + std::to_string(port);
    }
    return out;
}

std::string Endpoint::url() const {
    return (scheme == Scheme::https ? "https://" : "http://") + authority();
}

bool Endpoint::loopback() const noexcept {
    if (host == "localhost") {
        return true;
    }
    in_addr four;
    if (inet_pton(AF_INET, host.c_str(), &four) == 1) {
        return ntohl(four.s_addr) >> 24 == 127;
    }
    in6_addr six;
    return inet_pton(AF_INET6, host.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

HttpUrl parse_http_url(std::string_view url) {
    HttpUrl out;
    std::string_view rest = url;
    if (rest.starts_with("https://")) {
        rest.remove_prefix(8);
    } else if (rest.starts_with("http://")) {
        out.endpoint.scheme = Endpoint::Scheme::http;
        rest.remove_prefix(7);
    } else {
        refuse(url, "it does not begin with https://");
    }
    const std::size_t slash = rest.find_first_of("/?#");
    std::string_view authority = rest.substr(0, slash);
    if (authority.find('@') != std::string_view::npos) {
        // The URL is not repeated: what stands before the '@' may be a key.
        throw Error(ErrorKind::usage, "a registry's URL holds no user or password", "dsctl help credentials");
    }
    if (slash != std::string_view::npos) {
        out.path = rest.substr(slash);
    }
    for (const char c : url) {
        if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '?' || c == '#' || c == '\\') {
            refuse(url, "it has a blank, a control character, '?', '#' or '\\'");
        }
    }
    std::string_view port;
    if (authority.starts_with('[')) {
        const std::size_t close = authority.find(']');
        if (close == std::string_view::npos) {
            refuse(url, "its host is not valid");
        }
        out.endpoint.host = authority.substr(1, close - 1);
        port = authority.substr(close + 1);
    } else {
        const std::size_t colon = authority.find(':');
        out.endpoint.host = authority.substr(0, colon);
        port = colon == std::string_view::npos ? std::string_view() : authority.substr(colon);
    }
    for (char& c : out.endpoint.host) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
    const bool bracketed = authority.starts_with('[');
    if (bracketed ? !is_ipv6(out.endpoint.host) : !is_host_name(out.endpoint.host)) {
        refuse(url, "its host is not valid");
    }
    if (port.empty()) {
        out.endpoint.port = default_port(out.endpoint.scheme);
    } else if (port.front() == ':') {
        out.endpoint.port = parse_port(url, port.substr(1));
    } else {
        refuse(url, "its host is not valid");
    }
    if (out.endpoint.scheme == Endpoint::Scheme::http && !out.endpoint.loopback()) {
        refuse(url, "http is for this machine's loopback only, as keys and data would travel in the clear");
    }
    return out;
}

std::string percent_encode(std::string_view text, Slash slash) {
    constexpr char digits[] = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (is_unreserved(c) || (c == '/' && slash == Slash::kept)) {
            out += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out += '%';
            out += digits[byte >> 4];
            out += digits[byte & 15];
        }
    }
    return out;
}

std::optional<std::string> percent_decode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        if (i + 2 >= text.size() || any_hex_digit(text[i + 1]) < 0 || any_hex_digit(text[i + 2]) < 0) {
            return std::nullopt;
        }
        out += static_cast<char>(any_hex_digit(text[i + 1]) * 16 + any_hex_digit(text[i + 2]));
        i += 2;
    }
    return out;
}

} // namespace ds

// Canonical request, string to sign, signature: the names are those of AWS's description.
#include "http/sigv4.hpp"

#include "codec/hash.hpp"
#include "codec/hmac.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <map>

namespace ds {

namespace {

/// "20150830T123600Z"
std::string basic_time(std::int64_t unix_seconds) {
    const auto time = static_cast<std::time_t>(unix_seconds);
    std::tm parts{};
    gmtime_r(&time, &parts);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts);
    return text.data();
}

std::string lower(std::string_view name) {
    std::string out(name);
    for (char& c : out) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
    return out;
}

/// Without blanks at the ends, and runs of blanks within as one.
std::string trimmed(std::string_view value) {
    std::string out;
    for (const char c : value) {
        const bool blank = c == ' ' || c == '\t';
        if (!blank) {
            out += c;
        } else if (!out.empty() && out.back() != ' ') {
            out += ' ';
        }
    }
    if (!out.empty() && out.back() == ' ') {
        out.pop_back();
    }
    return out;
}

/// Lower-case name to value; several values of one name are joined by commas, in order.
std::map<std::string, std::string> canonical_headers(const HttpRequest& request, const HttpHeaders& added) {
    std::map<std::string, std::string> out;
    const auto take = [&](std::string_view name, std::string_view value) {
        const auto [at, fresh] = out.emplace(lower(name), trimmed(value));
        if (!fresh) {
            at->second += ',' + trimmed(value);
        }
    };
    take("host", request.endpoint.authority());
    for (const auto& [name, value] : request.headers) {
        take(name, value);
    }
    for (const auto& [name, value] : added) {
        take(name, value);
    }
    return out;
}

Sha256 signing_key(const Secret& secret, std::string_view day, const SigningScope& scope) {
    std::string first = "AWS4";
    first += secret.reveal();
    Sha256 key = hmac_sha256(first, day);
    explicit_bzero(first.data(), first.size());
    key = hmac_sha256(key.view(), scope.region);
    key = hmac_sha256(key.view(), scope.service);
    return hmac_sha256(key.view(), "aws4_request");
}

} // namespace

HttpHeaders sign_v4(const HttpRequest& request, const Sha256& payload, const Credentials& credentials,
                    const SigningScope& scope, std::int64_t now) {
    const std::string time = basic_time(now);
    const std::string day = time.substr(0, 8);
    HttpHeaders added = {{"X-Amz-Date", time}};
    if (scope.service == "s3") {
        added.emplace_back("X-Amz-Content-Sha256", payload.hex());
    }
    if (!credentials.session_token.empty()) {
        added.emplace_back("X-Amz-Security-Token", credentials.session_token.reveal());
    }

    std::string header_lines;
    std::string names;
    for (const auto& [name, value] : canonical_headers(request, added)) {
        header_lines.append(name).append(":").append(value).append("\n");
        names.append(names.empty() ? "" : ";").append(name);
    }
    const std::string canonical = request.method + '\n' + encoded_path(request) + '\n' +
                                  encoded_query(request) + '\n' + header_lines + '\n' + names + '\n' +
                                  payload.hex();
    const std::string scope_text = day + '/' + scope.region + '/' + scope.service + "/aws4_request";
    const std::string to_sign =
        "AWS4-HMAC-SHA256\n" + time + '\n' + scope_text + '\n' + sha256(canonical).hex();
    const Sha256 key = signing_key(credentials.secret_access_key, day, scope);
    added.emplace_back("Authorization", "AWS4-HMAC-SHA256 Credential=" + credentials.access_key_id + '/' +
                                            scope_text + ", SignedHeaders=" + names +
                                            ", Signature=" + hmac_sha256(key.view(), to_sign).hex());
    return added;
}

} // namespace ds

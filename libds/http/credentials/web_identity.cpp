#include "http/credentials/web_identity.hpp"

#include "http/credentials/parse_time.hpp"
#include "http/credentials/secret_file.hpp"
#include "http/xml.hpp"

#include <cstring>

namespace ds {

namespace {

constexpr std::size_t max_reply = 64u << 10;

/// The token without the line break that editors add.
std::string_view trimmed(std::string_view token) noexcept {
    const std::size_t end = token.find_last_not_of(" \t\r\n");
    return end == std::string_view::npos ? std::string_view() : token.substr(0, end + 1);
}

/// "AccessDenied" from an error reply; empty when it is none.
std::string error_code(const std::string& body) {
    try {
        const XmlDocument reply(body, "STS error", max_reply);
        const auto error = reply.root().child("Error"); // RGW answers with <Error> as the root
        return error ? error->text_of("Code") : reply.root().text_of("Code");
    } catch (const CorruptObject&) {
        return {};
    }
}

Credentials parse_reply(const std::string& body) {
    const XmlDocument reply(body, "reply of STS", max_reply);
    const auto result =
        reply.root("AssumeRoleWithWebIdentityResponse").child("AssumeRoleWithWebIdentityResult");
    const auto keys = result ? result->child("Credentials") : std::nullopt;
    if (!keys) {
        throw CorruptObject("the reply of STS has no credentials");
    }
    Credentials out;
    out.access_key_id = keys->required("AccessKeyId");
    out.secret_access_key = Secret(keys->required("SecretAccessKey"));
    out.session_token = Secret(keys->required("SessionToken"));
    out.expires = parse_expiration(keys->required("Expiration"));
    if (!out.expires) {
        throw CorruptObject("the reply of STS has an Expiration that is no time");
    }
    return out;
}

} // namespace

Credentials credentials_from_web_identity(const WebIdentity& identity, const Endpoint& sts,
                                          HttpClient& client) {
    const auto token = read_secret_file(identity.token_file, SecretFile::mounted);
    if (!token || trimmed(token->text.reveal()).empty()) {
        throw Error(ErrorKind::auth,
                    "web identity: '" + identity.token_file + "' " +
                        (token ? "is empty" : "does not exist (AWS_WEB_IDENTITY_TOKEN_FILE)"));
    }
    std::string form = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=" +
                       percent_encode(identity.role_arn, Slash::encoded) +
                       "&RoleSessionName=" + percent_encode(identity.session_name, Slash::encoded) +
                       "&WebIdentityToken=" + percent_encode(trimmed(token->text.reveal()), Slash::encoded);
    HttpRequest request;
    request.method = "POST";
    request.endpoint = sts;
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    request.body = HttpBody::of(form);
    request.repeat = Repeat::safe;
    request.max_body = max_reply;
    const HttpResponse response = client.perform(request);
    explicit_bzero(form.data(), form.size());
    if (!response.ok()) {
        const std::string code = error_code(response.body);
        throw Error(response.status >= 500 ? ErrorKind::retry : ErrorKind::auth,
                    "web identity: " + sts.authority() + " refused role '" + identity.role_arn + "' (" +
                        std::to_string(response.status) + (code.empty() ? "" : ' ' + code) + ')',
                    "dsctl help credentials");
    }
    Credentials out = parse_reply(response.body);
    out.source = "web identity of role '" + identity.role_arn + "'";
    return out;
}

} // namespace ds

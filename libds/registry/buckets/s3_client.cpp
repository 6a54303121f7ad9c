#include "registry/buckets/s3_client.hpp"

#include "base/path.hpp"
#include "base/units.hpp"
#include "http/xml.hpp"
#include "os/file.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fmt/core.h>

namespace ds::s3 {

namespace {

constexpr std::size_t max_error_bytes = 64 << 10;
constexpr std::chrono::seconds least_patience{1};

std::optional<std::string> given(const std::string& setting) {
    return setting.empty() ? std::nullopt : std::optional(setting);
}

std::optional<std::string> environment(const char* name) {
    return env(name);
}

HttpOptions options_of(const BucketSettings& settings, const std::string& ca_file) {
    HttpOptions options;
    options.connections = std::max(1U, settings.jobs);
    options.ca_file = ca_file;
    options.bandwidth = settings.limit_rate;
    if (settings.timeout != 0) {
        // Patience goes with it: who wants to know within seconds does not want minutes of tries.
        const auto span = std::chrono::seconds(settings.timeout);
        options.stall_timeout = span;
        options.connect_timeout = std::min<std::chrono::milliseconds>(options.connect_timeout, span);
        options.retry.patience = 3 * span;
        options.retry.first_patience =
            std::min<std::chrono::milliseconds>(options.retry.first_patience, span);
    }
    if (settings.patience.count() > 0) {
        const auto most = std::max<std::chrono::milliseconds>(settings.patience, least_patience);
        const auto bound = [most](std::chrono::milliseconds& span) { span = std::min(span, most); };
        bound(options.stall_timeout);
        bound(options.connect_timeout);
        bound(options.retry.patience);
        bound(options.retry.first_patience);
    }
    return options;
}

CredentialSettings credential_settings(const Place& place, const BucketSettings& settings) {
    CredentialSettings chain;
    chain.registry = settings.alias.empty() ? place.endpoint.authority() : settings.alias;
    chain.profile = given(settings.profile);
    chain.key_folder = given(settings.credentials_dir);
    chain.endpoint = place.endpoint;
    chain.environment = environment;
    return chain;
}

/// What an error reply says of itself.
struct Complaint {
    std::string code;
    std::string message;
};

Complaint complaint_of(const HttpResponse& response) {
    try {
        const XmlDocument document(response.body, "error reply", max_error_bytes);
        if (document.root().name() == "Error") {
            return {document.root().text_of("Code"), document.root().text_of("Message")};
        }
    } catch (const CorruptObject&) { // whatever answered, it is not S3
    }
    return {};
}

bool is_old_credentials(const std::string& code) {
    return code == "ExpiredToken" || code == "InvalidToken" || code == "InvalidAccessKeyId" ||
           code == "TokenRefreshRequired";
}

bool is_server_failure(const HttpResponse& response, const std::string& code) {
    return response.status >= 500 || response.status == 429 || response.status == 408 ||
           code == "RequestTimeout" || code == "SlowDown" || code == "XAmzContentSHA256Mismatch" ||
           code == "BadDigest" || code == "IncompleteBody" || code == "OperationAborted";
}

std::string clock_text(std::int64_t seconds_ahead, const std::string& where) {
    const auto minutes = (std::abs(seconds_ahead) + 30) / 60;
    return fmt::format("this machine's clock is {} min {} {}", minutes,
                       seconds_ahead >= 0 ? "ahead of" : "behind", where);
}

/// With a way out also where a failure of the network has none of its own.
HttpResponse perform(HttpClient& http, const HttpRequest& request) {
    try {
        return http.perform(request);
    } catch (const HttpError& error) {
        const bool may_pass = error.kind() == ErrorKind::retry || error.kind() == ErrorKind::unknown;
        if (may_pass && error.hint().empty()) {
            const bool waits = error.failure() == HttpFailure::timed_out && request.method == "PUT";
            throw HttpError(error.failure(), error.effect(),
                            waits ? fmt::format("{}; {}", error.message(), waiting_writes) : error.message(),
                            "run the same command again");
        }
        throw;
    }
}

} // namespace

std::string error_code(const HttpResponse& response) {
    return complaint_of(response).code;
}

namespace {
constexpr std::uint64_t max_put_bytes = 5ULL << 30; // as S3 has it
}

Client::Client(Place place, const BucketSettings& settings)
    : place_(std::move(place)), alias_(settings.alias),
      region_(configured_region(given(settings.region), environment)),
      ca_file_(configured_ca(given(settings.ca_bundle), environment)), upload_notes_(settings.upload_notes),
      max_put_(settings.max_put != 0 ? std::min(settings.max_put, max_put_bytes) : max_put_bytes),
      stop_(settings.stop), log_(settings.log != nullptr ? *settings.log : no_log_),
      http_(options_of(settings, ca_file_), log_, settings.stop),
      credentials_(credential_settings(place_, settings), http_) {}

std::string Client::credentials_source() {
    return credentials_.current().source;
}

HttpRequest Client::request(std::string method, const std::string& bucket, std::string_view key) const {
    HttpRequest request;
    request.method = std::move(method);
    request.endpoint = place_.endpoint;
    request.path = "/" + bucket;
    if (!key.empty()) {
        check_key(key, place_.prefix);
        request.path += "/" + place_.prefix;
        request.path += key;
    }
    return request;
}

HttpResponse Client::send(HttpRequest request) {
    const auto payload = body_sha256(request.body);
    request.authorize = [&](const HttpRequest& unsigned_request) {
        return sign_v4(unsigned_request, payload, credentials_.current(), {region_, "s3"}, unix_now());
    };
    auto response = perform(http_, request);
    if (response.status == 403 && is_old_credentials(error_code(response))) {
        credentials_.refresh(); // refused before anything was done, so asking again is safe
        response = perform(http_, request);
    }
    return response;
}

HttpResponse Client::send_change(HttpRequest request) {
    try {
        return send(std::move(request));
    } catch (const HttpError& error) {
        if (error.effect() == HttpError::Effect::unknown) {
            throw Error(ErrorKind::unknown, error.message(), error.hint());
        }
        throw;
    }
}

bool Client::is_known_here() {
    if (!credentials_.current().session_token.empty()) {
        return true; // a role may be barred from listing buckets
    }
    HttpRequest request;
    request.endpoint = place_.endpoint;
    request.repeat = Repeat::safe;
    request.max_body = max_xml_bytes;
    try {
        return send(std::move(request)).status != 403;
    } catch (const HttpError&) {
        return true;
    }
}

void Client::refuse(const HttpResponse& response, const std::string& bucket, const std::string& doing) {
    const auto [code, message] = complaint_of(response);
    const auto shown = code.empty() ? std::to_string(response.status)
                                    : fmt::format("{} {}", response.status, printable(code));
    const auto where = place_.endpoint.authority();
    if (code == "RequestTimeTooSkewed") {
        const auto ahead = response.received - response.date().value_or(response.received);
        throw Error(ErrorKind::auth,
                    fmt::format("{} ({}); nothing was changed", clock_text(ahead, where), shown),
                    "set the clock: timedatectl set-ntp true");
    }
    if (code == "InvalidAccessKeyId") {
        throw Error(
            ErrorKind::auth,
            fmt::format("{} does not know the access key from {} ({})", where, credentials_source(), shown),
            "dsctl help credentials");
    }
    if (code == "SignatureDoesNotMatch") {
        throw Error(ErrorKind::auth,
                    fmt::format("the secret key from {} is not the one that {} has for its access key ({})",
                                credentials_source(), where, shown),
                    "dsctl help credentials");
    }
    if (response.status == 507 || code == "InsufficientStorage" || code == "InsufficientCapacity") {
        throw Error(ErrorKind::failure, fmt::format("{}: the storage is full ({})", doing, shown),
                    "ask the storage's administrator for more, or free some: dsctl gc --registry " + alias_);
    }
    if (code == "QuotaExceeded" || code == "TooManyBuckets") {
        throw Error(ErrorKind::failure, fmt::format("{}: the quota is used up ({})", doing, shown),
                    "ask the storage's administrator for more, or free some: dsctl gc --registry " + alias_);
    }
    if (code == "NoSuchBucket") {
        throw Error(ErrorKind::not_found, fmt::format("there is no bucket '{}' on {}", bucket, where),
                    fmt::format("dsctl registry init NAME {}", printable(place_.url)));
    }
    if (response.status == 401 || (response.status == 403 && !is_known_here())) {
        throw Error(
            ErrorKind::auth,
            fmt::format(
                "{} does not accept the credentials from {}: their access key is unknown there, or the "
                "secret key is wrong ({})",
                where, credentials_source(), shown),
            "dsctl help credentials");
    }
    if (response.status == 403) {
        throw NotGranted(fmt::format("{}: the credentials from {} do not allow it ({})", doing,
                                     credentials_source(), shown),
                         "ask the registry's owner; dsctl registry policy prints what each role needs");
    }
    if (is_server_failure(response, code)) {
        throw Error(ErrorKind::retry,
                    fmt::format("{}: {} answered {}{}", doing, where, shown,
                                response.tries > 1 ? fmt::format(" ({} tries)", response.tries) : ""),
                    "run the same command again");
    }
    throw Error(ErrorKind::failure,
                fmt::format("{}: {} answered {}{}", doing, where, shown,
                            message.empty() ? "" : " (" + printable(message.substr(0, 200)) + ")"),
                "dsctl registry check");
}

void Client::refuse_change(const HttpResponse& response, const std::string& bucket,
                           const std::string& doing) {
    try {
        refuse(response, bucket, doing);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::retry) {
            throw Error(ErrorKind::unknown, error.message(), error.hint());
        }
        throw;
    }
}

std::optional<Versioning> versioning_of(Client& client, const std::string& bucket) {
    auto request = client.request("GET", bucket);
    request.query = {{"versioning", ""}};
    request.repeat = Repeat::safe;
    const auto response = client.send(std::move(request));
    if (response.status == 404 && error_code(response) == "NoSuchBucket") {
        return std::nullopt;
    }
    const auto doing = fmt::format("cannot ask whether bucket '{}' is versioned", bucket);
    if (!response.ok()) {
        client.refuse(response, bucket, doing);
    }
    const XmlDocument document(response.body, fmt::format("versioning of bucket '{}'", bucket));
    const auto status = document.root("VersioningConfiguration").text_of("Status");
    if (status == "Enabled") {
        return Versioning::enabled;
    }
    return status.empty() ? Versioning::never : Versioning::suspended;
}

ObjectLock object_lock_of(Client& client, const std::string& bucket) {
    auto request = client.request("GET", bucket);
    request.query = {{"object-lock", ""}};
    request.repeat = Repeat::safe;
    const auto response = client.send(std::move(request));
    if (response.status == 404 && error_code(response) == "ObjectLockConfigurationNotFoundError") {
        return {};
    }
    if (!response.ok()) {
        client.refuse(response, bucket,
                      fmt::format("cannot ask whether bucket '{}' has Object Lock", bucket));
    }
    const XmlDocument document(response.body, fmt::format("Object Lock of bucket '{}'", bucket));
    const auto root = document.root("ObjectLockConfiguration");
    return {root.text_of("ObjectLockEnabled") == "Enabled", root.child("Rule").has_value()};
}

} // namespace ds::s3

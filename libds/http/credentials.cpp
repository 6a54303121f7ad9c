// The order of the sources; each is a file of its own below credentials/.
#include "http/credentials.hpp"

#include "http/credentials/process.hpp"
#include "http/credentials/profile.hpp"
#include "http/credentials/secret_file.hpp"
#include "http/credentials/web_identity.hpp"
#include "os/file.hpp"

#include <algorithm>
#include <mutex>
#include <vector>

namespace ds {

namespace {

/// Temporary keys are renewed so long before they expire.
constexpr std::int64_t renew_before_seconds = 300;
constexpr std::string_view help = "dsctl help credentials";

/// As people write a path: the home folder is "~".
std::string shown_path(const std::string& path, const Environment& environment) {
    const auto home = environment("HOME");
    return home && path.starts_with(*home + '/') ? '~' + path.substr(home->size()) : path;
}

std::optional<Credentials> from_environment(const Environment& environment) {
    const auto id = environment("AWS_ACCESS_KEY_ID");
    const auto secret = environment("AWS_SECRET_ACCESS_KEY");
    if (!id && !secret) {
        return std::nullopt;
    }
    if (!id || !secret) {
        throw Error(ErrorKind::auth,
                    id ? "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not"
                       : "AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not",
                    std::string(help));
    }
    return Credentials{
        *id, Secret(*secret), Secret(environment("AWS_SESSION_TOKEN").value_or("")), {}, "environment"};
}

/// A file of a folder with a key in it, without the line break at its end.
std::optional<Secret> key_in(const std::string& path) {
    const auto file = read_secret_file(path, SecretFile::mounted);
    if (!file) {
        return std::nullopt;
    }
    const std::string_view text = file->text.reveal();
    const std::size_t end = text.find_last_not_of(" \t\r\n");
    return Secret(text.substr(0, end == std::string_view::npos ? 0 : end + 1));
}

/// Nothing when neither file is there.
std::optional<Credentials> from_folder(const std::string& folder, const std::string& shown) {
    const auto id = key_in(folder + "/accessKeyID");
    const auto secret = key_in(folder + "/accessKeySecret");
    if (!id && !secret) {
        return std::nullopt;
    }
    if (!id || !secret || id->empty() || secret->empty()) {
        throw Error(ErrorKind::auth,
                    "folder " + shown + " needs both files accessKeyID and accessKeySecret, not empty",
                    std::string(help));
    }
    return Credentials{std::string(id->reveal()), *secret, {}, {}, "folder " + shown};
}

/// What cannot be in a header, or would end the id's place in one.
void check_id(const Credentials& credentials) {
    const std::string& id = credentials.access_key_id;
    const bool bad =
        std::any_of(id.begin(), id.end(), [](char c) { return c <= ' ' || c > '~' || c == '/' || c == ','; });
    if (id.empty() || bad || credentials.secret_access_key.empty()) {
        throw Error(ErrorKind::auth, "the access key from " + credentials.source + " is not a valid one",
                    std::string(help));
    }
}

} // namespace

class CredentialChain::Impl {
  public:
    Impl(CredentialSettings settings, HttpClient& client) : settings_(std::move(settings)), client_(client) {}

    Credentials current();
    void refresh() {
        std::lock_guard lock(mutex_);
        cached_.reset();
    }

  private:
    [[nodiscard]] Credentials find();
    [[nodiscard]] Credentials from_profile(const Profile& profile, const std::string& name);
    [[nodiscard]] Credentials named_profile(const std::string& name);
    [[nodiscard]] std::optional<WebIdentity> web_identity() const;
    [[nodiscard]] Endpoint sts() const;
    [[nodiscard]] ProfileFiles profile_files() const;
    [[nodiscard]] std::string shown(const std::string& path) const {
        return shown_path(path, settings_.environment);
    }

    CredentialSettings settings_;
    HttpClient& client_;
    std::mutex mutex_;
    std::optional<Credentials> cached_;
};

Credentials CredentialChain::Impl::current() {
    // Held while keys are fetched: whoever needs them at the same time needs the same ones.
    std::lock_guard lock(mutex_);
    const std::int64_t now = unix_now();
    if (cached_ && (!cached_->expires || now < *cached_->expires - renew_before_seconds)) {
        return *cached_;
    }
    try {
        Credentials found = find();
        check_id(found);
        cached_ = std::move(found);
    } catch (const Error& e) {
        if (!cached_ || now >= *cached_->expires || e.kind() == ErrorKind::interrupted) {
            throw;
        }
        // Early renewal failed; what is there serves a little longer.
    }
    return *cached_;
}

Credentials CredentialChain::Impl::find() {
    const Environment& environment = settings_.environment;
    const auto profile = settings_.profile ? settings_.profile : environment("AWS_PROFILE");
    if (profile) {
        return named_profile(*profile);
    }
    if (auto found = from_environment(environment)) {
        return *std::move(found);
    }
    if (const auto identity = web_identity()) {
        return credentials_from_web_identity(*identity, sts(), client_);
    }
    std::string why;
    const ProfileFiles files = profile_files();
    if (const auto found = read_profile(files, "default", why)) {
        if (found->has_source()) {
            return from_profile(*found, "default");
        }
        why = "no keys in it";
    }
    std::string looked =
        "environment, web identity, profile 'default' (" + shown(files.credentials) + ": " + why + ")";
    const auto folder = settings_.key_folder ? settings_.key_folder : environment("DSCTL_CREDENTIALS_DIR");
    if (folder) {
        if (auto found = from_folder(*folder, shown(*folder))) {
            return *std::move(found);
        }
        looked += ", folder " + shown(*folder) + " (no accessKeyID)";
    }
    throw Error(ErrorKind::auth,
                "no credentials for registry '" + settings_.registry + "'; looked in: " + looked,
                std::string(help));
}

Credentials CredentialChain::Impl::named_profile(const std::string& name) {
    std::string why;
    const ProfileFiles files = profile_files();
    const auto profile = read_profile(files, name, why);
    if (!profile) {
        throw Error(ErrorKind::auth,
                    "no credentials for registry '" + settings_.registry + "': profile '" + name +
                        "' is neither in " + shown(files.credentials) + " nor in " + shown(files.config),
                    std::string(help));
    }
    return from_profile(*profile, name);
}

Credentials CredentialChain::Impl::from_profile(const Profile& profile, const std::string& name) {
    const std::string called = "profile '" + name + "'";
    if (profile.has_keys()) {
        return {profile.access_key_id,
                profile.secret_access_key,
                profile.session_token,
                {},
                called + " (" + shown(profile.file) + ")"};
    }
    if (!profile.credential_process.empty()) {
        return credentials_from_process(profile.credential_process, "credential_process of " + called);
    }
    if (!profile.web_identity_token_file.empty() && !profile.role_arn.empty()) {
        WebIdentity identity{profile.web_identity_token_file, profile.role_arn};
        if (!profile.role_session_name.empty()) {
            identity.session_name = profile.role_session_name;
        }
        Credentials found = credentials_from_web_identity(identity, sts(), client_);
        found.source += " (" + called + ")";
        return found;
    }
    throw Error(ErrorKind::auth,
                called + (profile.elsewhere
                              ? " takes its keys from another profile or a sign-in, which dsctl does not do"
                              : " has no keys (" + shown(profile.file) + ")"),
                profile.elsewhere
                    ? "let credential_process print them: aws configure export-credentials --profile " + name
                    : std::string(help));
}

std::optional<WebIdentity> CredentialChain::Impl::web_identity() const {
    const auto token_file = settings_.environment("AWS_WEB_IDENTITY_TOKEN_FILE");
    const auto role = settings_.environment("AWS_ROLE_ARN");
    if (!token_file) {
        return std::nullopt;
    }
    if (!role) {
        throw Error(ErrorKind::auth, "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not",
                    std::string(help));
    }
    WebIdentity identity{*token_file, *role};
    if (const auto session = settings_.environment("AWS_ROLE_SESSION_NAME")) {
        identity.session_name = *session;
    }
    return identity;
}

Endpoint CredentialChain::Impl::sts() const {
    const auto url = settings_.environment("AWS_ENDPOINT_URL_STS");
    return url ? parse_http_url(*url).endpoint : settings_.endpoint;
}

ProfileFiles CredentialChain::Impl::profile_files() const {
    const Environment& environment = settings_.environment;
    const std::string folder = environment("HOME").value_or("") + "/.aws/";
    return {environment("AWS_SHARED_CREDENTIALS_FILE").value_or(folder + "credentials"),
            environment("AWS_CONFIG_FILE").value_or(folder + "config")};
}

CredentialChain::CredentialChain(CredentialSettings settings, HttpClient& client)
    : impl_(std::make_unique<Impl>(std::move(settings), client)) {}
CredentialChain::~CredentialChain() = default;

Credentials CredentialChain::current() {
    return impl_->current();
}

void CredentialChain::refresh() {
    impl_->refresh();
}

namespace {

/// The first that is set and not empty.
std::optional<std::string> first_of(const std::optional<std::string>& configured,
                                    const Environment& environment,
                                    std::initializer_list<const char*> names) {
    if (configured && !configured->empty()) {
        return configured;
    }
    for (const char* name : names) {
        if (auto value = environment(name)) {
            return value;
        }
    }
    return std::nullopt;
}

} // namespace

std::optional<Endpoint> configured_endpoint(const std::optional<std::string>& configured,
                                            const Environment& environment) {
    const auto url = first_of(configured, environment, {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"});
    return url ? std::optional(parse_http_url(*url).endpoint) : std::nullopt;
}

std::string configured_ca(const std::optional<std::string>& configured, const Environment& environment) {
    return first_of(configured, environment, {"AWS_CA_BUNDLE"}).value_or("");
}

std::string configured_region(const std::optional<std::string>& configured, const Environment& environment) {
    return first_of(configured, environment, {"AWS_REGION", "AWS_DEFAULT_REGION"}).value_or("us-east-1");
}

} // namespace ds

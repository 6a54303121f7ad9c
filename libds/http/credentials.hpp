// Where credentials come from, in this order; the first source that is configured decides, and if it fails
// that is an error, not a reason to try the next:
//
//   1. the profile named in the registry's configuration or by AWS_PROFILE
//   2. AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN
//   3. web identity: AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN, exchanged at the endpoint's STS
//   4. profile "default" of the shared files (AWS_SHARED_CREDENTIALS_FILE, AWS_CONFIG_FILE)
//   5. files accessKeyID and accessKeySecret in a folder (a mounted Kubernetes secret)
//
// A profile holds keys, or a credential_process, or web_identity_token_file with role_arn.
#pragma once

#include "http/client.hpp"
#include "http/sigv4.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace ds {

/// Reads an environment variable; nothing if unset or empty (ds::env, or a test's own).
using Environment = std::function<std::optional<std::string>(const char*)>;

struct CredentialSettings {
    std::string registry;                  ///< its alias, for messages
    std::optional<std::string> profile;    ///< from the registry's configuration
    std::optional<std::string> key_folder; ///< from the registry's configuration; else DSCTL_CREDENTIALS_DIR
    Endpoint endpoint;                     ///< of the registry; its STS unless AWS_ENDPOINT_URL_STS
    Environment environment;
};

/// Finds credentials and keeps them fresh. Thread-safe.
class CredentialChain {
  public:
    /// @param client for STS; must outlive the chain
    CredentialChain(CredentialSettings settings, HttpClient& client);
    ~CredentialChain();
    CredentialChain(const CredentialChain&) = delete;
    CredentialChain& operator=(const CredentialChain&) = delete;

    /// The credentials to sign with now; fetched at the first call and again five minutes before they expire.
    /// Copies are cheap. @throws Error(auth) saying where was looked, or why the source that was chosen
    /// failed
    [[nodiscard]] Credentials current();
    /// Forgets them, so that the next call reads the source again (after a server refused them).
    void refresh();

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

/// The endpoint to use: `configured` (of the registry) > AWS_ENDPOINT_URL_S3 > AWS_ENDPOINT_URL. @throws
/// Error(usage)
[[nodiscard]] std::optional<Endpoint> configured_endpoint(const std::optional<std::string>& configured,
                                                          const Environment& environment);
/// The file of authorities: `configured` (of the registry) > AWS_CA_BUNDLE > "" (the system's).
[[nodiscard]] std::string configured_ca(const std::optional<std::string>& configured,
                                        const Environment& environment);
/// The region to sign for: `configured` > AWS_REGION > AWS_DEFAULT_REGION > "us-east-1" (RGW takes any).
[[nodiscard]] std::string configured_region(const std::optional<std::string>& configured,
                                            const Environment& environment);

} // namespace ds

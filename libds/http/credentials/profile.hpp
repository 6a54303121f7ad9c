// Profiles of the files that AWS's tools share.
//
// Grammar of both: lines; "[name]" (in the config file "[profile name]", but "[default]") begins a profile; "key = value";
// '#' and ';' begin a comment line; indented lines belong to a nested setting and are passed over.
#pragma once

#include "http/secret.hpp"

#include <optional>
#include <string>

namespace ds {

struct Profile {
    std::string access_key_id;
    Secret secret_access_key;
    Secret session_token;
    std::string credential_process;
    std::string web_identity_token_file;
    std::string role_arn;
    std::string role_session_name;
    bool elsewhere = false; ///< it refers to another profile or to a sign-in that dsctl does not know
    std::string file;       ///< where its keys stand

    [[nodiscard]] bool has_keys() const noexcept { return !access_key_id.empty(); }
    /// Whether it says where keys come from at all (many hold a region only).
    [[nodiscard]] bool has_source() const noexcept {
        return has_keys() || elsewhere || !credential_process.empty() ||
               (!web_identity_token_file.empty() && !role_arn.empty());
    }
};

struct ProfileFiles {
    std::string credentials; ///< ~/.aws/credentials
    std::string config;      ///< ~/.aws/config
};

/// A profile as both files have it together, the credentials file first. Nothing when neither names it; `why` then says
/// so of the credentials file ("no such file", "no such profile"). @throws Error(auth) for a file others may read or write
[[nodiscard]] std::optional<Profile> read_profile(const ProfileFiles& files, const std::string& name,
                                                  std::string& why);

} // namespace ds

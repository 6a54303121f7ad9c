#include "http/credentials/profile.hpp"

#include "base/error.hpp"
#include "http/credentials/secret_file.hpp"

#include <string_view>

namespace ds {

namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view trimmed(std::string_view text) noexcept {
    const std::size_t first = text.find_first_not_of(blanks);
    return first == std::string_view::npos ? std::string_view()
                                           : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// The profile a "[…]" line begins; empty for sections that are none (sso-session, services).
std::string_view section_name(std::string_view line, bool config) noexcept {
    const std::size_t close = line.find(']');
    std::string_view name = trimmed(line.substr(1, close == std::string_view::npos ? close : close - 1));
    if (!config || name == "default") {
        return name;
    }
    constexpr std::string_view prefix = "profile";
    if (!name.starts_with(prefix) || name.size() == prefix.size() ||
        blanks.find(name[prefix.size()]) == std::string_view::npos) {
        return {};
    }
    return trimmed(name.substr(prefix.size()));
}

void take_setting(Profile& profile, std::string_view key, std::string_view value) {
    if (key == "aws_access_key_id") {
        profile.access_key_id = value;
    } else if (key == "aws_secret_access_key") {
        profile.secret_access_key = Secret(value);
    } else if (key == "aws_session_token") {
        profile.session_token = Secret(value);
    } else if (key == "credential_process") {
        profile.credential_process = value;
    } else if (key == "web_identity_token_file") {
        profile.web_identity_token_file = value;
    } else if (key == "role_arn") {
        profile.role_arn = value;
    } else if (key == "role_session_name") {
        profile.role_session_name = value;
    } else if (key == "source_profile" || key == "credential_source" || key.starts_with("sso_")) {
        profile.elsewhere = true;
    }
}

/// Of one file, into `profile`. @returns whether the file names it
bool parse_profile(std::string_view text, bool config, const std::string& name, Profile& profile) {
    bool found = false;
    bool inside = false;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const std::string_view line = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        if (line.starts_with('[')) {
            inside = section_name(line, config) == name;
            found = found || inside;
            continue;
        }
        const std::size_t equals = line.find('=');
        const bool nested = !line.empty() && blanks.find(line.front()) != std::string_view::npos;
        if (inside && !nested && !line.starts_with('#') && !line.starts_with(';') &&
            equals != std::string_view::npos) {
            take_setting(profile, trimmed(line.substr(0, equals)), trimmed(line.substr(equals + 1)));
        }
    }
    return found;
}

} // namespace

std::optional<Profile> read_profile(const ProfileFiles& files, const std::string& name, std::string& why) {
    Profile keys;
    Profile settings;
    bool found = false;
    why = "no such file";
    if (const auto text = read_secret_file(files.credentials, SecretFile::own)) {
        why = "no such profile";
        found = parse_profile(text->text.reveal(), false, name, keys);
        keys.file = files.credentials;
    }
    if (const auto text = read_secret_file(files.config, SecretFile::settings)) {
        if (parse_profile(text->text.reveal(), true, name, settings)) {
            found = true;
            settings.file = files.config;
            if (!settings.secret_access_key.empty() && text->read_by_others) {
                refuse_readable(files.config);
            }
        }
    }
    if (!found) {
        return std::nullopt;
    }
    if (keys.has_keys()) {
        return keys;
    }
    // Without keys the one with settings counts; what only the credentials file has joins it.
    if (!settings.has_keys() && settings.credential_process.empty()) {
        settings.credential_process = keys.credential_process;
    }
    if (settings.file.empty()) {
        settings.file = keys.file;
    }
    settings.elsewhere = settings.elsewhere || keys.elsewhere;
    return settings;
}

} // namespace ds

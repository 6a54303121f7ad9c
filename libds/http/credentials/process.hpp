// Keys from a command: a profile's credential_process.
#pragma once

#include "http/sigv4.hpp"

#include <string>
#include <vector>

namespace ds {

/// Runs the command (split into words as a shell would, but without a shell), at most a minute long, and reads the JSON it
/// prints: {"Version": 1, "AccessKeyId", "SecretAccessKey", "SessionToken"?, "Expiration"?}. Its stderr is ours.
/// @param source names it in errors and in the result. @throws Error(auth)
[[nodiscard]] Credentials credentials_from_process(const std::string& command, const std::string& source);

/// Words of a command: blanks separate; '…' and "…" hold together; a backslash takes the next character as it is (not
/// within '…'). @throws Error(auth) for a quote that does not end
[[nodiscard]] std::vector<std::string> split_words(const std::string& command);

} // namespace ds

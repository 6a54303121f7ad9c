// Files that hold secrets: who may own them and who may read them.
#pragma once

#include "http/secret.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace ds {

enum class SecretFile {
    /// A user's own: owned by the user (or root), closed to everybody else.
    own,
    /// Settings that may name a command to run: owned by the user (or root), written by nobody else.
    settings,
    /// Mounted into a container, by Kubernetes for instance: if root owns it, whoever mounted it has decided who may read
    /// it (0644 behind links is usual), but nobody else may write it. If the user owns it, as `own`.
    mounted,
};

inline constexpr std::size_t max_secret_file_bytes = 1u << 20;

struct SecretText {
    Secret text;
    bool read_by_others = false; ///< group or others may read it
};

/// The content of a file, links followed; nothing when there is none. @throws Error(auth) saying which rule it breaks,
/// Error when it cannot be read, is no regular file or is larger than 1 MiB
[[nodiscard]] std::optional<SecretText> read_secret_file(const std::string& path, SecretFile rule);

/// @throws Error(auth) "… can be read by others"
[[noreturn]] void refuse_readable(const std::string& path);

} // namespace ds

// Versions as file systems, and the cache of what was read from registries.
#pragma once

#include "dataset/session.hpp"

#include <functional>
#include <optional>
#include <string>

namespace ds {

struct MountOptions {
    DatasetRef ref;
    std::optional<std::string> dir; ///< default: ~/datasets/<name>
    bool draft = false;             ///< allow a draft: as it is now
    std::optional<unsigned> jobs;   ///< requests at once
};
struct MountedVersion {
    std::string ref; ///< exact, with the digest of a published version
    std::string directory;
    bool already = false; ///< it was mounted there before
};

/// Mounts a version and serves it until it is unmounted by anybody or a stop is requested. `ready` is called
/// once the mount can be used. A dead mount of ours at the target is taken away first. Does nothing more when
/// this very version is mounted there already.
/// @throws Error(conflict) when the target is not empty or has another version, Error(not_found) for a draft
///         without `draft`, Error(failure) where FUSE is not to be had
void mount_version(Session& session, const MountOptions& options,
                   const std::function<void(const MountedVersion&)>& ready);
/// @throws Error(not_found) when nothing of ours is mounted there, Error(locked) while it is used
void unmount_version(const std::string& dir);
/// Where a mount in the background writes what it has to say.
[[nodiscard]] std::string mount_log_path();

} // namespace ds

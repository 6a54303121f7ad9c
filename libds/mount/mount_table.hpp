// Which mounts of dsctl this machine has, and taking them away: by the kernel's table, since a mount whose
// process was killed cannot be looked at otherwise.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

/// The kind under which the kernel lists our mounts.
inline constexpr std::string_view mount_kind = "fuse.dsctl";

struct MountEntry {
    std::string target; ///< absolute, without links
    std::string kind;   ///< "ext4", "fuse.dsctl"
    std::string source; ///< of ours: the exact reference
};

/// Parses /proc/self/mountinfo; lines it does not understand are left out.
[[nodiscard]] std::vector<MountEntry> parse_mount_table(std::string_view text);
/// What is mounted at exactly this path; the uppermost if there are several.
[[nodiscard]] std::optional<MountEntry> mounted_at(const std::string& target);
/// The path without links, except that the last component is not looked at: it may be a dead mount.
[[nodiscard]] std::string mount_path(const std::string& path);
/// Whether the mount at this path has lost its process.
[[nodiscard]] bool is_dead_mount(const std::string& target);

enum class Detach {
    when_unused, ///< refused while somebody uses it
    at_once      ///< gone for everybody who looks anew
};
/// Unmounts by system call or, without the right to, by fusermount3.
/// @throws Error(locked) while it is used, Error(failure)
void unmount_path(const std::string& target, Detach how);

} // namespace ds

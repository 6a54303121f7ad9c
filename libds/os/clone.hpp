// Sharing blocks between files: copies that cost no space on file systems that can (xfs, btrfs, bcachefs).
#pragma once

#include <string>

namespace ds {

/// Makes the empty file `to` a copy of all of `from` that shares its blocks (FICLONE): later writes to either
/// do not touch the other.
/// @returns false where the file system cannot, or the two lie on different ones; `to` is empty then
/// @throws Error for anything else (no space, an I/O error)
[[nodiscard]] bool clone_file(int from, int to, const std::string& to_path);

} // namespace ds

// The object database of a history: packs through libgit2, loose objects through a backend of our own.
//
// The loose backend is ours because that of libgit2 1.5 loops for ever on a truncated file and allocates
// whatever size a file claims. Alternates are not followed: a history is whole by itself.
#pragma once

#include "history/git2.hpp"

#include <string>

namespace ds::git {

/// Opens a database over an objects folder. @throws Error
[[nodiscard]] OdbHandle open_objects(const std::string& objects_dir);

/// "objects/ab/cdef…"
[[nodiscard]] std::string loose_path(const std::string& objects_dir, const git_oid& oid);
/// The bytes of a loose object's file.
[[nodiscard]] std::string loose_bytes(git_object_t type, ByteView bytes);

} // namespace ds::git

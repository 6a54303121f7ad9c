// Buckets in a POSIX folder: the embedded default, and shared folders of a lab.
//
//   <root>/control/<path of key>/object              the body as it is; its etag is the hex of its SHA-256
//   <root>/data/<path of key>/<version>              one version, read-only; <path of key> as in key_path.hpp
//   <root>/data/<path of key>/<version>.lock         its lock (retention), if it has one
//   <root>/tmp/<random>                              files being written; over a day old: garbage
//   <root>/.lock-control, .lock-data                 locked (OFD) by whoever changes the bucket
//
//   version := number:20 digits "-" random:8 hex     the version id; numbers rise, so the lowest is the
//   oldest lock    := {"schema": "dsctl.lock/1", "mode": "COMPLIANCE" | "GOVERNANCE", "until": unix seconds,
//               "size": bytes, "sha256": hex of the body, for versions that were put with their lock}
//
// A body is written and made durable below tmp/ without a lock; under the lock it gets the next number
// of its key and is renamed into place, the file with its lock before it. kill -9 at any point leaves
// the old or the new state. Locks of versions are weaker than Object Lock: create-once names, read-only
// modes, and for root the immutable attribute (`chattr -i` by root takes it away; nobody, not even
// root, removes such a file without that). Whoever owns the folder can undo them; what was put with its
// lock is at least checked against the hash in its lock when it is read.
#pragma once

#include "registry/bucket.hpp"

#include <functional>
#include <memory>
#include <string>

namespace ds {

/// What the time is, in unix seconds; tests let it jump.
using FolderClock = std::function<std::int64_t()>;

/// @throws Error(not_found) when `root` holds no registry, Error(auth) when it may not be read
[[nodiscard]] Buckets open_folder_buckets(const std::string& root, FolderClock clock = {});
/// Creates what is missing. @throws Error(failure) when `root` holds something else
[[nodiscard]] Buckets create_folder_buckets(const std::string& root, FolderClock clock = {});
/// Takes the immutable attribute from every file below `root`, so that the folder can be removed.
/// For tests and for administrators; what is locked can be deleted afterwards.
void unlock_folder_registry(const std::string& root);

} // namespace ds

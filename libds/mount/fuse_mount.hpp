// A version as a read-only file system of the kernel's, through FUSE's low-level interface.
//
// Content never changes, so the kernel may keep everything for as long as it likes: entries (also absent
// ones), attributes, links, folders and pages. Files and folders need no open(): inode numbers say it all,
// which saves two round trips per file. A registry that does not answer is asked again until the patience is
// over; then the reader gets EIO, and the next one asks anew. Bytes that do not match their hash are EIO at
// once.
#pragma once

#include "base/context.hpp"
#include "mount/content_reader.hpp"
#include "mount/folder_view.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace ds {

struct FuseSettings {
    std::string target;           ///< an empty folder, absolute
    std::string source;           ///< the exact reference, for the mount table
    std::optional<Sha256> digest; ///< of published versions
    std::int64_t time = 0;        ///< what all files and folders have
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;
    std::chrono::milliseconds patience{60000}; ///< with a registry that does not answer
};

/// Whether this machine can mount at all.
/// @throws Error(failure) that says what is missing; its hint is `otherwise`
void require_fuse(const std::string& otherwise);

/// One mount. Not thread-safe itself; serves many threads.
class FuseMount {
  public:
    FuseMount(FolderView& view, ContentReader& content, FuseSettings settings, Log& log);
    /// Unmounts if it is still mounted.
    ~FuseMount();
    FuseMount(const FuseMount&) = delete;
    FuseMount& operator=(const FuseMount&) = delete;

    /// From here on the target can be used; requests wait for serve(). @throws Error
    void mount();
    /// Until it is unmounted by anybody. A stop unmounts; who still has files open then sees them fail, and
    /// if the kernel keeps the connection for them, this does not return but ends the process with code 0.
    void serve(const std::stop_token& stop);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace ds

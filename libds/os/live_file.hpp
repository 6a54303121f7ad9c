// Files that say by a lock (OFD) that their writer lives: what a killed process left of them can be told from what is in use.
//
//   <folder>/<prefix><24 hex>
//
// A file of such a name whose lock is free was left by a dead writer. Between making and locking it the writer may be taken
// for dead: he looks whether the file is still there, and tries anew.
#pragma once

#include "os/file.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace ds {

/// Not thread-safe.
class LiveFile {
  public:
    /// @param folder must exist @throws Error
    LiveFile(const std::string& folder, std::string_view prefix, mode_t mode = 0600);
    /// Removes the file, unless it was installed or is to be left.
    ~LiveFile();
    LiveFile(const LiveFile&) = delete;
    LiveFile& operator=(const LiveFile&) = delete;

    [[nodiscard]] int fd() const noexcept { return fd_.get(); }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    /// fsync, rename over `target` in the same folder, fsync of the folder. @throws Error
    void install(const std::string& target);
    /// The file stays, as if its writer had died.
    void leave() noexcept { done_ = true; }

  private:
    std::string folder_;
    std::string path_;
    Fd fd_;
    bool done_ = false;
};

/// Files in `folder` (not below it) whose writers are dead, each locked while `visit` looks at it, and removed when that
/// returns true. What cannot be opened, locked or removed is another user's and stays. @throws what `visit` throws
void each_dead_file(const std::string& folder, std::string_view prefix,
                    const std::function<bool(const std::string& path)>& visit);

} // namespace ds

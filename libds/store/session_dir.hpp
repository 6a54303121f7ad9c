// The folder of one write session below <store>/tmp, guarded by a lock that dies with the process.
#pragma once

#include "os/file.hpp"

#include <optional>
#include <string>

namespace ds {

/// Creates tmp/<pid>-<random>/ and holds its lock; the destructor removes it. Whoever opens a session removes
/// the folders whose lock can be taken: their owners are dead.
class SessionDir {
  public:
    explicit SessionDir(const std::string& tmp);
    ~SessionDir();
    SessionDir(const SessionDir&) = delete;
    SessionDir& operator=(const SessionDir&) = delete;
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

    /// Removes what dead sessions left. Never fails because of it.
    static void remove_stale(const std::string& tmp);

  private:
    std::string path_;
    std::optional<LockFile> lock_;
};

} // namespace ds

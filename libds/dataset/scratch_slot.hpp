// A folder in the user's cache that one command has for itself, and that the next one finds again.
#pragma once

#include "os/file.hpp"

#include <optional>
#include <string>

namespace ds {

/// <cache>/<kind>/<n> with the lowest n that nobody else works in. What a killed command left there stays for whoever
/// comes next.
class ScratchSlot {
  public:
    /// @throws Error when the cache folder cannot be written
    explicit ScratchSlot(const std::string& kind);
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

  private:
    std::string path_;
    std::optional<LockFile> lock_;
};

} // namespace ds

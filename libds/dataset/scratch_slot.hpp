// A folder in the user's cache that one command has for itself, and that the same command finds again.
#pragma once

#include "os/file.hpp"

#include <optional>
#include <string>

namespace ds {

/// <cache>/<kind>/<hash of purpose>-<n> with the lowest n that nobody else works in. What a killed command left there stays for
/// whoever comes next with the same purpose, and for nobody else: for a month. Empty folders go with the command.
class ScratchSlot {
  public:
    /// @param purpose what the command does; any text
    /// @throws Error when the cache folder cannot be written
    ScratchSlot(const std::string& kind, const std::string& purpose);
    ~ScratchSlot();
    ScratchSlot(const ScratchSlot&) = delete;
    ScratchSlot& operator=(const ScratchSlot&) = delete;
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

  private:
    [[nodiscard]] bool enter(const std::string& path);

    std::string path_;
    std::optional<LockFile> lock_;
};

} // namespace ds

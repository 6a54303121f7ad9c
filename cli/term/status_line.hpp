// The last line of the terminal behind stderr: progress is drawn there, and whatever else is printed
// first takes it away. One object for the process, so that messages and bars never mix.
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>

namespace ds::cli {

/// Thread-safe. Never throws: stderr that cannot be written to is nobody's business.
class StatusLine {
  public:
    explicit StatusLine(int fd) : fd_(fd) {}
    /// Draws `text` over what stands there. (Carriage return and blanks, no escape codes: notebooks too.)
    void show(std::string_view text) noexcept;
    /// Takes the line away.
    void clear() noexcept;
    /// Takes the line away and writes whole lines; the bar comes back with its next redraw.
    void print(std::string_view lines) noexcept;

  private:
    void erase() noexcept;
    int fd_;
    std::mutex mutex_;
    std::size_t shown_ = 0; ///< columns that are in use
};

/// Writes everything, retrying after interruptions. False when that is not possible.
bool write_all(int fd, std::string_view bytes) noexcept;

} // namespace ds::cli

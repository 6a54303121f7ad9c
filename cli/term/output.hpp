// stdout: buffered, and every write checked, because data that did not arrive is a failure. A reader
// that went away (`dsctl log | head`) is none: it ends the command quietly.
#pragma once

#include "term/status_line.hpp"

#include <exception>
#include <string>
#include <string_view>

namespace ds::cli {

/// Thrown by Output when nobody reads any more.
class BrokenPipe : public std::exception {
  public:
    [[nodiscard]] const char* what() const noexcept override { return "nobody reads the output"; }
};

/// Not thread-safe.
class Output {
  public:
    /// @param status_line taken away before something is written to the same terminal; may be null
    Output(int fd, StatusLine* status_line) : fd_(fd), status_line_(status_line) {}
    /// @throws BrokenPipe, Error(failure)
    void write(std::string_view bytes);
    void line(std::string_view text) {
        write(text);
        write("\n");
    }
    /// @throws BrokenPipe, Error(failure)
    void flush();
    /// Flushes and closes, so that errors the kernel kept back are seen. @throws BrokenPipe, Error(failure)
    void finish();
    /// Where it goes from now on (a pager). The caller flushed.
    void redirect(int fd) noexcept { fd_ = fd; }
    /// Forgets what was not written.
    void discard() noexcept { buffer_.clear(); }

  private:
    int fd_;
    StatusLine* status_line_;
    std::string buffer_;
};

} // namespace ds::cli

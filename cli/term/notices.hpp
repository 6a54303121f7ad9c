// What goes to stderr beside progress: warnings, what was done, hints, errors.
#pragma once

#include "base/context.hpp"
#include "term/status_line.hpp"
#include "term/terminal.hpp"

#include <string_view>

namespace ds::cli {

/// Thread-safe. Texts are expected to be printable already (names through printable()); what is not is
/// escaped here once more, because a terminal obeys whatever reaches it.
class Notices final : public Log {
  public:
    Notices(StatusLine& line, Style style, bool quiet, bool tracing)
        : line_(line), style_(style), quiet_(quiet), tracing_(tracing) {}
    void warn(std::string_view message) override;
    /// Nothing with --quiet.
    void info(std::string_view message) override;
    void trace(std::string_view message) override;
    /// A way on; nothing with --quiet.
    void hint(std::string_view message);
    /// An error and its hint (may be empty).
    void error(std::string_view message, std::string_view hint);

  private:
    StatusLine& line_;
    Style style_;
    bool quiet_;
    bool tracing_;
};

} // namespace ds::cli

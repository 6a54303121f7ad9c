// Programs of the user's choice that dsctl runs: the pager and the editor. (Nothing else is ever run.)
#pragma once

#include "os/fd.hpp"
#include "term/output.hpp"
#include "term/signals.hpp"

#include <string>
#include <sys/types.h>

namespace ds::cli {

/// Sends stdout through a pager until finish(). Not thread-safe.
class Pager {
  public:
    explicit Pager(Signals& signals) : signals_(signals) {}
    ~Pager();
    Pager(const Pager&) = delete;
    Pager& operator=(const Pager&) = delete;
    /// DSCTL_PAGER > PAGER > less -FRX; nothing happens when it is empty, "cat", or not there.
    void start(Output& out);
    /// Ends its input and waits for it. `out` was flushed.
    void finish(Output& out);

  private:
    Signals& signals_;
    pid_t pid_ = -1;
    Fd input_;
};

/// Lets the user edit a file where it is, in VISUAL > EDITOR > vi.
/// @param otherwise how to do it without an editor, for the error's hint. @throws Error(failure) when it fails
void edit_file(Signals& signals, const std::string& path, const std::string& otherwise);

/// Lets the user edit a text in VISUAL > EDITOR > vi. Gives the text as saved, lines that begin with '#' left
/// out.
/// @throws Error(failure) when the editor fails
[[nodiscard]] std::string edit_text(Signals& signals, const std::string& initial);

} // namespace ds::cli

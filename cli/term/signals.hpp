// Ctrl-C and SIGTERM become a stop request; SIGPIPE becomes an error of write().
//
// A thread takes the signals from a signalfd, so nothing runs in a signal handler. The first one asks
// the library to stop; the second, or a second without an answer, ends the process at once: every state on
// disk is made to survive that.
#pragma once

#include "os/fd.hpp"

#include <atomic>
#include <stop_token>
#include <thread>

namespace ds::cli {

/// Made once in main(), before any other thread (they inherit the mask).
class Signals {
  public:
    Signals();
    ~Signals();
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

    [[nodiscard]] std::stop_token token() const { return source_.get_token(); }
    [[nodiscard]] bool stopped() const { return source_.stop_requested(); }

    /// What signals mean while a child has the terminal.
    enum class Mode {
        normal,
        wait,  ///< a pager runs: stop, but wait for it as long as it takes
        ignore ///< an editor runs: Ctrl-C is its own
    };
    void set_mode(Mode mode) { mode_ = mode; }

  private:
    void run();
    std::stop_source source_;
    std::atomic<Mode> mode_{Mode::normal};
    Fd signals_;
    Fd quit_;
    std::thread thread_;
};

} // namespace ds::cli

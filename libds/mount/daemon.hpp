// Going on in the background: the program starts itself again, detached, and the first process waits until
// the second says that it is ready. No fork of a process that has threads, and errors reach the terminal and
// the exit code as if nothing had been detached.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

namespace ds {

struct DaemonStart {
    int exit_code = 0; ///< of the second process, if it ended before it was ready
    bool ready = false;
    std::string message; ///< what it gave to daemon_ready()
};

/// Runs this program with `arguments` in a session of its own, without input and output but with this stderr,
/// and waits. @throws Interrupted after a stop (the second process is ended then), Error
[[nodiscard]] DaemonStart start_daemon(const std::vector<std::string>& arguments,
                                       const std::stop_token& stop);

/// Whether this process was started by start_daemon().
[[nodiscard]] bool is_daemon();
/// Tells the process that waits, once, and moves stderr to the end of `log_path`, which is begun anew when it
/// has grown large; "/dev/null" if it cannot be written.
void daemon_ready(const std::string& message, const std::string& log_path);

} // namespace ds

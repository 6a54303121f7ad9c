#include "term/signals.hpp"

#include "term/status_line.hpp"

#include <csignal>
#include <cstdint>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace ds::cli {

namespace {

constexpr int exit_interrupted = 130;
/// "Ctrl-C stops within a second."
constexpr int patience_ms = 900;

} // namespace

Signals::Signals() {
    std::signal(SIGPIPE, SIG_IGN);
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        // A parent that ignores a signal (nohup) wants it ignored here as well.
        struct sigaction old {};
        if (sigaction(number, nullptr, &old) == 0 && old.sa_handler != SIG_IGN) {
            sigaddset(&set, number);
        }
    }
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    signals_ = Fd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    quit_ = Fd(eventfd(0, EFD_CLOEXEC));
    thread_ = std::thread([this] { run(); });
}

Signals::~Signals() {
    const std::uint64_t one = 1;
    write_all(quit_.get(), {reinterpret_cast<const char*>(&one), sizeof one});
    thread_.join();
}

void Signals::run() {
    bool stopping = false;
    while (true) {
        pollfd fds[2] = {{signals_.get(), POLLIN, 0}, {quit_.get(), POLLIN, 0}};
        const int ready = poll(fds, 2, stopping && mode_ == Mode::normal ? patience_ms : -1);
        if (ready < 0) {
            continue;
        }
        if ((fds[1].revents & POLLIN) != 0) {
            return;
        }
        if (ready > 0) {
            signalfd_siginfo info{};
            if (read(signals_.get(), &info, sizeof info) != sizeof info || mode_ == Mode::ignore) {
                continue;
            }
            if (!stopping || mode_ == Mode::wait) {
                stopping = true;
                source_.request_stop();
                continue;
            }
        }
        if (mode_ == Mode::normal) {
            write_all(STDERR_FILENO, "\n");
            _exit(exit_interrupted);
        }
    }
}

} // namespace ds::cli

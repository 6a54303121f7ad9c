// Detaching by starting anew.
#include "mount/daemon.hpp"

#include "base/error.hpp"
#include "base/path.hpp"
#include "os/file.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ds {

namespace {

constexpr const char* ready_variable = "DSCTL_READY_FD";
constexpr int poll_ms = 50;
constexpr std::size_t max_message = 64u << 10;
constexpr off_t max_log_bytes = 1 << 20;

std::optional<int> ready_fd() {
    const auto text = env(ready_variable);
    if (!text) {
        return std::nullopt;
    }
    const int fd = std::atoi(text->c_str());
    return fd > 2 && ::fcntl(fd, F_GETFD) >= 0 ? std::optional(fd) : std::nullopt;
}

int wait_for(pid_t pid) {
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return exit_code(ErrorKind::failure);
        }
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : exit_code(ErrorKind::failure);
}

/// Between fork and exec only calls that are safe there; the pipe stays open across exec.
[[noreturn]] void become(const char* program, char* const* argv, char* const* environment, int pipe) {
    ::setsid();
    const int null = ::open("/dev/null", O_RDWR);
    if (null >= 0) {
        ::dup2(null, STDIN_FILENO);
        ::dup2(null, STDOUT_FILENO);
    }
    ::fcntl(pipe, F_SETFD, 0);
    ::execve(program, argv, environment);
    ::_exit(exit_code(ErrorKind::failure));
}

} // namespace

DaemonStart start_daemon(const std::vector<std::string>& arguments, const std::stop_token& stop) {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        throw_errno("cannot make a pipe", "");
    }
    const Fd in(ends[0]);
    Fd out(ends[1]);

    // A path, not /proc/self/exe itself: tools shall show the program's name.
    const std::string program = read_link("/proc/self/exe");
    std::vector<std::string> words{"dsctl"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<std::string> variables;
    for (char** at = environ; *at != nullptr; ++at) {
        variables.emplace_back(*at);
    }
    variables.push_back(fmt::format("{}={}", ready_variable, out.get()));
    const auto pointers = [](std::vector<std::string>& strings) {
        std::vector<char*> result;
        result.reserve(strings.size() + 1);
        for (auto& text : strings) {
            result.push_back(text.data());
        }
        result.push_back(nullptr);
        return result;
    };
    const auto argv = pointers(words);
    const auto environment = pointers(variables);

    const pid_t pid = ::fork();
    if (pid < 0) {
        throw_errno("cannot start", program);
    }
    if (pid == 0) {
        become(program.c_str(), argv.data(), environment.data(), out.get());
    }
    out.reset();

    DaemonStart result;
    for (;;) {
        pollfd waiting{in.get(), POLLIN, 0};
        if (::poll(&waiting, 1, poll_ms) > 0) {
            char buffer[4096];
            const ssize_t n = ::read(in.get(), buffer, sizeof buffer);
            if (n > 0 && result.message.size() < max_message) {
                result.message.append(buffer, static_cast<std::size_t>(n));
                continue;
            }
            break;
        }
        if (stop.stop_requested()) {
            ::kill(pid, SIGTERM);
            (void)wait_for(pid);
            throw Interrupted();
        }
    }
    result.ready = result.message.ends_with('\n');
    if (result.ready) {
        result.message.pop_back();
    } else {
        result.exit_code = wait_for(pid);
    }
    return result;
}

bool is_daemon() {
    return ready_fd().has_value();
}

void daemon_ready(const std::string& message, const std::string& log_path) {
    const auto pipe = ready_fd();
    if (!pipe) {
        return;
    }
    ::unsetenv(ready_variable);
    const Fd owned(*pipe);
    Fd log;
    try {
        make_dirs(log_path.substr(0, log_path.rfind('/')), 0700);
        const auto stat = try_lstat(log_path);
        const int anew = stat && stat->st_size > max_log_bytes ? O_TRUNC : 0;
        log = open_file(log_path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | anew, 0600);
    } catch (const Error&) {
        log = open_file("/dev/null", O_WRONLY);
    }
    ::dup2(log.get(), STDERR_FILENO);
    (void)::chdir("/");
    write_full(owned.get(), message + "\n", "the process that waits");
}

} // namespace ds

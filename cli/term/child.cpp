#include "term/child.hpp"

#include "os/file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

extern char** environ; // NOLINT: POSIX says so

namespace ds::cli {

namespace {

bool in_path(const std::string& program) {
    std::string_view path;
    const auto value = env("PATH").value_or("/usr/bin:/bin");
    path = value;
    while (true) {
        const auto colon = path.find(':');
        const auto folder = std::string(path.substr(0, colon));
        if (access((folder + "/" + program).c_str(), X_OK) == 0) {
            return true;
        }
        if (colon == std::string_view::npos) {
            return false;
        }
        path.remove_prefix(colon + 1);
    }
}

/// Starts `sh -c command "$@"` with default signals; `input` becomes its stdin if >= 0. Returns -1 on
/// failure.
pid_t spawn_shell(const std::string& command, const std::vector<std::string>& arguments, int input,
                  const std::vector<std::string>& more_environment) {
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigset_t defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) {
        sigaddset(&defaults, number);
    }
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    if (input >= 0) {
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    }

    std::vector<std::string> words = {"sh", "-c", command, "sh"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (auto& word : words) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    auto variables = more_environment;
    std::vector<char*> envp;
    envp.reserve(variables.size() + 1);
    for (auto& variable : variables) {
        envp.push_back(variable.data());
    }
    for (char** variable = environ; *variable != nullptr; ++variable) {
        envp.push_back(*variable);
    }
    envp.push_back(nullptr);

    pid_t pid = -1;
    const int failed = posix_spawn(&pid, "/bin/sh", &actions, &attributes, argv.data(), envp.data());
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return failed == 0 ? pid : -1;
}

int wait_for(pid_t pid) {
    int status = 0;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return -1;
        }
    }
    return status;
}

/// A pager that is not there has read nothing yet, and shall not swallow it.
constexpr const char* or_cat = "\ncase $? in 126|127) exec cat ;; esac";

} // namespace

void Pager::start(Output& out) {
    auto command = env("DSCTL_PAGER");
    if (!command) {
        command = env("PAGER");
    }
    if (!command) {
        if (!in_path("less")) {
            return;
        }
        command = "less -FRX";
    }
    if (pid_ > 0 || command->empty() || *command == "cat") {
        return;
    }
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return;
    }
    const Fd reading(ends[0]);
    input_ = Fd(ends[1]);
    out.flush();
    // As git does: a `PAGER=less` without options still shows colours and leaves short output on the screen.
    const auto pid =
        spawn_shell(*command + or_cat, {}, reading.get(),
                    env("LESS") ? std::vector<std::string>{} : std::vector<std::string>{"LESS=FRX"});
    if (pid < 0) {
        input_.reset();
        return;
    }
    pid_ = pid;
    signals_.set_mode(Signals::Mode::wait);
    out.redirect(input_.get());
}

void Pager::finish(Output& out) {
    if (pid_ < 0) {
        return;
    }
    out.redirect(STDOUT_FILENO);
    input_.reset();
    wait_for(pid_);
    pid_ = -1;
    signals_.set_mode(Signals::Mode::normal);
}

Pager::~Pager() {
    if (pid_ > 0) {
        input_.reset();
        wait_for(pid_);
    }
}

void edit_file(Signals& signals, const std::string& path, const std::string& otherwise) {
    const auto editor = env("VISUAL").value_or(env("EDITOR").value_or("vi"));
    signals.set_mode(Signals::Mode::ignore);
    const auto pid = spawn_shell(editor + " \"$@\"", {path}, -1, {});
    const int status = pid > 0 ? wait_for(pid) : -1;
    signals.set_mode(Signals::Mode::normal);
    if (status != 0) {
        throw Error(ErrorKind::failure, fmt::format("the editor '{}' failed", editor), otherwise);
    }
}

std::string edit_text(Signals& signals, const std::string& initial) {
    const auto editor = env("VISUAL").value_or(env("EDITOR").value_or("vi"));
    std::string path = env("TMPDIR").value_or("/tmp") + "/dsctl-message-XXXXXX";
    const Fd file(mkostemp(path.data(), O_CLOEXEC));
    if (!file.valid() || !write_all(file.get(), initial)) {
        throw Error(ErrorKind::failure, fmt::format("cannot write '{}': {}", path, std::strerror(errno)));
    }
    signals.set_mode(Signals::Mode::ignore);
    const auto pid = spawn_shell(editor + " \"$@\"", {path}, -1, {});
    const int status = pid > 0 ? wait_for(pid) : -1;
    signals.set_mode(Signals::Mode::normal);
    std::string text;
    if (status == 0) {
        const auto saved = MappedFile::open(path); // opened by name: editors save by renaming
        text = saved.view();
    }
    unlink(path.c_str());
    if (status != 0) {
        throw Error(ErrorKind::failure, fmt::format("the editor '{}' failed; nothing was changed", editor),
                    "set EDITOR, or give the text with -m");
    }
    std::string kept;
    for (std::size_t begin = 0; begin < text.size();) {
        auto end = text.find('\n', begin);
        end = end == std::string::npos ? text.size() : end + 1;
        if (text[begin] != '#') {
            kept.append(text, begin, end - begin);
        }
        begin = end;
    }
    return kept;
}

} // namespace ds::cli

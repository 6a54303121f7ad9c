#include "http/credentials/process.hpp"

#include "codec/json.hpp"
#include "http/credentials/parse_time.hpp"
#include "os/fd.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ds {

namespace {

constexpr std::size_t max_output = 64u << 10;
constexpr std::chrono::seconds max_duration{60};

[[noreturn]] void refuse(const std::string& source, const std::string& why) {
    throw Error(ErrorKind::auth, source + ' ' + why, "dsctl help credentials");
}

/// A child that ends with this object: killed if it still runs.
class Child {
  public:
    Child(std::vector<std::string> words, const std::string& source) {
        std::array<int, 2> ends{};
        if (pipe2(ends.data(), O_CLOEXEC) != 0) {
            throw_errno("cannot run", words[0]);
        }
        output_ = Fd(ends[0]);
        const Fd write_end(ends[1]);
        std::vector<char*> argv;
        argv.reserve(words.size() + 1);
        for (std::string& word : words) {
            argv.push_back(word.data());
        }
        argv.push_back(nullptr);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_adddup2(&actions, write_end.get(), STDOUT_FILENO);
        // Signals that this process blocks or ignores are not to be blocked or ignored there.
        posix_spawnattr_t attributes;
        posix_spawnattr_init(&attributes);
        sigset_t signals;
        sigemptyset(&signals);
        posix_spawnattr_setsigmask(&attributes, &signals);
        sigfillset(&signals);
        posix_spawnattr_setsigdefault(&attributes, &signals);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        const int failed = posix_spawnp(&pid_, argv[0], &actions, &attributes, argv.data(), environ);
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
        if (failed != 0) {
            pid_ = -1;
            throw Error(ErrorKind::auth, os_error(source + ": cannot run", words[0], failed).message(),
                        "dsctl help credentials");
        }
    }
    ~Child() {
        if (pid_ > 0) {
            kill(pid_, SIGKILL);
            static_cast<void>(wait());
        }
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    [[nodiscard]] int output() const noexcept { return output_.get(); }
    /// Its wait status.
    int wait() noexcept {
        int status = 0;
        while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
        pid_ = -1;
        return status;
    }

  private:
    pid_t pid_ = -1;
    Fd output_;
};

std::string output_of(Child& child, const std::string& source) {
    const auto end = std::chrono::steady_clock::now() + max_duration;
    std::string out;
    for (;;) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now())
                .count();
        pollfd readable{child.output(), POLLIN, 0};
        const int ready = left > 0 ? poll(&readable, 1, static_cast<int>(left)) : 0;
        if (ready == 0) {
            refuse(source, "took longer than a minute");
        }
        std::array<char, 4096> chunk{};
        const ssize_t n = ready > 0 ? read(child.output(), chunk.data(), chunk.size()) : -1;
        if (n < 0 && errno != EINTR) {
            refuse(source, "cannot be read");
        }
        if (n == 0) {
            return out;
        }
        out.append(chunk.data(), n < 0 ? 0 : static_cast<std::size_t>(n));
        explicit_bzero(chunk.data(), chunk.size());
        if (out.size() > max_output) {
            refuse(source, "printed more than 64 KiB");
        }
    }
}

Credentials parse_output(const std::string& text, const std::string& source) {
    try {
        const Json json = Json::parse(text, source);
        if (json.at("Version").u64() != 1) {
            refuse(source, "printed an unknown Version");
        }
        Credentials out;
        out.access_key_id = json.at("AccessKeyId").str();
        out.secret_access_key = Secret(json.at("SecretAccessKey").str());
        if (const Json* token = json.find("SessionToken"); token != nullptr && !token->is_null()) {
            out.session_token = Secret(token->str());
        }
        if (const Json* expires = json.find("Expiration"); expires != nullptr && !expires->is_null()) {
            out.expires = parse_expiration(expires->str());
            if (!out.expires) {
                refuse(source, "printed an Expiration that is no time");
            }
        }
        out.source = source;
        return out;
    } catch (const CorruptObject&) { // its message could quote what was printed
        refuse(source, "did not print the JSON of credentials (Version 1, AccessKeyId, SecretAccessKey)");
    }
}

} // namespace

std::vector<std::string> split_words(const std::string& command) {
    std::vector<std::string> words;
    bool within = false;
    char quote = 0;
    for (std::size_t i = 0; i < command.size(); ++i) {
        const char c = command[i];
        if (quote == 0 && (c == ' ' || c == '\t')) {
            within = false;
            continue;
        }
        if (!within) {
            words.emplace_back();
            within = true;
        }
        if (c == '\\' && quote != '\'' && i + 1 < command.size()) {
            words.back() += command[++i];
        } else if (c == quote) {
            quote = 0;
        } else if (quote == 0 && (c == '\'' || c == '"')) {
            quote = c;
        } else {
            words.back() += c;
        }
    }
    if (quote != 0) {
        throw Error(ErrorKind::auth, "credential_process has a quote that does not end");
    }
    return words;
}

Credentials credentials_from_process(const std::string& command, const std::string& source) {
    std::vector<std::string> words = split_words(command);
    if (words.empty()) {
        refuse(source, "is empty");
    }
    Child child(std::move(words), source);
    std::string text = output_of(child, source);
    const int status = child.wait();
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        explicit_bzero(text.data(), text.size());
        refuse(source, WIFEXITED(status) ? "failed with exit code " + std::to_string(WEXITSTATUS(status))
                                         : "was killed by signal " + std::to_string(WTERMSIG(status)));
    }
    Credentials out = parse_output(text, source);
    explicit_bzero(text.data(), text.size());
    return out;
}

} // namespace ds

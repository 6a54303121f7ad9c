// The mount table, and unmounting.
#include "mount/mount_table.hpp"

#include "base/error.hpp"
#include "base/path.hpp"
#include "os/file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ds {

namespace {

constexpr std::uint64_t max_table_bytes = 64u << 20;

/// The kernel writes space, tab, newline and backslash as \ooo.
std::string unescape(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto digit = [&](std::size_t k) { return text[i + k] >= '0' && text[i + k] <= '7'; };
        if (text[i] == '\\' && i + 3 < text.size() && digit(1) && digit(2) && digit(3)) {
            out +=
                static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
            i += 3;
        } else {
            out += text[i];
        }
    }
    return out;
}

std::vector<std::string_view> fields(std::string_view line) {
    std::vector<std::string_view> out;
    while (!line.empty()) {
        const auto end = std::min(line.find(' '), line.size());
        out.push_back(line.substr(0, end));
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return out;
}

/// Runs a program without its output; its exit code, or -1.
int run_quietly(std::vector<std::string> words) {
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (auto& word : words) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t pid = -1;
    const int error = posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    int status = 0;
    if (error != 0) {
        return -1;
    }
    while (::waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return -1;
        }
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

} // namespace

std::vector<MountEntry> parse_mount_table(std::string_view text) {
    std::vector<MountEntry> out;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto words = fields(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        // id parent device root TARGET options optional… - KIND SOURCE options
        std::size_t dash = 6;
        while (dash < words.size() && words[dash] != "-") {
            ++dash;
        }
        if (dash + 2 < words.size()) {
            out.push_back({unescape(words[4]), unescape(words[dash + 1]), unescape(words[dash + 2])});
        }
    }
    return out;
}

std::optional<MountEntry> mounted_at(const std::string& target) {
    const auto table = parse_mount_table(read_file("/proc/self/mountinfo", max_table_bytes));
    for (auto at = table.rbegin(); at != table.rend(); ++at) {
        if (at->target == target) {
            return *at;
        }
    }
    return std::nullopt;
}

std::string mount_path(const std::string& path) {
    auto full = absolute_path(path);
    while (full.size() > 1 && full.ends_with('/')) {
        full.pop_back();
    }
    const auto name = base_name(full);
    const auto folder = full.substr(0, full.size() - name.size());
    if (name.empty() || !path_exists(folder)) {
        return full;
    }
    const auto real = real_path(folder);
    auto direct = (real == "/" ? "" : real) + "/" + std::string(name);
    struct stat st {};
    if (::lstat(direct.c_str(), &st) == 0 && S_ISLNK(st.st_mode) && ::stat(direct.c_str(), &st) == 0) {
        return real_path(direct);
    }
    return direct;
}

bool is_dead_mount(const std::string& target) {
    struct stat st {};
    return ::stat(target.c_str(), &st) != 0 && (errno == ENOTCONN || errno == ECONNABORTED);
}

void unmount_path(const std::string& target, Detach how) {
    const bool lazily = how == Detach::at_once;
    if (::umount2(target.c_str(), UMOUNT_NOFOLLOW | (lazily ? MNT_DETACH : 0)) == 0) {
        return;
    }
    int reason = errno;
    if (reason == EPERM) {
        std::vector<std::string> words{"fusermount3", "-u", "-q"};
        if (lazily) {
            words.emplace_back("-z");
        }
        words.emplace_back("--");
        words.push_back(target);
        if (run_quietly(words) == 0) {
            return;
        }
        const auto still = mounted_at(target);
        if (!still) {
            return;
        }
        constexpr const char* table = "/etc/mtab"; // fusermount3 looks there for whose mount it is
        if (!path_exists(table)) {
            throw Error(ErrorKind::failure,
                        fmt::format("cannot unmount '{}': fusermount3 needs {}, which is missing here",
                                    printable(target), table),
                        fmt::format("as root: umount {}, or once: ln -s ../proc/self/mounts {}",
                                    printable(target), table));
        }
        reason = lazily ? EPERM : EBUSY;
    }
    if (reason == EBUSY) {
        throw Error(ErrorKind::locked, fmt::format("'{}' is in use", printable(target)),
                    fmt::format("leave the folder and close its files; this names who uses it: fuser -vm {}",
                                printable(target)));
    }
    throw os_error("cannot unmount", target, reason);
}

} // namespace ds

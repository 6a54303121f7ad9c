// Descriptors and plain I/O over the system calls; interrupted calls are repeated.
#include "os/fd.hpp"

#include "base/path.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/core.h>
#include <system_error>
#include <unistd.h>

namespace ds {

namespace {

/// Kernels move at most this much per call; asking for less keeps the count in range everywhere.
constexpr std::size_t max_io = 1u << 30;

/// "No such file or directory" → "no such file or directory"; "Is a directory" likewise.
std::string reason_of(int error_number) {
    if (error_number == EACCES || error_number == EPERM) {
        return "permission denied";
    }
    std::string text = std::generic_category().message(error_number);
    // An acronym ("RPC …", "I/O …") keeps its capitals.
    if (text.size() > 1 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'a' && text[1] <= 'z') {
        text[0] = static_cast<char>(text[0] - 'A' + 'a');
    }
    return text;
}

std::optional<struct stat> stat_at(const std::string& path, int flags, std::string_view action) {
    struct stat st {};
    if (::fstatat(AT_FDCWD, path.c_str(), &st, flags) == 0) {
        return st;
    }
    if (errno == ENOENT || errno == ENOTDIR) {
        return std::nullopt;
    }
    throw_errno(action, path);
}

ByteString read_all(int fd, const std::string& path, std::uint64_t max) {
    struct stat st {};
    if (::fstat(fd, &st) != 0) {
        throw_errno("cannot stat", path);
    }
    // The size is a hint only (files in /proc say 0, others may grow); one more byte finds the end.
    const std::uint64_t hint = S_ISREG(st.st_mode) ? static_cast<std::uint64_t>(st.st_size) : 0;
    ByteString out;
    for (std::size_t n = 0;;) {
        const std::uint64_t room = n == 0 ? std::min(hint, max) + 1 : std::max<std::uint64_t>(n, 4096);
        out.resize(n + static_cast<std::size_t>(room));
        const std::size_t got = read_full(fd, out.data() + n, out.size() - n, path);
        n += got;
        if (n > max) {
            throw CorruptObject(fmt::format("'{}' is larger than {} bytes", printable(path), max));
        }
        if (n < out.size()) {
            out.resize(n);
            return out;
        }
    }
}

} // namespace

void Fd::reset() noexcept {
    if (fd_ >= 0) {
        ::close(std::exchange(fd_, -1));
    }
}

void Fd::close_checked(std::string_view path) {
    // After EINTR the descriptor is gone on Linux; closing again could hit somebody else's.
    if (fd_ >= 0 && ::close(std::exchange(fd_, -1)) != 0 && errno != EINTR) {
        throw_errno("cannot close", path);
    }
}

Error os_error(std::string_view action, std::string_view path, int error_number) {
    ErrorKind kind = ErrorKind::failure;
    std::string hint;
    switch (error_number) {
    case ENOENT:
        kind = ErrorKind::not_found;
        break;
    case ENOSPC:
        hint = "free some space on this file system and run the same command again";
        break;
    case EDQUOT:
        hint = "your disk quota is used up; free some space and run the same command again";
        break;
    case ENOTDIR:
        hint = "a file stands where a folder should be: name another path, or move the file away";
        break;
    case EACCES:
        hint = fmt::format("ls -ld '{}' shows who may", printable(path));
        break;
    case EROFS:
        hint = "this file system is mounted read-only; name a path on another one";
        break;
    case EMFILE:
        hint = "raise the limit of open files (ulimit -n)";
        break;
    default:
        break;
    }
    return {kind, fmt::format("{} '{}': {}", action, printable(path), reason_of(error_number)),
            std::move(hint)};
}

void throw_errno(std::string_view action, std::string_view path) {
    throw os_error(action, path, errno);
}

Fd open_file(const std::string& path, int flags, mode_t mode) {
    for (;;) {
        const int fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
        if (fd >= 0) {
            return Fd(fd);
        }
        if (errno != EINTR) {
            throw_errno((flags & O_CREAT) != 0 ? "cannot create" : "cannot open", path);
        }
    }
}

Fd open_read(const std::string& path) {
    return open_file(path, O_RDONLY | O_NOCTTY);
}

std::optional<Fd> try_open_read(const std::string& path) {
    for (;;) {
        const int fd = ::open(path.c_str(), O_RDONLY | O_NOCTTY | O_CLOEXEC);
        if (fd >= 0) {
            return Fd(fd);
        }
        if (errno == ENOENT || errno == ENOTDIR) {
            return std::nullopt;
        }
        if (errno != EINTR) {
            throw_errno("cannot open", path);
        }
    }
}

std::size_t read_full(int fd, char* buffer, std::size_t n, std::string_view path) {
    std::size_t done = 0;
    while (done < n) {
        const ssize_t got = ::read(fd, buffer + done, std::min(n - done, max_io));
        if (got < 0) {
            if (errno == EINTR) {
                continue;
            }
            throw_errno("cannot read", path);
        }
        if (got == 0) {
            break;
        }
        done += static_cast<std::size_t>(got);
    }
    return done;
}

std::size_t pread_full(int fd, char* buffer, std::size_t n, std::uint64_t offset, std::string_view path) {
    std::size_t done = 0;
    while (done < n) {
        const ssize_t got =
            ::pread(fd, buffer + done, std::min(n - done, max_io), static_cast<off_t>(offset + done));
        if (got < 0) {
            if (errno == EINTR) {
                continue;
            }
            throw_errno("cannot read", path);
        }
        if (got == 0) {
            break;
        }
        done += static_cast<std::size_t>(got);
    }
    return done;
}

void write_full(int fd, ByteView data, std::string_view path) {
    while (!data.empty()) {
        const ssize_t put = ::write(fd, data.data(), std::min(data.size(), max_io));
        if (put < 0) {
            if (errno == EINTR) {
                continue;
            }
            throw_errno("cannot write", path);
        }
        data.remove_prefix(static_cast<std::size_t>(put));
    }
}

void cut_to(int fd, std::uint64_t size, std::string_view path) {
    const auto end = static_cast<off_t>(size);
    if (::ftruncate(fd, end) != 0 || ::lseek(fd, end, SEEK_SET) < 0) {
        throw_errno("cannot write", path);
    }
}

void pwrite_full(int fd, ByteView data, std::uint64_t offset, std::string_view path) {
    while (!data.empty()) {
        const ssize_t put =
            ::pwrite(fd, data.data(), std::min(data.size(), max_io), static_cast<off_t>(offset));
        if (put < 0) {
            if (errno == EINTR) {
                continue;
            }
            throw_errno("cannot write", path);
        }
        offset += static_cast<std::uint64_t>(put);
        data.remove_prefix(static_cast<std::size_t>(put));
    }
}

void sync_fd(int fd, std::string_view path) {
    while (::fsync(fd) != 0) {
        if (errno != EINTR) { // a failed fsync may drop the dirty pages: trying again would lie
            throw_errno("cannot sync", path);
        }
    }
}

void sync_dir(const std::string& path) {
    const Fd dir = open_file(path.empty() ? "." : path, O_RDONLY | O_DIRECTORY);
    sync_fd(dir.get(), path);
}

ByteString read_file(const std::string& path, std::uint64_t max) {
    const Fd fd = open_read(path);
    return read_all(fd.get(), path, max);
}

std::optional<ByteString> try_read_file(const std::string& path, std::uint64_t max) {
    const std::optional<Fd> fd = try_open_read(path);
    if (!fd) {
        return std::nullopt;
    }
    return read_all(fd->get(), path, max);
}

std::optional<struct stat> try_stat(const std::string& path) {
    return stat_at(path, 0, "cannot stat");
}

std::optional<struct stat> try_lstat(const std::string& path) {
    return stat_at(path, AT_SYMLINK_NOFOLLOW, "cannot stat");
}

bool path_exists(const std::string& path) {
    return try_lstat(path).has_value();
}

std::string read_link(const std::string& path) {
    std::string out(256, '\0');
    for (;;) {
        const ssize_t n = ::readlink(path.c_str(), out.data(), out.size());
        if (n < 0) {
            throw_errno("cannot read link", path);
        }
        if (static_cast<std::size_t>(n) < out.size()) {
            out.resize(static_cast<std::size_t>(n));
            return out;
        }
        out.resize(out.size() * 2); // it may have been cut
    }
}

} // namespace ds

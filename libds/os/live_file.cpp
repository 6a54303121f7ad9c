#include "os/live_file.hpp"

#include "base/path.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ds {

namespace {

constexpr std::size_t id_bytes = 12;
constexpr int most_tries = 100;

bool is_of(std::string_view name, std::string_view prefix) {
    return name.size() == prefix.size() + 2 * id_bytes && name.starts_with(prefix) &&
           std::all_of(name.begin() + static_cast<std::ptrdiff_t>(prefix.size()), name.end(),
                       [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// @returns false when somebody who searches for dead writers was faster
bool lock(int fd, const std::string& path) {
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    while (::fcntl(fd, F_OFD_SETLK, &whole) != 0) {
        if (errno == EAGAIN || errno == EACCES) {
            return false;
        }
        if (errno != EINTR) {
            return true; // a file system without locks: nobody can take it for a dead one's there
        }
    }
    struct stat mine {};
    const auto there = try_lstat(path);
    return there && ::fstat(fd, &mine) == 0 && mine.st_ino == there->st_ino && mine.st_dev == there->st_dev;
}

} // namespace

LiveFile::LiveFile(const std::string& folder, std::string_view prefix, mode_t mode) : folder_(folder) {
    for (int i = 0; i < most_tries; ++i) {
        path_ = fmt::format("{}/{}{}", folder_, prefix, random_hex(id_bytes));
        fd_ = open_file(path_, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
        if (lock(fd_.get(), path_)) {
            return;
        }
    }
    throw Error(ErrorKind::failure, fmt::format("files in '{}' vanish as they are made", printable(folder_)));
}

LiveFile::~LiveFile() {
    if (!done_) {
        ::unlink(path_.c_str());
    }
}

void LiveFile::install(const std::string& target) {
    sync_fd(fd_.get(), target);
    // The lock is held until the file has its name; what closing has to say comes from a second descriptor.
    Fd(::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0)).close_checked(target);
    if (::rename(path_.c_str(), target.c_str()) != 0) {
        throw_errno("cannot replace", target);
    }
    done_ = true;
    sync_dir(folder_);
}

void each_dead_file(const std::string& folder, std::string_view prefix,
                    const std::function<bool(const std::string&)>& visit) {
    if (!path_exists(folder)) {
        return;
    }
    for (const auto& name : list_dir(folder)) {
        const auto path = folder + "/" + name;
        const auto st = is_of(name, prefix) ? try_lstat(path) : std::nullopt;
        if (!st || !S_ISREG(st->st_mode)) {
            continue; // a fifo of this name would hang us
        }
        std::optional<LockFile> lock;
        try {
            lock = LockFile::try_existing(path);
        } catch (const Error&) {
            continue;
        }
        if (lock && lock->is_at(path) && visit(path)) {
            ::unlink(path.c_str());
        }
    }
}

} // namespace ds

// Opening files relative to a kept folder.
#include "store/file_reader.hpp"

#include "base/path.hpp"

#include <cerrno>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace ds {

namespace {

/// Opens a folder below `root` without following any link (openat2; plain openat where the kernel lacks it).
int open_folder(int root, const char* path) noexcept {
    constexpr int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
    open_how how{};
    how.flags = static_cast<decltype(how.flags)>(flags);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
    const long fd = syscall(SYS_openat2, root, path, &how, sizeof how);
    if (fd < 0 && errno == ENOSYS) {
        return openat(root, path, flags | O_NOFOLLOW);
    }
    return static_cast<int>(fd);
}

} // namespace

void FileReader::fail(std::string_view action, std::string_view path) const {
    throw_errno(action, shown_ + std::string(path));
}

FileReader::Place FileReader::place(std::string_view path) {
    const std::string_view folder = parent_path(path);
    name_ = base_name(path);
    if (folder.empty()) {
        return {root_fd_, name_.c_str()};
    }
    if (folder != folder_ || !folder_fd_) {
        folder_fd_ = Fd(open_folder(root_fd_, std::string(folder).c_str()));
        if (!folder_fd_) {
            fail("cannot open the folder of", path);
        }
        folder_ = folder;
    }
    return {folder_fd_.get(), name_.c_str()};
}

FileStat FileReader::stat(std::string_view path) {
    const Place at = place(path);
    struct stat st {};
    if (fstatat(at.fd, at.name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        fail("cannot read", path);
    }
    return to_file_stat(st);
}

Fd FileReader::open(std::string_view path, FileStat& stat) {
    const Place at = place(path);
    // O_NONBLOCK: a fifo put in the file's place must not hang us.
    constexpr int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    Fd fd(openat(at.fd, at.name, no_atime_ ? flags | O_NOATIME : flags));
    if (!fd && no_atime_ && errno == EPERM) {
        no_atime_ = false; // somebody else's file
        fd = Fd(openat(at.fd, at.name, flags));
    }
    if (!fd) {
        if (errno == ELOOP || errno == ENXIO) {
            throw FileChanged{};
        }
        fail("cannot read", path);
    }
    struct stat st {};
    if (fstat(fd.get(), &st) != 0) {
        fail("cannot read", path);
    }
    stat = to_file_stat(st);
    if (stat.kind != FileStat::Kind::regular) {
        throw FileChanged{};
    }
    return fd;
}

std::string FileReader::link_target(std::string_view path) {
    const Place at = place(path);
    std::string target(4097, '\0');
    const ssize_t n = readlinkat(at.fd, at.name, target.data(), target.size());
    if (n < 0) {
        if (errno == EINVAL) {
            throw FileChanged{};
        }
        fail("cannot read", path);
    }
    target.resize(static_cast<std::size_t>(n));
    return target;
}

} // namespace ds

// See beneath.hpp. System calls in here return -1 and errno until the public functions judge them.
#include "os/beneath.hpp"

#include "base/path.hpp"
#include "os/file.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/core.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace ds {

namespace {

/// The hint for what stands in the way.
std::string move_aside(const std::string& path) {
    return fmt::format("mv '{0}' '{0}.old'", printable(path));
}

std::string name_of(std::string_view path) {
    return std::string(base_name(path));
}

/// Whether errno says that the path does not exist as such (a link in it counts as absence).
bool is_absent(int error_number) noexcept {
    return error_number == ENOENT || error_number == ENOTDIR || error_number == ELOOP;
}

/// Paths are validated before they come here; this is the second lock on the door, because a last
/// component ".." would not pass through openat2 at all.
bool goes_up(std::string_view path) noexcept {
    for (std::size_t at = path.find(".."); at != std::string_view::npos; at = path.find("..", at + 1)) {
        if ((at == 0 || path[at - 1] == '/') && (at + 2 == path.size() || path[at + 2] == '/')) {
            return true;
        }
    }
    return false;
}

constexpr int folder_flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

} // namespace

BeneathDir::BeneathDir(const std::string& root, Resolution resolution)
    : root_(root), root_fd_(open_file(root, O_PATH | O_DIRECTORY)), resolution_(resolution),
      temp_prefix_(".dsctl-tmp-" + random_hex(10)) {}

void BeneathDir::name_temporaries(const std::string& prefix) {
    if (!temp_prefix_.starts_with(prefix)) {
        temp_prefix_ = prefix + random_hex(6); // other threads use the same prefix
    }
}

std::string BeneathDir::next_temp_name() {
    return fmt::format("{}-{}", temp_prefix_, temp_count_++);
}

std::string BeneathDir::full(std::string_view path) const {
    return fmt::format("{}/{}", root_, path);
}

Fd BeneathDir::open_folder(std::string_view path) {
    if (resolution_ == Resolution::kernel) {
        struct open_how how {};
        how.flags = folder_flags;
        how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
        const std::string name(path);
        for (unsigned tries = 0;;) {
            const long fd = ::syscall(SYS_openat2, root_fd_.get(), name.c_str(), &how, sizeof how);
            if (fd >= 0) {
                return Fd(static_cast<int>(fd));
            }
            // EAGAIN: something was renamed while the kernel looked.
            if (errno == EINTR || (errno == EAGAIN && ++tries < 100)) {
                continue;
            }
            break;
        }
        // A sandbox that does not know the call answers EPERM; if that is the folder's own, the
        // walk below meets it again.
        if (errno != ENOSYS && errno != EPERM) {
            return {};
        }
        resolution_ = Resolution::components;
    }
    Fd folder;
    for (std::string_view rest = path; !rest.empty();) {
        const std::string name(rest.substr(0, rest.find('/')));
        rest.remove_prefix(std::min(name.size() + 1, rest.size()));
        if (name.empty() || name == "." || name == "..") {
            errno = EINVAL;
            return {};
        }
        folder = Fd(::openat(folder ? folder.get() : root_fd_.get(), name.c_str(), folder_flags));
        if (!folder) {
            return {};
        }
    }
    return folder;
}

int BeneathDir::find_parent(std::string_view path) {
    if (goes_up(path)) {
        errno = EXDEV;
        return -1;
    }
    const std::string_view parent = parent_path(path);
    if (parent.empty()) {
        return root_fd_.get();
    }
    if (!cached_fd_ || cached_parent_ != parent) {
        Fd fd = open_folder(parent);
        if (!fd) {
            return -1;
        }
        cached_fd_ = std::move(fd);
        cached_parent_ = parent;
    }
    return cached_fd_.get();
}

int BeneathDir::parent_fd(std::string_view path) {
    const int fd = find_parent(path);
    if (fd < 0) {
        throw_errno("cannot open folder", full(parent_path(path)));
    }
    return fd;
}

template <class Call>
int BeneathDir::with_parent(std::string_view path, Call call) {
    const int parent = find_parent(path);
    if (parent < 0) {
        return -1;
    }
    const std::string name = name_of(path);
    const int result = call(parent, name.c_str());
    if (result >= 0 || errno != ENOENT || parent == root_fd_.get()) {
        return result;
    }
    struct stat st {};
    if (::fstat(parent, &st) != 0 || st.st_nlink != 0) {
        errno = ENOENT;
        return -1;
    }
    cached_fd_.reset();
    const int fresh = find_parent(path);
    return fresh < 0 ? -1 : call(fresh, name.c_str());
}

void BeneathDir::forget_below(std::string_view folder) noexcept {
    if (is_within(cached_parent_, folder)) {
        cached_fd_.reset();
    }
}

void BeneathDir::make_parents(std::string_view path, Obstacles obstacles) {
    const std::string_view parent = parent_path(path);
    if (find_parent(path) >= 0) {
        struct stat st {};
        if (parent.empty() || (::fstat(cached_fd_.get(), &st) == 0 && st.st_nlink != 0)) {
            return;
        }
        cached_fd_.reset(); // removed since it was opened
    } else if (!is_absent(errno)) {
        throw_errno("cannot open folder", full(parent));
    }
    Fd folder;
    for (std::size_t begin = 0; begin < parent.size();) {
        const std::size_t end = std::min(parent.find('/', begin), parent.size());
        const std::string name(parent.substr(begin, end - begin));
        const std::string_view so_far = parent.substr(0, end);
        const int above = folder ? folder.get() : root_fd_.get();
        begin = end + 1;
        if (name.empty() || name == ".") {
            throw os_error("cannot create folder", full(so_far), EINVAL);
        }
        Fd next(::openat(above, name.c_str(), folder_flags));
        if (!next && (errno == ENOTDIR || errno == ELOOP)) {
            if (obstacles == Obstacles::refuse) {
                throw Error(ErrorKind::failure,
                            fmt::format("cannot create folder '{}': a file or link is in the way",
                                        printable(full(so_far))),
                            move_aside(full(so_far)));
            }
            if (::unlinkat(above, name.c_str(), 0) != 0 && errno != ENOENT) {
                throw_errno("cannot remove", full(so_far));
            }
            errno = ENOENT;
        }
        if (!next && errno == ENOENT) {
            // Somebody else may be faster; then theirs is as good.
            if (::mkdirat(above, name.c_str(), 0777) != 0 && errno != EEXIST) {
                throw_errno("cannot create folder", full(so_far));
            }
            next = Fd(::openat(above, name.c_str(), folder_flags));
        }
        if (!next) {
            throw_errno("cannot open folder", full(so_far));
        }
        folder = std::move(next);
    }
    cached_fd_ = std::move(folder);
    cached_parent_ = parent;
}

void BeneathDir::make_dir(std::string_view path) {
    if (with_parent(path, [](int dir, const char* name) { return ::mkdirat(dir, name, 0777); }) == 0) {
        return;
    }
    const int why = errno;
    if (why != EEXIST) {
        throw os_error("cannot create folder", full(path), why);
    }
    if (lstat(path).kind != FileStat::Kind::directory) {
        throw Error(
            ErrorKind::failure,
            fmt::format("cannot create folder '{}': a file or link is in the way", printable(full(path))),
            move_aside(full(path)));
    }
}

Fd BeneathDir::create_temp(std::string_view path, std::string& temp_name, bool executable) {
    temp_name = next_temp_name();
    Fd fd(with_parent(path, [&](int dir, const char*) {
        return ::openat(dir, temp_name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                        executable ? 0777 : 0666);
    }));
    if (!fd) {
        throw_errno("cannot create", full(path));
    }
    return fd;
}

std::optional<Fd> BeneathDir::open_kept(std::string_view path, const std::string& name, bool executable) {
    Fd fd(with_parent(path, [&](int dir, const char*) {
        return ::openat(dir, name.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
                        executable ? 0777 : 0666);
    }));
    if (!fd) {
        if (errno == ELOOP || errno == EISDIR || errno == EACCES || errno == ENXIO) {
            return std::nullopt;
        }
        throw_errno("cannot create", full(path));
    }
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    if (::fcntl(fd.get(), F_OFD_SETLK, &lock) != 0) {
        return std::nullopt; // another process has it, or the file system knows no locks
    }
    // Who had the lock may have installed the file meanwhile. A link to something else is not ours to write to.
    struct stat opened {};
    struct stat named {};
    const int dir = parent_fd(path);
    if (::fstat(fd.get(), &opened) != 0 || ::fstatat(dir, name.c_str(), &named, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(opened.st_mode) || opened.st_nlink != 1 || opened.st_uid != ::geteuid() ||
        opened.st_ino != named.st_ino || opened.st_dev != named.st_dev) {
        return std::nullopt;
    }
    return fd;
}

void BeneathDir::install(std::string_view path, const std::string& temp_name) {
    const int dir = parent_fd(path);
    const std::string name = name_of(path);
    if (::renameat(dir, temp_name.c_str(), dir, name.c_str()) == 0) {
        return;
    }
    int why = errno;
    if (why == EISDIR) {
        forget_below(path);
        const bool removed = ::unlinkat(dir, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT;
        why = removed ? 0 : errno;
        if (removed && ::renameat(dir, temp_name.c_str(), dir, name.c_str()) != 0) {
            why = errno;
        }
    }
    if (why != 0) {
        ::unlinkat(dir, temp_name.c_str(), 0);
        if (why == ENOTEMPTY || why == EEXIST) {
            throw Error(
                ErrorKind::failure,
                fmt::format("cannot replace '{}': it is a folder that is not empty", printable(full(path))),
                move_aside(full(path)));
        }
        throw os_error("cannot replace", full(path), why);
    }
}

void BeneathDir::discard(std::string_view path, const std::string& temp_name) noexcept {
    try {
        if (const int dir = find_parent(path); dir >= 0) {
            ::unlinkat(dir, temp_name.c_str(), 0);
        }
    } catch (const std::exception&) { // no memory for a name: the leftover is found by its name later
    }
}

void BeneathDir::make_symlink(std::string_view path, const std::string& target) {
    const std::string temp = next_temp_name();
    if (with_parent(path, [&](int dir, const char*) {
            return ::symlinkat(target.c_str(), dir, temp.c_str());
        }) != 0) {
        throw_errno("cannot create link", full(path));
    }
    install(path, temp);
}

bool BeneathDir::remove(std::string_view path) {
    if (with_parent(path, [](int dir, const char* name) { return ::unlinkat(dir, name, 0); }) == 0) {
        return true;
    }
    if (!is_absent(errno)) {
        throw_errno("cannot remove", full(path));
    }
    return false;
}

bool BeneathDir::remove_empty_dir(std::string_view path) {
    if (path.empty()) {
        return false; // the root stays
    }
    if (with_parent(path, [](int dir, const char* name) { return ::unlinkat(dir, name, AT_REMOVEDIR); }) ==
        0) {
        forget_below(path);
        return true;
    }
    // EBUSY: a mount point.
    if (!is_absent(errno) && errno != ENOTEMPTY && errno != EEXIST && errno != EBUSY) {
        throw_errno("cannot remove folder", full(path));
    }
    return false;
}

void BeneathDir::set_executable(std::string_view path, bool executable) {
    // fchmodat follows links, so a descriptor is needed; a file we may write but not read has one too.
    Fd fd(with_parent(path, [](int dir, const char* name) {
        constexpr int flags = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
        const int readable = ::openat(dir, name, O_RDONLY | flags);
        return readable >= 0 || errno != EACCES ? readable : ::openat(dir, name, O_WRONLY | flags);
    }));
    struct stat st {};
    if (!fd || ::fstat(fd.get(), &st) != 0) {
        throw_errno("cannot change the mode of", full(path));
    }
    if (!S_ISREG(st.st_mode)) {
        throw os_error("cannot change the mode of", full(path), EINVAL);
    }
    // Whoever may read it may run it, as under git.
    const mode_t mode = executable ? st.st_mode | (st.st_mode & 0444) >> 2 : st.st_mode & ~mode_t{0111};
    if (mode != st.st_mode && ::fchmod(fd.get(), mode & 07777) != 0) {
        throw_errno("cannot change the mode of", full(path));
    }
}

FileStat BeneathDir::lstat(std::string_view path) {
    struct stat st {};
    const int result =
        path.empty() ? ::fstat(root_fd_.get(), &st) : with_parent(path, [&](int dir, const char* name) {
            return ::fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW);
        });
    if (result == 0) {
        return to_file_stat(st);
    }
    if (!is_absent(errno)) {
        throw_errno("cannot stat", full(path));
    }
    return {};
}

Fd BeneathDir::open_read(std::string_view path) {
    Fd fd(with_parent(path, [](int dir, const char* name) {
        // O_NONBLOCK: a fifo that took the file's place must not hang us; regular files ignore it.
        return ::openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    }));
    struct stat st {};
    if (!fd || ::fstat(fd.get(), &st) != 0) {
        throw_errno("cannot open", full(path));
    }
    if (!S_ISREG(st.st_mode)) {
        throw Error(ErrorKind::failure,
                    fmt::format("cannot open '{}': it is no regular file", printable(full(path))));
    }
    return fd;
}

std::vector<DirEntry> BeneathDir::list(std::string_view path) {
    const Fd place = path.empty() || goes_up(path) ? Fd() : open_folder(path);
    if (!path.empty() && !place) {
        return {};
    }
    const int at = place ? place.get() : root_fd_.get(); // O_PATH: to be opened again for reading
    const Fd folder(::openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return folder ? read_dir_ordered(folder.get(), full(path)) : std::vector<DirEntry>{};
}

std::string BeneathDir::read_link(std::string_view path) {
    std::string out(256, '\0');
    for (;;) {
        const int n = with_parent(path, [&](int dir, const char* name) {
            return static_cast<int>(::readlinkat(dir, name, out.data(), out.size()));
        });
        if (n < 0) {
            throw_errno("cannot read link", full(path));
        }
        if (static_cast<std::size_t>(n) < out.size()) {
            out.resize(static_cast<std::size_t>(n));
            return out;
        }
        out.resize(out.size() * 2); // it may have been cut
    }
}

} // namespace ds

// Atomic files, locks and mappings.
#include "os/file.hpp"

#include "base/path.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace ds {

namespace {

/// The folder of a path as the file system needs it: "." for a bare name, "/" for one at the root.
std::string folder_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) {
        return ".";
    }
    return slash == 0 ? "/" : path.substr(0, slash);
}

} // namespace

AtomicFile::AtomicFile(std::string target, mode_t mode) : target_(std::move(target)) {
    temp_ = folder_of(target_) + "/.dsctl-tmp-" + random_hex(12);
    fd_ = open_file(temp_, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
}

AtomicFile::~AtomicFile() {
    if (!done_) {
        ::unlink(temp_.c_str());
    }
}

void AtomicFile::write(ByteView data) {
    write_full(fd_.get(), data, target_);
}

void AtomicFile::commit(Durability durability) {
    if (durability == Durability::synced) {
        sync_fd(fd_.get(), target_);
    }
    fd_.close_checked(target_);
    if (::rename(temp_.c_str(), target_.c_str()) != 0) {
        throw_errno("cannot replace", target_);
    }
    done_ = true;
    if (durability == Durability::synced) {
        sync_dir(folder_of(target_));
    }
}

void write_file_atomic(const std::string& path, ByteView data, Durability durability, mode_t mode) {
    AtomicFile file(path, mode);
    file.write(data);
    file.commit(durability);
}

std::optional<LockFile> LockFile::acquire(const std::string& path, Mode mode, unsigned wait_ms) {
    using clock = std::chrono::steady_clock;
    Fd fd;
    try {
        fd = open_file(path, O_RDWR | O_CREAT | O_NOCTTY, 0666);
    } catch (const Error&) {
        // Readers of a store that is not theirs, or is mounted read-only, may still share its lock.
        std::optional<Fd> readable = mode == Mode::shared ? try_open_read(path) : std::nullopt;
        if (!readable) {
            throw;
        }
        fd = std::move(*readable);
    }
    struct flock lock {};
    lock.l_type = static_cast<short>(mode == Mode::exclusive ? F_WRLCK : F_RDLCK);
    lock.l_whence = SEEK_SET;
    // OFD locks cannot wait with a limit: ask again, soon at first and then ever less often.
    const auto deadline = clock::now() + std::chrono::milliseconds(wait_ms);
    for (auto pause = std::chrono::milliseconds(1);;
         pause = std::min(pause * 2, std::chrono::milliseconds(50))) {
        if (::fcntl(fd.get(), F_OFD_SETLK, &lock) == 0) {
            return LockFile(std::move(fd));
        }
        if (errno == EINTR) {
            continue;
        }
        if (errno != EAGAIN && errno != EACCES) {
            throw_errno("cannot lock", path);
        }
        const auto now = clock::now();
        if (now >= deadline) {
            return std::nullopt;
        }
        std::this_thread::sleep_for(
            std::min(pause, std::chrono::ceil<std::chrono::milliseconds>(deadline - now)));
    }
}

std::optional<LockFile> LockFile::try_existing(const std::string& path) {
    Fd fd(::open(path.c_str(), O_RDWR | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    if (!fd) {
        if (errno == ENOENT) {
            return std::nullopt;
        }
        throw_errno("cannot open", path);
    }
    if (::fcntl(fd.get(), F_OFD_SETLK, &lock) == 0) {
        return LockFile(std::move(fd));
    }
    if (errno == EAGAIN || errno == EACCES || errno == EINTR) {
        return std::nullopt;
    }
    throw_errno("cannot lock", path);
}

bool LockFile::is_at(const std::string& path) const {
    struct stat mine {};
    const auto there = try_lstat(path);
    return there && ::fstat(fd_.get(), &mine) == 0 && mine.st_ino == there->st_ino &&
           mine.st_dev == there->st_dev;
}

MappedFile MappedFile::open(const std::string& path) {
    const Fd fd = open_file(path, O_RDONLY | O_NOCTTY | O_NONBLOCK); // a fifo shall not block us
    struct stat st {};
    if (::fstat(fd.get(), &st) != 0) {
        throw_errno("cannot stat", path);
    }
    if (!S_ISREG(st.st_mode)) {
        throw Error(ErrorKind::failure,
                    fmt::format("cannot map '{}': it is no regular file", printable(path)));
    }
    const auto size = static_cast<std::size_t>(st.st_size);
    if (size == 0) {
        return {nullptr, 0};
    }
    void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
    if (data == MAP_FAILED) {
        throw_errno("cannot map", path);
    }
    return {static_cast<const char*>(data), size};
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
}

MappedFile::~MappedFile() {
    if (data_ != nullptr) {
        ::munmap(const_cast<char*>(data_), size_);
    }
}

void MappedFile::advise(Access access) const noexcept {
    if (data_ != nullptr) { // advice only: a failure changes nothing
        const int advice = access == Access::sequential ? MADV_SEQUENTIAL
                           : access == Access::random   ? MADV_RANDOM
                                                        : MADV_NORMAL;
        ::madvise(const_cast<char*>(data_), size_, advice);
    }
}

void rename_file(const std::string& from, const std::string& to, Durability durability) {
    if (::rename(from.c_str(), to.c_str()) != 0) {
        throw_errno("cannot rename to", to);
    }
    if (durability == Durability::synced) {
        sync_dir(folder_of(to));
    }
}

} // namespace ds

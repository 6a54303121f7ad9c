// Randomness, clock, environment, absolute paths and file attributes.
#include "os/file.hpp"

#include "base/hex.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <unistd.h>

namespace ds {

namespace {

void fill_random(char* out, std::size_t n) {
    while (n > 0) {
        const ssize_t got = ::getrandom(out, n, 0);
        if (got < 0) {
            if (errno == EINTR) {
                continue;
            }
            throw_errno("cannot read", "random bytes");
        }
        out += got;
        n -= static_cast<std::size_t>(got);
    }
}

} // namespace

bool set_immutable(const std::string& path, bool on) noexcept {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    unsigned flags = 0; // the kernel reads and writes an int, whatever the macro's type says
    if (!fd || ::ioctl(fd.get(), FS_IOC_GETFLAGS, &flags) != 0) {
        return false;
    }
    const unsigned wanted = on ? flags | FS_IMMUTABLE_FL : flags & ~static_cast<unsigned>(FS_IMMUTABLE_FL);
    return wanted == flags || ::ioctl(fd.get(), FS_IOC_SETFLAGS, &wanted) == 0;
}

std::string random_hex(std::size_t n) {
    std::string raw(n, '\0');
    fill_random(raw.data(), n);
    return hex_of(raw);
}

std::uint64_t random_u64() {
    std::uint64_t v;
    fill_random(reinterpret_cast<char*>(&v), sizeof v);
    return v;
}

std::int64_t unix_now() noexcept {
    return unix_now_ns() / 1'000'000'000;
}

std::int64_t unix_now_ns() noexcept {
    struct timespec now {};
    ::clock_gettime(CLOCK_REALTIME, &now); // cannot fail for this clock
    return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

std::optional<std::string> env(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') {
        return std::nullopt;
    }
    return value;
}

std::string current_dir() {
    std::string out(PATH_MAX, '\0');
    while (::getcwd(out.data(), out.size()) == nullptr) {
        if (errno != ERANGE) {
            throw_errno("cannot find", "the current folder");
        }
        out.resize(out.size() * 2);
    }
    out.resize(out.find('\0'));
    return out;
}

std::string absolute_path(std::string_view path) {
    std::string full = path.empty() || path.front() != '/' ? current_dir() + "/" : std::string();
    full += path;
    std::string out;
    for (std::size_t begin = 0; begin < full.size();) {
        const std::size_t end = std::min(full.find('/', begin), full.size());
        const std::string_view part = std::string_view(full).substr(begin, end - begin);
        if (part == "..") {
            const std::size_t slash = out.rfind('/');
            out.resize(slash == std::string::npos ? 0 : slash);
        } else if (!part.empty() && part != ".") {
            out += '/';
            out += part;
        }
        begin = end + 1;
    }
    return out.empty() ? "/" : out;
}

std::string real_path(const std::string& path) {
    char* resolved = ::realpath(path.c_str(), nullptr);
    if (resolved == nullptr) {
        throw_errno("cannot resolve", path);
    }
    std::string out(resolved);
    std::free(resolved);
    return out;
}

} // namespace ds

// Making and clearing away session folders.
#include "store/session_dir.hpp"

#include "base/error.hpp"
#include "base/path.hpp"

#include <cstdint>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ds {

namespace {
/// Between a session's folder and its lock lies one system call; this is ample.
constexpr std::int64_t lockless_seconds = 60;
} // namespace

SessionDir::SessionDir(const std::string& tmp) {
    // Between making the folder and locking it somebody may take it for a dead one's: then try anew.
    for (int attempt = 0; attempt < 100; ++attempt) {
        path_ = fmt::format("{}/{}-{}", tmp, getpid(), random_hex(8));
        make_dirs(path_, 0700);
        try {
            lock_ = LockFile::acquire(path_ + "/lock", LockFile::Mode::exclusive, 0);
        } catch (const Error& e) {
            if (e.kind() != ErrorKind::not_found) {
                throw;
            }
        }
        if (lock_ && path_exists(path_ + "/lock")) {
            return;
        }
        lock_.reset();
    }
    throw Error(ErrorKind::failure, fmt::format("cannot make a session folder in '{}'", printable(tmp)));
}

SessionDir::~SessionDir() {
    try {
        remove_tree(path_);
    } catch (const Error&) {
        // The next session removes it.
    }
}

void SessionDir::remove_stale(const std::string& tmp) {
    for (const std::string& name : list_dir(tmp)) {
        const std::string dir = tmp + "/" + name;
        const std::string lock_path = dir + "/lock";
        try {
            // Never made here: a folder without a lock is one that somebody has just made, or what was left
            // by one who died in between; the latter is told by its age.
            const auto lock = LockFile::try_existing(lock_path);
            const auto made = lock ? std::nullopt : try_lstat(dir);
            const bool abandoned = made && S_ISDIR(made->st_mode) && !try_lstat(lock_path) &&
                                   made->st_mtime < unix_now() - lockless_seconds;
            if (lock || abandoned) {
                remove_tree(dir);
            }
        } catch (const Error&) {
            // Gone already, or not ours to remove.
        }
    }
}

} // namespace ds

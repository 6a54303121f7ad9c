// Making, listing and removing folders.
#include "base/path.hpp"
#include "os/file.hpp"
#include "os/walk.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

namespace ds {

namespace {

bool is_folder(const std::string& path) {
    const auto st = try_stat(path);
    return st && S_ISDIR(st->st_mode);
}

/// Empties the folder `dir` (not the folder itself). Below `depth` levels a sub-folder is moved into
/// `top` and waits there: neither descriptors nor the stack run out however deep a tree is.
void empty_folder(int dir, const std::string& path, int top, unsigned depth, std::uint64_t& moved) {
    constexpr unsigned max_depth = 48;
    for (const DirEntry& entry : read_dir_ordered(dir, path)) {
        const std::string full = path + "/" + entry.name;
        if (entry.kind == FileStat::Kind::directory) {
            if (depth >= max_depth) {
                const std::string aside = fmt::format(".dsctl-tmp-rm-{}-{}", random_hex(8), moved++);
                if (::renameat(dir, entry.name.c_str(), top, aside.c_str()) != 0 && errno != ENOENT) {
                    throw_errno("cannot remove", full);
                }
                continue;
            }
            {
                const Fd sub(
                    ::openat(dir, entry.name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
                if (!sub && errno != ENOENT) {
                    throw_errno("cannot remove", full);
                }
                if (sub) {
                    empty_folder(sub.get(), full, top, depth + 1, moved);
                }
            }
            if (::unlinkat(dir, entry.name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT) {
                throw_errno("cannot remove", full);
            }
        } else if (::unlinkat(dir, entry.name.c_str(), 0) != 0 && errno != ENOENT) {
            throw_errno("cannot remove", full);
        }
    }
}

} // namespace

void make_dirs(const std::string& path, mode_t mode) {
    if (path.empty() || ::mkdir(path.c_str(), mode) == 0) {
        return;
    }
    if (errno == ENOENT) {
        const std::size_t last = path.find_last_not_of('/');
        const std::size_t slash = last == std::string::npos ? last : path.rfind('/', last);
        if (slash != std::string::npos && slash > 0) {
            make_dirs(path.substr(0, slash), mode);
            if (::mkdir(path.c_str(), mode) == 0) {
                return;
            }
        }
    }
    const int why = errno;
    if (!is_folder(path)) {
        throw os_error("cannot create folder", path, why == EEXIST ? ENOTDIR : why);
    }
}

void remove_tree(const std::string& path) {
    std::uint64_t moved = 0;
    for (;;) {
        if (::unlink(path.c_str()) == 0 || errno == ENOENT || errno == ENOTDIR) {
            return;
        }
        if (errno != EISDIR && errno != EPERM) {
            throw_errno("cannot remove", path);
        }
        {
            const Fd top(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
            if (!top) {
                if (errno == ENOENT) {
                    return;
                }
                throw_errno("cannot remove", path);
            }
            empty_folder(top.get(), path, top.get(), 0, moved);
        }
        if (::rmdir(path.c_str()) == 0 || errno == ENOENT) {
            return;
        }
        // Not empty: deep folders were moved up, or somebody writes into it.
        if ((errno != ENOTEMPTY && errno != EEXIST) || moved == 0) {
            throw_errno("cannot remove", path);
        }
        moved = 0;
    }
}

void remove_file(const std::string& path) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR) {
        throw_errno("cannot remove", path);
    }
}

std::vector<std::string> list_dir(const std::string& path) {
    const Fd dir = open_file(path, O_RDONLY | O_DIRECTORY);
    std::vector<std::string> names;
    for (DirEntry& entry : read_dir_ordered(dir.get(), path)) {
        names.push_back(std::move(entry.name));
    }
    // A walk puts "a/" behind "a.txt"; here the names alone count.
    std::sort(names.begin(), names.end());
    return names;
}

} // namespace ds

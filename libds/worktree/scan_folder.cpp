// See scan_folder.hpp. Folders are opened by their path below the root, each time anew, so that a walk needs a
// handful of descriptors however deep or wide the tree is.
#include "worktree/scan_folder.hpp"

#include "base/path.hpp"
#include "os/fd.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace ds {

namespace {

/// An invalid Fd when there is no such folder (a link in the path counts as none). @throws Error
Fd open_below(int root_fd, const std::string& path) {
    if (path.size() >= max_path_bytes) {
        throw Error(ErrorKind::failure,
                    fmt::format("cannot look into '{}…': its path is longer than {} bytes",
                                printable(std::string_view(path).substr(0, 64)), max_path_bytes));
    }
    constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    const char* name = path.empty() ? "." : path.c_str();
    struct open_how how {};
    how.flags = flags;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    long fd = -1;
    for (unsigned tries = 0; tries < 100; ++tries) {
        fd = ::syscall(SYS_openat2, root_fd, name, &how, sizeof how);
        if (fd >= 0 || (errno != EAGAIN && errno != EINTR)) {
            break;
        }
    }
    if (fd < 0 && (errno == ENOSYS || errno == EPERM)) {
        fd = ::openat(root_fd, name, flags); // an old kernel or a sandbox: this walk only reads
    }
    if (fd < 0 && errno != ENOENT && errno != ENOTDIR && errno != ELOOP) {
        throw_errno("cannot open folder", path);
    }
    return Fd(static_cast<int>(fd));
}

} // namespace

ScanFolder::~ScanFolder() {
    for (std::size_t i = 0; ready != nullptr && i < segment_count && segments; ++i) {
        *ready -= segments[i].stats.size();
    }
}

void ScanFolder::list(int root_fd, const std::string& root) noexcept {
    try {
        const Fd fd = open_below(root_fd, path);
        if (!fd) {
            vanished = true;
            return;
        }
        items = read_dir_ordered(fd.get(), path);
        if (read_rules && !knows_own_rules && !all_ignored) {
            const bool has_rules = std::any_of(items.begin(), items.end(), [](const DirEntry& item) {
                return item.name == ignore_file_name && item.kind == FileStat::Kind::regular;
            });
            if (has_rules) {
                const std::string source = path.empty() ? std::string(ignore_file_name)
                                                        : fmt::format("{}/{}", path, ignore_file_name);
                scope = IgnoreScope::load(scope, root + '/' + source, source, path);
            }
        }
        ignored.assign(items.size(), all_ignored ? 1 : 0);
        std::string full = path;
        if (!full.empty()) {
            full += '/';
        }
        const std::size_t base = full.size();
        std::erase_if(items, [](const DirEntry& item) { return always_ignored(item.name); });
        ignored.resize(items.size());
        for (std::size_t i = 0; i < items.size(); ++i) {
            if (scope && !all_ignored) {
                full.resize(base);
                full += items[i].name;
                const bool folder = items[i].kind == FileStat::Kind::directory;
                ignored[i] =
                    scope->ignored(full, folder ? IgnoreFile::Target::folder : IgnoreFile::Target::file) ? 1 : 0;
            }
            visible += ignored[i] != 0 ? 0 : 1;
        }
        segment_count = (items.size() + segment_items - 1) / segment_items;
        segments = std::make_unique<Segment[]>(segment_count);
    } catch (...) {
        error = std::current_exception();
    }
}

void ScanFolder::stat_segment(int root_fd, std::size_t at) noexcept {
    Segment& segment = segments[at];
    try {
        const std::size_t begin = at * segment_items;
        const std::size_t end = std::min(items.size(), begin + segment_items);
        segment.stats.resize(end - begin);
        Fd fd;
        bool opened = false;
        for (std::size_t i = begin; i < end; ++i) {
            if (ignored[i] != 0) {
                continue;
            }
            if (items[i].kind == FileStat::Kind::directory) {
                segment.children.resize(end - begin);
                auto child = std::make_shared<ScanFolder>(child_path(i), scope);
                child->read_rules = read_rules;
                segment.children[i - begin] = std::move(child);
                continue;
            }
            if (!opened) {
                fd = open_below(root_fd, path);
                opened = true;
            }
            if (fd) {
                segment.stats[i - begin] = lstat_at(fd.get(), items[i].name, path);
            }
        }
    } catch (...) {
        segment.error = std::current_exception();
    }
}

} // namespace ds

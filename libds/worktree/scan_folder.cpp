// See scan_folder.hpp. Folders are opened by their path below the root, each time anew, so that a walk needs
// a handful of descriptors however deep or wide the tree is.
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

void FolderNames::assign(std::vector<DirEntry> entries) {
    std::size_t bytes = 0;
    for (const DirEntry& entry : entries) {
        bytes += entry.name.size();
    }
    if (bytes > UINT32_MAX) {
        throw Error(ErrorKind::failure, "a folder has too many names");
    }
    text_.reserve(bytes);
    items_.reserve(entries.size());
    for (const DirEntry& entry : entries) {
        items_.push_back({static_cast<std::uint32_t>(text_.size()),
                          static_cast<std::uint16_t>(entry.name.size()),
                          entry.kind == FileStat::Kind::directory, false});
        text_ += entry.name;
    }
}

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
        auto entries = read_dir_ordered(fd.get(), path);
        const bool has_rules = std::any_of(entries.begin(), entries.end(), [](const DirEntry& entry) {
            return entry.name == ignore_file_name && entry.kind == FileStat::Kind::regular;
        });
        if (has_rules && read_rules && !knows_own_rules && !all_ignored) {
            const std::string source =
                path.empty() ? std::string(ignore_file_name) : fmt::format("{}/{}", path, ignore_file_name);
            scope = IgnoreScope::load(scope, root + '/' + source, source, path);
        }
        std::erase_if(entries, [](const DirEntry& entry) { return always_ignored(entry.name); });
        items.assign(std::move(entries));
        std::string full = path;
        full += path.empty() ? "" : "/";
        const std::size_t base = full.size();
        for (std::size_t i = 0; i < items.size(); ++i) {
            if (all_ignored) {
                items.ignore(i);
            } else if (scope) {
                full.resize(base);
                full += items.name(i);
                if (scope->ignored(full, items.is_folder(i) ? IgnoreFile::Target::folder
                                                            : IgnoreFile::Target::file)) {
                    items.ignore(i);
                }
            }
            visible += items.ignored(i) ? 0 : 1;
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
        std::string name;
        for (std::size_t i = begin; i < end; ++i) {
            if (items.ignored(i)) {
                continue;
            }
            if (items.is_folder(i)) {
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
                name = items.name(i);
                segment.stats[i - begin] = lstat_at(fd.get(), name, path);
            }
        }
    } catch (...) {
        segment.error = std::current_exception();
    }
}

} // namespace ds

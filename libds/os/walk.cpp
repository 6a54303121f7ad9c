// Reading folders by getdents64 with a large buffer, and ordering them.
//
// A folder may hold a million names. They are read into one arena, and sorted by an 8-byte key of
// what follows their common prefix, so that few comparisons touch the names themselves.
#include "os/walk.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/syscall.h>
#include <unistd.h>

namespace ds {

namespace {

/// One record of getdents64(2).
struct Record {
    std::uint64_t inode;
    std::int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[1];
};

struct Name {
    std::uint64_t key;
    std::size_t at; // in the arena; the name with its '/' if it is a folder, then NUL
    std::uint32_t size;
    FileStat::Kind kind;
};

FileStat::Kind kind_of(mode_t mode) noexcept {
    if (S_ISREG(mode)) {
        return FileStat::Kind::regular;
    }
    if (S_ISLNK(mode)) {
        return FileStat::Kind::symlink;
    }
    return S_ISDIR(mode) ? FileStat::Kind::directory : FileStat::Kind::other;
}

/// Up to 8 bytes as a big-endian number, zero behind the end: orders like the bytes.
std::uint64_t key_of(const char* p, std::size_t n) noexcept {
    std::uint64_t key = 0;
    for (std::size_t i = 0; i < std::min<std::size_t>(n, 8); ++i) {
        key |= static_cast<std::uint64_t>(static_cast<unsigned char>(p[i])) << (56 - 8 * i);
    }
    return key;
}

void sort_names(std::vector<Name>& names, const std::string& arena) {
    if (names.size() < 2) {
        return;
    }
    const char* base = arena.data();
    std::size_t common = names[0].size;
    for (const Name& name : names) {
        const auto [a, b] =
            std::mismatch(base + names[0].at, base + names[0].at + std::min<std::size_t>(common, name.size),
                          base + name.at);
        common = static_cast<std::size_t>(a - (base + names[0].at));
    }
    for (Name& name : names) {
        name.key = key_of(base + name.at + common, name.size - common);
    }
    std::sort(names.begin(), names.end(), [base](const Name& a, const Name& b) {
        if (a.key != b.key) {
            return a.key < b.key;
        }
        return std::string_view(base + a.at, a.size) < std::string_view(base + b.at, b.size);
    });
}

} // namespace

FileStat to_file_stat(const struct stat& st) noexcept {
    FileStat out;
    out.kind = kind_of(st.st_mode);
    out.executable = S_ISREG(st.st_mode) && (st.st_mode & 0111) != 0;
    out.size = static_cast<std::uint64_t>(st.st_size);
    out.mtime_ns = static_cast<std::int64_t>(st.st_mtim.tv_sec) * 1'000'000'000 + st.st_mtim.tv_nsec;
    out.ctime_ns = static_cast<std::int64_t>(st.st_ctim.tv_sec) * 1'000'000'000 + st.st_ctim.tv_nsec;
    out.inode = st.st_ino;
    out.device = st.st_dev;
    return out;
}

FileStat lstat_path(const std::string& path) {
    return lstat_at(AT_FDCWD, path, path);
}

FileStat lstat_at(int dir_fd, const std::string& name, std::string_view path) {
    struct stat st {};
    if (::fstatat(dir_fd, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0) {
        return to_file_stat(st);
    }
    if (errno == ENOENT || errno == ENOTDIR) {
        return {};
    }
    throw_errno("cannot stat", path);
}

Fd open_dir_at(int dir_fd, const std::string& name, std::string_view path) {
    Fd fd(::openat(dir_fd, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) {
        throw_errno("cannot open folder", path);
    }
    return fd;
}

std::vector<DirEntry> read_dir_ordered(int dir_fd, std::string_view path) {
    constexpr std::size_t buffer_size = 64 * 1024;
    // Aligned for the records; not on the stack, which is small in threads.
    const auto buffer = std::make_unique<std::uint64_t[]>(buffer_size / sizeof(std::uint64_t));
    char* const raw = reinterpret_cast<char*>(buffer.get());
    std::string arena;
    std::vector<Name> names;
    if (::lseek(dir_fd, 0, SEEK_SET) != 0) { // it may have been read before
        throw_errno("cannot read folder", path);
    }
    for (;;) {
        const long got = ::syscall(SYS_getdents64, dir_fd, raw, buffer_size);
        if (got < 0) {
            throw_errno("cannot read folder", path);
        }
        if (got == 0) {
            break;
        }
        for (long at = 0; at < got;) {
            const auto* record = reinterpret_cast<const Record*>(raw + at);
            at += record->length;
            const char* name = reinterpret_cast<const char*>(record) + offsetof(Record, name);
            if (name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'))) {
                continue;
            }
            FileStat::Kind kind = FileStat::Kind::other;
            if (record->type == DT_UNKNOWN) {
                struct stat st {};
                if (::fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
                    if (errno == ENOENT) {
                        continue; // removed meanwhile
                    }
                    throw_errno("cannot stat", std::string(path) + "/" + name);
                }
                kind = kind_of(st.st_mode);
            } else {
                kind = kind_of(DTTOIF(record->type));
            }
            const std::size_t start = arena.size();
            arena += name;
            if (kind == FileStat::Kind::directory) {
                arena += '/';
            }
            names.push_back({0, start, static_cast<std::uint32_t>(arena.size() - start), kind});
        }
    }
    sort_names(names, arena);
    std::vector<DirEntry> out;
    out.reserve(names.size());
    for (const Name& name : names) {
        const bool folder = name.kind == FileStat::Kind::directory;
        out.push_back({arena.substr(name.at, name.size - (folder ? 1 : 0)), name.kind});
    }
    return out;
}

} // namespace ds

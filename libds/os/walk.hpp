// Walking a work tree in the byte order of full paths, without following links.
#pragma once

#include "os/fd.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

/// What lstat says of one path, reduced to what change detection needs.
struct FileStat {
    enum class Kind : std::uint8_t { regular, symlink, directory, other, missing };
    Kind kind = Kind::missing;
    bool executable = false; ///< any x bit of a regular file
    std::uint64_t size = 0;
    std::int64_t mtime_ns = 0;
    std::int64_t ctime_ns = 0;
    std::uint64_t inode = 0;
    std::uint64_t device = 0;
    friend bool operator==(const FileStat&, const FileStat&) = default;
};

[[nodiscard]] FileStat to_file_stat(const struct stat& st) noexcept;
/// lstat; kind missing when it does not exist. @throws Error for anything else
[[nodiscard]] FileStat lstat_path(const std::string& path);

/// One name of a folder as getdents gives it.
struct DirEntry {
    std::string name;
    FileStat::Kind kind; ///< from d_type; lstat'ed when the file system does not say
};

/// The names of a folder ordered so that a depth-first walk yields full paths in byte order: a
/// sub-folder sorts as its name followed by '/'. @throws Error
[[nodiscard]] std::vector<DirEntry> read_dir_ordered(int dir_fd, std::string_view path);

/// Opens a folder below `dir_fd` without following a link. @throws Error
[[nodiscard]] Fd open_dir_at(int dir_fd, const std::string& name, std::string_view path);
[[nodiscard]] FileStat lstat_at(int dir_fd, const std::string& name, std::string_view path);

} // namespace ds

// Reading files of a work tree as they are at one moment, with few system calls.
#pragma once

#include "os/fd.hpp"
#include "os/walk.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace ds {

/// A file that was modified between two looks at it. Never leaves ingest: it is tried again.
struct FileChanged {};

/// Opens and reads below one folder. Keeps the descriptor of the last folder used. Not thread-safe: one for
/// each worker.
class FileReader {
  public:
    /// @param root_fd stays the caller's   @param shown what errors put before a path: "", "folder/"
    explicit FileReader(int root_fd, std::string shown = {}) : root_fd_(root_fd), shown_(std::move(shown)) {}

    /// lstat. @throws Error
    [[nodiscard]] FileStat stat(std::string_view path);
    /// Opens a regular file without following links; `stat` gets what fstat says.
    /// @throws Error, FileChanged when it is no regular file (any more)
    [[nodiscard]] Fd open(std::string_view path, FileStat& stat);
    /// @throws Error, FileChanged when it is no link
    [[nodiscard]] std::string link_target(std::string_view path);

  private:
    struct Place {
        int fd;
        const char* name;
    };
    Place place(std::string_view path);
    /// With errno.
    [[noreturn]] void fail(std::string_view action, std::string_view path) const;

    int root_fd_;
    std::string shown_;
    std::string folder_;
    Fd folder_fd_;
    std::string name_;
    bool no_atime_ = true;
};

} // namespace ds

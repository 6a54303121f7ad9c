// File descriptors and plain I/O: every call is checked, every error names the file.
#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <utility>

namespace ds {

/// An owned descriptor, close-on-exec, move-only.
class Fd {
  public:
    Fd() = default;
    explicit Fd(int fd) noexcept : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        if (this != &other) {
            reset();
            fd_ = std::exchange(other.fd_, -1);
        }
        return *this;
    }
    ~Fd() { reset(); }

    [[nodiscard]] int get() const noexcept { return fd_; }
    [[nodiscard]] bool valid() const noexcept { return fd_ >= 0; }
    explicit operator bool() const noexcept { return valid(); }
    void reset() noexcept;
    /// Closes and reports an error of close(2). @throws Error
    void close_checked(std::string_view path);

  private:
    int fd_ = -1;
};

/// An error that carries errno's text and kind (ENOENT: not_found; ENOSPC, EDQUOT: failure with a
/// hint about space; EACCES, EPERM: failure "permission denied").
/// @param action "cannot open", "cannot write"; the message is "<action> '<path>': <reason>".
[[nodiscard]] Error os_error(std::string_view action, std::string_view path, int error_number);
[[noreturn]] void throw_errno(std::string_view action, std::string_view path);

/// Opens for reading. @throws Error
[[nodiscard]] Fd open_read(const std::string& path);
/// Opens for reading, or nothing when it does not exist. @throws Error
[[nodiscard]] std::optional<Fd> try_open_read(const std::string& path);
/// open(2) with O_CLOEXEC. @throws Error
[[nodiscard]] Fd open_file(const std::string& path, int flags, mode_t mode = 0600);

/// Reads up to n bytes, retrying short reads; less only at the end of the file. @throws Error
[[nodiscard]] std::size_t read_full(int fd, char* buffer, std::size_t n, std::string_view path);
[[nodiscard]] std::size_t pread_full(int fd, char* buffer, std::size_t n, std::uint64_t offset,
                                     std::string_view path);
void write_full(int fd, ByteView data, std::string_view path);
void pwrite_full(int fd, ByteView data, std::uint64_t offset, std::string_view path);
/// Cuts a file to `size` bytes, behind which it is written on. @throws Error
void cut_to(int fd, std::uint64_t size, std::string_view path);
/// fsync; a failure is final (never retried as clean). @throws Error
void sync_fd(int fd, std::string_view path);
/// fsync of a folder, so that names in it are durable. @throws Error
void sync_dir(const std::string& path);

/// The whole file, at most `max` bytes. @throws Error (corrupt when larger)
[[nodiscard]] ByteString read_file(const std::string& path, std::uint64_t max = 1ull << 30);
/// The same, or nothing when it does not exist.
[[nodiscard]] std::optional<ByteString> try_read_file(const std::string& path,
                                                      std::uint64_t max = 1ull << 30);

[[nodiscard]] std::optional<struct stat> try_stat(const std::string& path);  // follows links
[[nodiscard]] std::optional<struct stat> try_lstat(const std::string& path); // does not
[[nodiscard]] bool path_exists(const std::string& path);
[[nodiscard]] std::string read_link(const std::string& path);

} // namespace ds

// Files that appear whole or not at all, locks that die with their process, mappings.
#pragma once

#include "base/bytes.hpp"
#include "os/fd.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ds {

/// Whether the data must survive a power cut once commit() returned.
enum class Durability { synced, volatile_ };

/// A file written under a temporary name in the target's folder and renamed over the target by
/// commit(). Without commit() nothing remains. Not thread-safe.
class AtomicFile {
  public:
    explicit AtomicFile(std::string target, mode_t mode = 0600);
    ~AtomicFile();
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;

    void write(ByteView data);
    [[nodiscard]] int fd() const noexcept { return fd_.get(); }
    [[nodiscard]] const std::string& temporary_path() const noexcept { return temp_; }
    /// fsync (if synced), rename, fsync of the folder (if synced). @throws Error
    void commit(Durability durability = Durability::synced);

  private:
    std::string target_;
    std::string temp_;
    Fd fd_;
    bool done_ = false;
};

/// AtomicFile in one call.
void write_file_atomic(const std::string& path, ByteView data, Durability durability = Durability::synced,
                       mode_t mode = 0600);

/// An exclusive or shared OFD lock on a file (created if missing). Dies with the process; nothing
/// is ever left behind that blocks the next one.
class LockFile {
  public:
    enum class Mode { shared, exclusive };
    /// Waits up to `wait_ms` (0: not at all). Nothing when somebody else kept it that long.
    [[nodiscard]] static std::optional<LockFile> acquire(const std::string& path, Mode mode,
                                                         unsigned wait_ms);
    /// An exclusive lock on a file that exists, without waiting. Nothing when there is none, or it is locked.
    [[nodiscard]] static std::optional<LockFile> try_existing(const std::string& path);
    /// Whether the locked file still stands at `path`: somebody else may have removed or replaced it.
    [[nodiscard]] bool is_at(const std::string& path) const;
    LockFile(LockFile&&) noexcept = default;
    LockFile& operator=(LockFile&&) noexcept = default;

  private:
    explicit LockFile(Fd fd) : fd_(std::move(fd)) {}
    Fd fd_;
};

/// A read-only private mapping of a whole file. Empty files map to an empty view.
class MappedFile {
  public:
    /// @throws Error
    [[nodiscard]] static MappedFile open(const std::string& path);
    MappedFile(MappedFile&& other) noexcept;
    MappedFile& operator=(MappedFile&& other) noexcept;
    ~MappedFile();

    [[nodiscard]] ByteView view() const noexcept { return {data_, size_}; }
    enum class Access { normal, sequential, random };
    void advise(Access access) const noexcept;

  private:
    MappedFile(const char* data, std::size_t size) : data_(data), size_(size) {}
    const char* data_ = nullptr;
    std::size_t size_ = 0;
};

/// mkdir -p; new folders get `mode`. @throws Error
void make_dirs(const std::string& path, mode_t mode = 0777);
/// rm -rf that never follows links; absence is fine. @throws Error
void remove_tree(const std::string& path);
/// unlink; absence is fine. @throws Error
void remove_file(const std::string& path);
/// rename(2), then fsync of the target's folder when synced. @throws Error
void rename_file(const std::string& from, const std::string& to, Durability durability);
/// Names in a folder, sorted by byte, without "." and "..". @throws Error
[[nodiscard]] std::vector<std::string> list_dir(const std::string& path);

/// Sets or clears the immutable attribute where the file system and the user's rights allow it.
/// Returns whether it is now as asked.
bool set_immutable(const std::string& path, bool on) noexcept;

/// Random bytes from getrandom(2), as lower-case hex of 2n digits.
[[nodiscard]] std::string random_hex(std::size_t n);
[[nodiscard]] std::uint64_t random_u64();

/// Seconds and nanoseconds since the epoch; DSCTL_NOW is not consulted here.
[[nodiscard]] std::int64_t unix_now() noexcept;
[[nodiscard]] std::int64_t unix_now_ns() noexcept;

/// An environment variable, nothing if unset or empty.
[[nodiscard]] std::optional<std::string> env(const char* name);
/// Absolute current folder; absolute, lexically normalised path; canonical path (realpath).
[[nodiscard]] std::string current_dir();
[[nodiscard]] std::string absolute_path(std::string_view path);
[[nodiscard]] std::string real_path(const std::string& path);

} // namespace ds

// The files below one bucket of a folder registry: descriptors, durable writes, locks.
//
// Whoever may write into the folder may also put links there. Every folder is therefore opened
// component by component without following links, and files are reached through its descriptor only.
#pragma once

#include "base/bytes.hpp"
#include "os/fd.hpp"
#include "os/file.hpp"

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds::folder {

/// A file below <root>/tmp that goes away unless it is moved to its place. Not thread-safe.
class TempFile {
  public:
    TempFile(int tmp_dir, std::string path);
    ~TempFile();
    TempFile(const TempFile&) = delete;
    TempFile& operator=(const TempFile&) = delete;

    void write(ByteView data);
    /// Sets the mode and makes the content durable.
    void finish(mode_t mode);
    /// Renames it to `name` in `dir`. Durable once the caller has synced `dir`.
    void move_to(int dir, const std::string& name);

  private:
    int tmp_dir_;
    std::string path_; ///< for messages
    std::string name_;
    Fd fd_;
    bool moved_ = false;
};

/// One of <root>/control and <root>/data. Thread-safe.
class FolderTree {
  public:
    /// @throws Error(not_found) when <root>/<bucket> is no folder
    FolderTree(std::string root, const std::string& bucket);

    [[nodiscard]] const std::string& root() const noexcept { return root_; }
    /// The folder of a key, nothing when there is none.
    [[nodiscard]] std::optional<Fd> find(const std::string& key) const;
    /// The folder of a key, created durably where missing. The caller holds the lock.
    [[nodiscard]] Fd create(const std::string& key) const;
    /// Removes the folder of a key if it is empty. The caller holds the lock.
    void remove_if_empty(const std::string& key) const noexcept;

    /// A new temporary file; the first call removes temporaries that were left over a day ago.
    [[nodiscard]] TempFile temp();
    /// Writes <root>/tmp/…, makes it durable, renames it to `name` in `dir` and syncs `dir`.
    void write_durably(int dir, const std::string& name, ByteView data, mode_t mode);

    /// Held by everyone who changes the bucket, here and in other processes. Never left behind.
    class Guard {
      public:
        Guard(std::mutex& mutex, const std::string& path);

      private:
        std::unique_lock<std::mutex> threads_;
        std::optional<LockFile> processes_;
    };
    [[nodiscard]] Guard lock();
    /// @throws Error(auth) when this user may not write here
    void require_writable() const;

    /// Visits the folders of keys that start with `prefix` in byte order of the keys.
    void walk(const std::string& prefix,
              const std::function<bool(const std::string& key, int dir)>& visit) const;

    /// Modes that follow the registry folder's own, as its owner chose who may share it.
    [[nodiscard]] mode_t read_write_mode() const noexcept { return mode_ & 0666; }
    [[nodiscard]] mode_t read_only_mode() const noexcept { return mode_ & 0444; }
    /// For messages.
    [[nodiscard]] std::string describe(const std::string& key) const;

  private:
    bool walk_below(const std::string& path, const std::string& known, const std::string& prefix,
                    const std::function<bool(const std::string&, int)>& visit) const;
    [[nodiscard]] std::optional<Fd> open_path(const std::string& path) const;
    void remove_stale_temps();

    std::string root_;
    std::string bucket_;
    Fd root_fd_;
    Fd fd_;
    Fd tmp_fd_;
    mode_t mode_ = 0;
    std::mutex lock_mutex_;
    std::mutex tmp_mutex_;
};

/// A regular file of `dir`, without following a link; nothing when absent.
[[nodiscard]] std::optional<Fd> open_regular(int dir, const std::string& name, std::uint64_t& size);
/// A whole small file; nothing when absent. @throws CorruptObject when it is over `max` bytes or no file
[[nodiscard]] std::optional<ByteString> read_small(int dir, const std::string& name, std::uint64_t max,
                                                   const std::string& what);
/// All names, sorted; also of what is no regular file, so that a link in place of a file is noticed.
[[nodiscard]] std::vector<std::string> entry_names(int dir, const std::string& what);
/// errno as an Error: missing rights are kind auth.
[[noreturn]] void throw_folder_error(std::string_view action, std::string_view path,
                                     const std::string& root = {});

} // namespace ds::folder

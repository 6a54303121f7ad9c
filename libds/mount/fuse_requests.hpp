// What the kernel asks of a mount, answered from the view. Internal to this module: it includes libfuse.
#pragma once

#define FUSE_USE_VERSION 312

#include "mount/fuse_mount.hpp"

#include <atomic>
#include <chrono>
#include <fuse3/fuse_lowlevel.h>
#include <mutex>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <utility>
#include <vector>

namespace ds {

/// The most that one read or listing brings.
inline constexpr unsigned fuse_read_bytes = 1u << 20;

/// The handlers of libfuse's low-level interface, whose user data is this object. Thread-safe.
class FuseRequests {
  public:
    FuseRequests(FolderView& view, ContentReader& content, FuseSettings settings, Log& log);
    FuseRequests(const FuseRequests&) = delete;
    FuseRequests& operator=(const FuseRequests&) = delete;

    [[nodiscard]] static fuse_lowlevel_ops operations() noexcept;
    [[nodiscard]] const FuseSettings& settings() const noexcept { return settings_; }
    /// Requests that wait for a registry give up.
    void stop() noexcept { stopping_ = true; }
    /// Tells once, not for every reader that meets the same.
    void tell(const std::string& message) noexcept;

  private:
    /// Asks the registry again while it does not answer.
    template <class Ask>
    auto patiently(fuse_req_t req, const Ask& ask);
    /// Runs one request. Every exception becomes its error.
    template <class Answer>
    static void answer(fuse_req_t req, const Answer& run) noexcept;
    [[nodiscard]] struct stat attributes(const FolderNode& node) const;
    [[nodiscard]] fuse_entry_param entry(const FolderNode& node) const;
    [[nodiscard]] FolderNode node(fuse_req_t req, fuse_ino_t ino);
    /// The names and values that an inode has.
    [[nodiscard]] std::vector<std::pair<std::string_view, std::string>>
    attributes_of(const FolderNode& at) const;

    static void on_init(void* data, fuse_conn_info* connection) noexcept;
    static void on_lookup(fuse_req_t req, fuse_ino_t parent, const char* name) noexcept;
    static void on_getattr(fuse_req_t req, fuse_ino_t ino, fuse_file_info* info) noexcept;
    static void on_readlink(fuse_req_t req, fuse_ino_t ino) noexcept;
    static void on_open(fuse_req_t req, fuse_ino_t ino, fuse_file_info* info) noexcept;
    static void on_opendir(fuse_req_t req, fuse_ino_t ino, fuse_file_info* info) noexcept;
    static void on_read(fuse_req_t req, fuse_ino_t ino, std::size_t size, off_t offset,
                        fuse_file_info* info) noexcept;
    template <bool plus>
    static void on_readdir(fuse_req_t req, fuse_ino_t ino, std::size_t size, off_t offset,
                           fuse_file_info* info) noexcept;
    static void on_statfs(fuse_req_t req, fuse_ino_t ino) noexcept;
    static void on_getxattr(fuse_req_t req, fuse_ino_t ino, const char* name, std::size_t size) noexcept;
    static void on_listxattr(fuse_req_t req, fuse_ino_t ino, std::size_t size) noexcept;

    FolderView& view_;
    ContentReader& content_;
    FuseSettings settings_;
    Log& log_;
    uid_t uid_;
    gid_t gid_;
    bool opens_ = true; ///< the kernel wants open() answered
    bool opens_folders_ = true;
    std::atomic<bool> stopping_{false};
    std::mutex log_mutex_; ///< guards what follows
    std::string last_message_;
    std::chrono::steady_clock::time_point last_told_;
};

} // namespace ds

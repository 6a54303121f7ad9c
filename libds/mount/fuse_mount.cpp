// The adapter: FUSE's requests to the view's answers.
#define FUSE_USE_VERSION 312

#include "mount/fuse_mount.hpp"

#include "base/path.hpp"
#include "base/units.hpp"
#include "mount/mount_table.hpp"
#include "os/file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <fuse3/fuse_lowlevel.h>
#include <sys/uio.h>
#include <thread>
#include <unistd.h>

namespace ds {

namespace {

constexpr double for_ever = 3e7; ///< seconds that the kernel may keep what it knows: a year
constexpr unsigned read_bytes = 1u << 20;
constexpr unsigned max_threads = 32;
constexpr unsigned idle_threads = 8;
constexpr std::chrono::milliseconds first_pause{50};
constexpr std::chrono::milliseconds longest_pause{2000};
/// "SIGTERM unmounts": how long open files may keep the process after that.
constexpr std::chrono::milliseconds stop_patience{500};
constexpr std::chrono::seconds same_message_pause{10};

constexpr std::string_view hash_name = "user.dsctl.sha256";
constexpr std::string_view digest_name = "user.dsctl.digest";
constexpr std::string_view ref_name = "user.dsctl.ref";

struct Answered {}; ///< thrown to leave a request that has its error

std::string& fuse_complaint() {
    static thread_local std::string last;
    return last;
}

/// What libfuse has to say belongs into our error, not onto the terminal.
void keep_complaint(enum fuse_log_level level, const char* format, va_list arguments) {
    if (level > FUSE_LOG_ERR) {
        return;
    }
    std::array<char, 512> text{};
    std::vsnprintf(text.data(), text.size(), format, arguments);
    std::string_view line(text.data());
    while (line.ends_with('\n')) {
        line.remove_suffix(1);
    }
    if (line.starts_with("fuse: ")) {
        line.remove_prefix(6);
    }
    fuse_complaint() = line;
}

bool on_path(std::string_view program) {
    auto path = env("PATH").value_or("/usr/bin:/bin");
    for (std::size_t at = 0; at <= path.size();) {
        const auto end = std::min(path.find(':', at), path.size());
        if (::access((path.substr(at, end - at) + "/" + std::string(program)).c_str(), X_OK) == 0) {
            return true;
        }
        at = end + 1;
    }
    return false;
}

} // namespace

void require_fuse(const std::string& otherwise) {
    struct stat st {};
    if (::stat("/dev/fuse", &st) != 0) {
        throw Error(ErrorKind::failure,
                    fmt::format("this machine cannot mount: /dev/fuse: {}",
                                errno == ENOENT ? "no such file" : std::strerror(errno)),
                    otherwise);
    }
    if (::geteuid() != 0 && !on_path("fusermount3")) {
        throw Error(ErrorKind::failure,
                    "this machine cannot mount without root's rights: fusermount3 is not installed",
                    otherwise);
    }
}

struct FuseMount::Impl {
    Impl(FolderView& folders, ContentReader& reader, FuseSettings wanted, Log& messages)
        : view(folders), content(reader), settings(std::move(wanted)), log(messages), uid(::geteuid()),
          gid(::getegid()) {}

    static Impl& of(fuse_req_t req) { return *static_cast<Impl*>(fuse_req_userdata(req)); }

    /// Tells once, not for every reader that meets the same.
    void tell(const std::string& message) noexcept {
        try {
            std::lock_guard lock(log_mutex);
            const auto now = std::chrono::steady_clock::now();
            if (message == last_message && now - last_told < same_message_pause) {
                return;
            }
            last_message = message;
            last_told = now;
            log.warn(fmt::format("{} {}: {}", rfc3339(unix_now()), printable(settings.target), message));
        } catch (...) { // a log that fails must not fail a reader
        }
    }

    /// Asks the registry again while it does not answer.
    template <class Ask>
    auto patiently(fuse_req_t req, const Ask& ask) {
        const auto until = std::chrono::steady_clock::now() + settings.patience;
        for (auto pause = first_pause;; pause = std::min(pause * 2, longest_pause)) {
            try {
                return ask();
            } catch (const CorruptObject&) {
                throw;
            } catch (const Error& error) {
                if (error.kind() == ErrorKind::interrupted ||
                    std::chrono::steady_clock::now() + pause > until) {
                    throw;
                }
                tell(fmt::format("{}; trying again", error.message()));
            }
            for (auto slept = std::chrono::milliseconds(0); slept < pause; slept += first_pause) {
                std::this_thread::sleep_for(first_pause);
                if (fuse_req_interrupted(req) != 0 || stopping.load()) {
                    throw Interrupted();
                }
            }
        }
    }

    /// Runs one request. Every exception becomes its error.
    template <class Answer>
    static void answer(fuse_req_t req, const Answer& run) noexcept {
        Impl& self = of(req);
        int code = EIO;
        try {
            run(self);
            return;
        } catch (const Answered&) {
            return;
        } catch (const Error& error) {
            code = error.kind() == ErrorKind::interrupted ? EINTR : EIO;
            if (code == EIO) {
                self.tell(error.message());
            }
        } catch (const std::bad_alloc&) {
            code = ENOMEM;
        } catch (const std::exception& error) {
            self.tell(error.what());
        } catch (...) {
            code = EIO;
        }
        fuse_reply_err(req, code);
    }

    [[noreturn]] static void refuse(fuse_req_t req, int code) {
        fuse_reply_err(req, code);
        throw Answered{};
    }

    [[nodiscard]] struct stat attributes(const FolderNode& node) const {
        struct stat st {};
        st.st_ino = node.inode;
        st.st_nlink = 1;
        st.st_uid = uid;
        st.st_gid = gid;
        st.st_blksize = 1 << 17;
        st.st_mtim.tv_sec = st.st_ctim.tv_sec = st.st_atim.tv_sec = settings.time;
        if (node.folder) {
            st.st_mode = S_IFDIR | 0555;
            return st;
        }
        switch (node.entry.kind) {
        case EntryKind::symlink:
            st.st_mode = S_IFLNK | 0777;
            break;
        case EntryKind::executable:
            st.st_mode = S_IFREG | 0555;
            break;
        default:
            st.st_mode = S_IFREG | 0444;
        }
        st.st_size = static_cast<off_t>(node.entry.size);
        st.st_blocks = static_cast<blkcnt_t>((node.entry.size + 511) / 512);
        return st;
    }
    [[nodiscard]] fuse_entry_param entry(const FolderNode& node) const {
        fuse_entry_param out{};
        out.ino = node.inode;
        out.attr = attributes(node);
        out.attr_timeout = out.entry_timeout = for_ever;
        return out;
    }
    [[nodiscard]] FolderNode node(fuse_req_t req, fuse_ino_t ino) {
        auto found = patiently(req, [&] { return view.get(ino); });
        if (!found) {
            refuse(req, ESTALE);
        }
        return std::move(*found);
    }
    /// The names and values that an inode has.
    [[nodiscard]] std::vector<std::pair<std::string_view, std::string>>
    attributes_of(const FolderNode& at) const {
        std::vector<std::pair<std::string_view, std::string>> out;
        if (!at.folder) {
            out.emplace_back(hash_name, at.entry.hash.hex());
        }
        if (settings.digest) {
            out.emplace_back(digest_name, digest_str(*settings.digest));
        }
        out.emplace_back(ref_name, settings.source);
        return out;
    }

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

    FolderView& view;
    ContentReader& content;
    FuseSettings settings;
    Log& log;
    uid_t uid;
    gid_t gid;
    bool opens = true; ///< the kernel wants open() answered
    bool opens_folders = true;
    bool mounted = false;
    fuse_session* session = nullptr;
    std::atomic<bool> stopping{false};
    std::mutex log_mutex;
    std::string last_message;
    std::chrono::steady_clock::time_point last_told;
};

void FuseMount::Impl::on_init(void* data, fuse_conn_info* connection) noexcept {
    auto& self = *static_cast<Impl*>(data);
    for (const unsigned wish :
         {FUSE_CAP_ASYNC_READ, FUSE_CAP_PARALLEL_DIROPS, FUSE_CAP_READDIRPLUS, FUSE_CAP_CACHE_SYMLINKS,
          FUSE_CAP_NO_OPEN_SUPPORT, FUSE_CAP_NO_OPENDIR_SUPPORT, FUSE_CAP_EXPORT_SUPPORT}) {
        connection->want |= connection->capable & wish;
    }
    // Left to its own judgement the kernel lists plainly after the first part of a folder, and asks for file after file.
    connection->want &= ~unsigned{FUSE_CAP_READDIRPLUS_AUTO};
    self.opens = (connection->capable & FUSE_CAP_NO_OPEN_SUPPORT) == 0;
    self.opens_folders = (connection->capable & FUSE_CAP_NO_OPENDIR_SUPPORT) == 0;
    connection->max_read = read_bytes;
    connection->max_background = 64;
    connection->congestion_threshold = 48;
}

void FuseMount::Impl::on_lookup(fuse_req_t req, fuse_ino_t parent, const char* name) noexcept {
    answer(req, [&](Impl& self) {
        const auto found = self.patiently(req, [&] { return self.view.lookup(parent, name); });
        fuse_entry_param out{};
        out.entry_timeout = for_ever; // an absent name stays absent
        if (found) {
            out = self.entry(*found);
        }
        fuse_reply_entry(req, &out);
    });
}

void FuseMount::Impl::on_getattr(fuse_req_t req, fuse_ino_t ino, fuse_file_info*) noexcept {
    answer(req, [&](Impl& self) {
        const auto st = self.attributes(self.node(req, ino));
        fuse_reply_attr(req, &st, for_ever);
    });
}

void FuseMount::Impl::on_readlink(fuse_req_t req, fuse_ino_t ino) noexcept {
    answer(req, [&](Impl& self) {
        const auto node = self.node(req, ino);
        if (node.folder || node.entry.kind != EntryKind::symlink) {
            refuse(req, EINVAL);
        }
        if (node.entry.size >= PATH_MAX) {
            refuse(req, ENAMETOOLONG);
        }
        std::string target;
        self.patiently(req, [&] {
            target.clear();
            for (const Piece& piece : self.content.read(self.content.open(ino), 0, node.entry.size)) {
                target += piece.bytes;
            }
        });
        fuse_reply_readlink(req, target.c_str());
    });
}

void FuseMount::Impl::on_open(fuse_req_t req, fuse_ino_t, fuse_file_info* info) noexcept {
    if (!of(req).opens) {
        fuse_reply_err(req, ENOSYS); // and the kernel asks no more
        return;
    }
    if ((info->flags & O_ACCMODE) != O_RDONLY) {
        fuse_reply_err(req, EROFS);
        return;
    }
    info->keep_cache = 1;
    fuse_reply_open(req, info);
}

void FuseMount::Impl::on_opendir(fuse_req_t req, fuse_ino_t, fuse_file_info* info) noexcept {
    if (!of(req).opens_folders) {
        fuse_reply_err(req, ENOSYS);
        return;
    }
    info->keep_cache = 1;
    info->cache_readdir = 1;
    fuse_reply_open(req, info);
}

void FuseMount::Impl::on_read(fuse_req_t req, fuse_ino_t ino, std::size_t size, off_t offset,
                              fuse_file_info*) noexcept {
    answer(req, [&](Impl& self) {
        bool there = true;
        const auto pieces = self.patiently(req, [&] {
            const auto file = self.content.open(ino);
            there = file != nullptr;
            return there ? self.content.read(file, static_cast<std::uint64_t>(offset), size)
                         : std::vector<Piece>();
        });
        if (!there) {
            refuse(req, EISDIR);
        }
        std::vector<iovec> parts;
        parts.reserve(pieces.size());
        for (const Piece& piece : pieces) {
            parts.push_back({const_cast<char*>(piece.bytes.data()), piece.bytes.size()});
        }
        if (parts.size() < IOV_MAX) {
            fuse_reply_iov(req, parts.data(), static_cast<int>(parts.size()));
            return;
        }
        std::string whole; // many tiny chunks
        for (const Piece& piece : pieces) {
            whole += piece.bytes;
        }
        fuse_reply_buf(req, whole.data(), whole.size());
    });
}

/// Offsets are the inode numbers of what was listed last; 1 and 2 stand for "." and "..".
template <bool plus>
void FuseMount::Impl::on_readdir(fuse_req_t req, fuse_ino_t ino, std::size_t size, off_t offset,
                                 fuse_file_info*) noexcept {
    answer(req, [&](Impl& self) {
        size = std::min<std::size_t>(size, read_bytes);
        std::string buffer(size, '\0');
        std::size_t used = 0;
        const auto add = [&](const FolderNode& node, const char* name, off_t next) {
            const auto param = self.entry(node);
            char* const place = buffer.data() + used;
            const std::size_t room = size - used;
            const std::size_t needed = plus ? fuse_add_direntry_plus(req, place, room, name, &param, next)
                                            : fuse_add_direntry(req, place, room, name, &param.attr, next);
            if (needed > room) {
                return false;
            }
            used += needed;
            return true;
        };
        const auto self_node = self.node(req, ino);
        if (!self_node.folder) {
            refuse(req, ENOTDIR);
        }
        bool known = true;
        self.patiently(req, [&] {
            used = 0;
            auto after = static_cast<Inode>(offset);
            for (; after < 2; ++after) {
                if (!add(self_node, after == 0 ? "." : "..", static_cast<off_t>(after) + 1)) {
                    return;
                }
            }
            std::string text;
            known = self.view.list(ino, after == 2 ? 0 : after,
                                   [&](const FolderNode& node, std::string_view name) {
                                       text = name;
                                       return add(node, text.c_str(), static_cast<off_t>(node.inode));
                                   });
        });
        if (!known) {
            refuse(req, EINVAL);
        }
        fuse_reply_buf(req, buffer.data(), used);
    });
}

void FuseMount::Impl::on_statfs(fuse_req_t req, fuse_ino_t) noexcept {
    answer(req, [&](Impl& self) {
        struct statvfs out {};
        out.f_bsize = out.f_frsize = 4096;
        out.f_blocks = (self.settings.bytes + 4095) / 4096;
        out.f_files = self.settings.entries;
        out.f_namemax = max_component_bytes;
        fuse_reply_statfs(req, &out);
    });
}

void FuseMount::Impl::on_getxattr(fuse_req_t req, fuse_ino_t ino, const char* name,
                                  std::size_t size) noexcept {
    answer(req, [&](Impl& self) {
        if (!std::string_view(name).starts_with("user.dsctl.")) {
            refuse(req, ENODATA); // ls asks for ACLs and labels, of every file
        }
        for (const auto& [key, value] : self.attributes_of(self.node(req, ino))) {
            if (key == name) {
                if (size == 0) {
                    fuse_reply_xattr(req, value.size());
                } else if (size < value.size()) {
                    fuse_reply_err(req, ERANGE);
                } else {
                    fuse_reply_buf(req, value.data(), value.size());
                }
                return;
            }
        }
        refuse(req, ENODATA);
    });
}

void FuseMount::Impl::on_listxattr(fuse_req_t req, fuse_ino_t ino, std::size_t size) noexcept {
    answer(req, [&](Impl& self) {
        std::string names;
        for (const auto& [key, value] : self.attributes_of(self.node(req, ino))) {
            names.append(key).push_back('\0');
        }
        if (size == 0) {
            fuse_reply_xattr(req, names.size());
        } else if (size < names.size()) {
            fuse_reply_err(req, ERANGE);
        } else {
            fuse_reply_buf(req, names.data(), names.size());
        }
    });
}

FuseMount::FuseMount(FolderView& view, ContentReader& content, FuseSettings settings, Log& log)
    : impl_(std::make_unique<Impl>(view, content, std::move(settings), log)) {}

FuseMount::~FuseMount() {
    if (impl_->mounted) {
        fuse_session_unmount(impl_->session);
    }
    if (impl_->session != nullptr) {
        fuse_session_destroy(impl_->session);
    }
}

void FuseMount::mount() {
    fuse_set_log_func(keep_complaint);
    fuse_lowlevel_ops operations{};
    operations.init = Impl::on_init;
    operations.lookup = Impl::on_lookup;
    operations.getattr = Impl::on_getattr;
    operations.readlink = Impl::on_readlink;
    operations.open = Impl::on_open;
    operations.opendir = Impl::on_opendir;
    operations.read = Impl::on_read;
    operations.readdir = Impl::on_readdir<false>;
    operations.readdirplus = Impl::on_readdir<true>;
    operations.statfs = Impl::on_statfs;
    operations.getxattr = Impl::on_getxattr;
    operations.listxattr = Impl::on_listxattr;

    std::vector<std::string> words{
        "dsctl", "-o",
        fmt::format("ro,nosuid,nodev,noatime,default_permissions,subtype=dsctl,fsname={},max_read={}",
                    impl_->settings.source, read_bytes)};
    std::vector<char*> argv;
    argv.reserve(words.size());
    for (auto& word : words) {
        argv.push_back(word.data());
    }
    fuse_args arguments{static_cast<int>(argv.size()), argv.data(), 0};
    const auto fail = [&]() -> Error {
        const auto& why = fuse_complaint();
        return {ErrorKind::failure,
                fmt::format("cannot mount on '{}': {}", printable(impl_->settings.target),
                            why.empty() ? std::string("FUSE does not work") : printable(why)),
                "dsctl get " + impl_->settings.source.substr(0, impl_->settings.source.find('@'))};
    };
    fuse_complaint().clear();
    impl_->session = fuse_session_new(&arguments, &operations, sizeof operations, impl_.get());
    fuse_opt_free_args(&arguments);
    if (impl_->session == nullptr) {
        throw fail();
    }
    if (fuse_session_mount(impl_->session, impl_->settings.target.c_str()) != 0) {
        throw fail();
    }
    impl_->mounted = true;
}

void FuseMount::serve(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable over_changed;
    bool over = false;
    // Unmounting must not be done by a thread that answers requests.
    std::jthread watcher;
    const std::stop_callback on_stop(stop, [&] {
        impl_->stopping = true;
        watcher = std::jthread([&] {
            try {
                unmount_path(impl_->settings.target, Detach::at_once);
            } catch (const std::exception& error) {
                impl_->tell(error.what());
            }
            std::unique_lock lock(mutex);
            if (!over_changed.wait_for(lock, stop_patience, [&] { return over; })) {
                ::_exit(0); // files are open: the kernel would keep the connection until they are closed
            }
        });
    });
    fuse_loop_config* config = fuse_loop_cfg_create();
    fuse_loop_cfg_set_clone_fd(config, 0);
    fuse_loop_cfg_set_max_threads(config, max_threads);
    fuse_loop_cfg_set_idle_threads(config, idle_threads);
    (void)fuse_session_loop_mt(impl_->session, config);
    fuse_loop_cfg_destroy(config);
    {
        std::lock_guard lock(mutex);
        over = true;
    }
    over_changed.notify_all();
}

} // namespace ds

// The handlers: FUSE's requests to the view's answers.
#include "mount/fuse_requests.hpp"

#include "base/path.hpp"
#include "base/units.hpp"
#include "os/file.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/uio.h>
#include <thread>
#include <unistd.h>

namespace ds {

namespace {

constexpr double for_ever = 3e7; ///< seconds that the kernel may keep what it knows: a year
constexpr std::chrono::milliseconds first_pause{50};
constexpr std::chrono::milliseconds longest_pause{2000};
constexpr std::chrono::seconds same_message_pause{10};

constexpr std::string_view hash_name = "user.dsctl.sha256";
constexpr std::string_view digest_name = "user.dsctl.digest";
constexpr std::string_view ref_name = "user.dsctl.ref";

struct Answered {}; ///< thrown to leave a request that has its error

FuseRequests& of(fuse_req_t req) {
    return *static_cast<FuseRequests*>(fuse_req_userdata(req));
}

[[noreturn]] void refuse(fuse_req_t req, int code) {
    fuse_reply_err(req, code);
    throw Answered{};
}

/// As getxattr(2) and listxattr(2) want it: the length alone for a buffer of 0 bytes.
void reply_within(fuse_req_t req, const std::string& text, std::size_t size) {
    if (size == 0) {
        fuse_reply_xattr(req, text.size());
    } else if (size < text.size()) {
        fuse_reply_err(req, ERANGE);
    } else {
        fuse_reply_buf(req, text.data(), text.size());
    }
}

} // namespace

FuseRequests::FuseRequests(FolderView& view, ContentReader& content, FuseSettings settings, Log& log)
    : view_(view), content_(content), settings_(std::move(settings)), log_(log), uid_(::geteuid()),
      gid_(::getegid()) {}

fuse_lowlevel_ops FuseRequests::operations() noexcept {
    fuse_lowlevel_ops operations{};
    operations.init = on_init;
    operations.lookup = on_lookup;
    operations.getattr = on_getattr;
    operations.readlink = on_readlink;
    operations.open = on_open;
    operations.opendir = on_opendir;
    operations.read = on_read;
    operations.readdir = on_readdir<false>;
    operations.readdirplus = on_readdir<true>;
    operations.statfs = on_statfs;
    operations.getxattr = on_getxattr;
    operations.listxattr = on_listxattr;
    return operations;
}

void FuseRequests::tell(const std::string& message) noexcept {
    try {
        std::lock_guard lock(log_mutex_);
        const auto now = std::chrono::steady_clock::now();
        if (message == last_message_ && now - last_told_ < same_message_pause) {
            return;
        }
        last_message_ = message;
        last_told_ = now;
        log_.warn(fmt::format("{} {}: {}", rfc3339(unix_now()), printable(settings_.target), message));
    } catch (...) { // a log that fails must not fail a reader
    }
}

template <class Ask>
auto FuseRequests::patiently(fuse_req_t req, const Ask& ask) {
    const auto until = std::chrono::steady_clock::now() + settings_.patience;
    for (auto pause = first_pause;; pause = std::min(pause * 2, longest_pause)) {
        try {
            return ask();
        } catch (const CorruptObject&) {
            throw;
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::interrupted || std::chrono::steady_clock::now() + pause > until) {
                throw;
            }
            tell(fmt::format("{}; trying again", error.message()));
        }
        for (auto slept = std::chrono::milliseconds(0); slept < pause; slept += first_pause) {
            std::this_thread::sleep_for(first_pause);
            if (fuse_req_interrupted(req) != 0 || stopping_.load()) {
                throw Interrupted();
            }
        }
    }
}

template <class Answer>
void FuseRequests::answer(fuse_req_t req, const Answer& run) noexcept {
    FuseRequests& self = of(req);
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

struct stat FuseRequests::attributes(const FolderNode& node) const {
    struct stat st {};
    st.st_ino = node.inode;
    st.st_nlink = 1;
    st.st_uid = uid_;
    st.st_gid = gid_;
    st.st_blksize = 1 << 17;
    st.st_mtim.tv_sec = st.st_ctim.tv_sec = st.st_atim.tv_sec = settings_.time;
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

fuse_entry_param FuseRequests::entry(const FolderNode& node) const {
    fuse_entry_param out{};
    out.ino = node.inode;
    out.attr = attributes(node);
    out.attr_timeout = out.entry_timeout = for_ever;
    return out;
}

FolderNode FuseRequests::node(fuse_req_t req, fuse_ino_t ino) {
    auto found = patiently(req, [&] { return view_.get(ino); });
    if (!found) {
        refuse(req, ESTALE);
    }
    return std::move(*found);
}

std::vector<std::pair<std::string_view, std::string>>
FuseRequests::attributes_of(const FolderNode& at) const {
    std::vector<std::pair<std::string_view, std::string>> out;
    if (!at.folder) {
        out.emplace_back(hash_name, at.entry.hash.hex());
    }
    if (settings_.digest) {
        out.emplace_back(digest_name, digest_str(*settings_.digest));
    }
    out.emplace_back(ref_name, settings_.source);
    return out;
}

void FuseRequests::on_init(void* data, fuse_conn_info* connection) noexcept {
    auto& self = *static_cast<FuseRequests*>(data);
    for (const unsigned wish :
         {FUSE_CAP_ASYNC_READ, FUSE_CAP_PARALLEL_DIROPS, FUSE_CAP_READDIRPLUS, FUSE_CAP_CACHE_SYMLINKS,
          FUSE_CAP_NO_OPEN_SUPPORT, FUSE_CAP_NO_OPENDIR_SUPPORT, FUSE_CAP_EXPORT_SUPPORT}) {
        connection->want |= connection->capable & wish;
    }
    // Left to its own judgement the kernel lists plainly after the first part of a folder, and asks for file after file.
    connection->want &= ~unsigned{FUSE_CAP_READDIRPLUS_AUTO};
    self.opens_ = (connection->capable & FUSE_CAP_NO_OPEN_SUPPORT) == 0;
    self.opens_folders_ = (connection->capable & FUSE_CAP_NO_OPENDIR_SUPPORT) == 0;
    connection->max_read = fuse_read_bytes;
    connection->max_background = 64;
    connection->congestion_threshold = 48;
}

void FuseRequests::on_lookup(fuse_req_t req, fuse_ino_t parent, const char* name) noexcept {
    answer(req, [&](FuseRequests& self) {
        const auto found = self.patiently(req, [&] { return self.view_.lookup(parent, name); });
        fuse_entry_param out{};
        out.entry_timeout = for_ever; // an absent name stays absent
        if (found) {
            out = self.entry(*found);
        }
        fuse_reply_entry(req, &out);
    });
}

void FuseRequests::on_getattr(fuse_req_t req, fuse_ino_t ino, fuse_file_info*) noexcept {
    answer(req, [&](FuseRequests& self) {
        const auto st = self.attributes(self.node(req, ino));
        fuse_reply_attr(req, &st, for_ever);
    });
}

void FuseRequests::on_readlink(fuse_req_t req, fuse_ino_t ino) noexcept {
    answer(req, [&](FuseRequests& self) {
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
            for (const SharedBytes& piece : self.content_.read(self.content_.open(ino), 0, node.entry.size)) {
                target += piece.view;
            }
        });
        fuse_reply_readlink(req, target.c_str());
    });
}

void FuseRequests::on_open(fuse_req_t req, fuse_ino_t, fuse_file_info* info) noexcept {
    if (!of(req).opens_) {
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

void FuseRequests::on_opendir(fuse_req_t req, fuse_ino_t, fuse_file_info* info) noexcept {
    if (!of(req).opens_folders_) {
        fuse_reply_err(req, ENOSYS);
        return;
    }
    info->keep_cache = 1;
    info->cache_readdir = 1;
    fuse_reply_open(req, info);
}

void FuseRequests::on_read(fuse_req_t req, fuse_ino_t ino, std::size_t size, off_t offset,
                           fuse_file_info*) noexcept {
    answer(req, [&](FuseRequests& self) {
        bool there = true;
        const auto pieces = self.patiently(req, [&] {
            const auto file = self.content_.open(ino);
            there = file != nullptr;
            return there ? self.content_.read(file, static_cast<std::uint64_t>(offset), size)
                         : std::vector<SharedBytes>();
        });
        if (!there) {
            refuse(req, EISDIR);
        }
        std::vector<iovec> parts;
        parts.reserve(pieces.size());
        for (const SharedBytes& piece : pieces) {
            parts.push_back({const_cast<char*>(piece.view.data()), piece.view.size()});
        }
        if (parts.size() < IOV_MAX) {
            fuse_reply_iov(req, parts.data(), static_cast<int>(parts.size()));
            return;
        }
        std::string whole; // many tiny chunks
        for (const SharedBytes& piece : pieces) {
            whole += piece.view;
        }
        fuse_reply_buf(req, whole.data(), whole.size());
    });
}

/// Offsets are the inode numbers of what was listed last; 1 and 2 stand for "." and "..".
template <bool plus>
void FuseRequests::on_readdir(fuse_req_t req, fuse_ino_t ino, std::size_t size, off_t offset,
                              fuse_file_info*) noexcept {
    answer(req, [&](FuseRequests& self) {
        size = std::min<std::size_t>(size, fuse_read_bytes);
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
            known = self.view_.list(ino, after == 2 ? 0 : after,
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

void FuseRequests::on_statfs(fuse_req_t req, fuse_ino_t) noexcept {
    answer(req, [&](FuseRequests& self) {
        struct statvfs out {};
        out.f_bsize = out.f_frsize = 4096;
        out.f_blocks = (self.settings_.bytes + 4095) / 4096;
        out.f_files = self.settings_.entries;
        out.f_namemax = max_component_bytes;
        fuse_reply_statfs(req, &out);
    });
}

void FuseRequests::on_getxattr(fuse_req_t req, fuse_ino_t ino, const char* name, std::size_t size) noexcept {
    answer(req, [&](FuseRequests& self) {
        if (!std::string_view(name).starts_with("user.dsctl.")) {
            refuse(req, ENODATA); // ls asks for ACLs and labels, of every file
        }
        for (const auto& [key, value] : self.attributes_of(self.node(req, ino))) {
            if (key == name) {
                reply_within(req, value, size);
                return;
            }
        }
        refuse(req, ENODATA);
    });
}

void FuseRequests::on_listxattr(fuse_req_t req, fuse_ino_t ino, std::size_t size) noexcept {
    answer(req, [&](FuseRequests& self) {
        std::string names;
        for (const auto& [key, value] : self.attributes_of(self.node(req, ino))) {
            names.append(key).push_back('\0');
        }
        reply_within(req, names, size);
    });
}

} // namespace ds

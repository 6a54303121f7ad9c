// Descriptors, durable writes and locks below a folder registry.
#include "registry/buckets/folder_tree.hpp"

#include "base/path.hpp"
#include "os/walk.hpp"
#include "registry/bucket.hpp"
#include "registry/buckets/key_path.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ds::folder {

namespace {

constexpr unsigned lock_wait_ms = 60'000;
constexpr std::int64_t stale_temp_seconds = 24 * 3600;

int open_dir_fd(int parent, const char* name) {
    return ::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/// Calls `step(parent, component)` for each component; the descriptor it gives is the next parent.
template <class Step>
Fd descend(int from, const std::string& path, Step step) {
    Fd current(open_dir_fd(from, ".")); // not a duplicate: that would share the place of reading
    for (std::size_t begin = 0; current && begin < path.size();) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        Fd next = step(current.get(), path.substr(begin, end - begin));
        const int why = errno; // closing the parent may change it
        current = std::move(next);
        errno = why;
        begin = end + 1;
    }
    return current;
}

} // namespace

void throw_folder_error(std::string_view action, std::string_view path, const std::string& root) {
    if (errno == EACCES || errno == EPERM || errno == EROFS) {
        const auto why = os_error(action, path, errno);
        throw NotGranted(why.message(),
                         root.empty() ? std::string()
                                      : fmt::format("ask the owner of {} for the right to", printable(root)));
    }
    throw_errno(action, path);
}

TempFile::TempFile(int tmp_dir, std::string path)
    : tmp_dir_(tmp_dir), path_(std::move(path)), name_(random_hex(12)) {
    path_ += "/" + name_;
    fd_ = Fd(::openat(tmp_dir_, name_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd_) {
        throw_folder_error("cannot create", path_);
    }
}

TempFile::~TempFile() {
    if (!moved_) {
        ::unlinkat(tmp_dir_, name_.c_str(), 0);
    }
}

void TempFile::write(ByteView data) {
    write_full(fd_.get(), data, path_);
}

void TempFile::finish(mode_t mode) {
    if (::fchmod(fd_.get(), mode) != 0) {
        throw_folder_error("cannot change the mode of", path_);
    }
    sync_fd(fd_.get(), path_);
    fd_.close_checked(path_);
}

void TempFile::move_to(int dir, const std::string& name) {
    if (::renameat(tmp_dir_, name_.c_str(), dir, name.c_str()) != 0) {
        throw_folder_error("cannot move into place", path_);
    }
    moved_ = true;
}

FolderTree::FolderTree(std::string root, const std::string& bucket)
    : root_(std::move(root)), bucket_(bucket) {
    const auto missing = [&] {
        if (errno == ENOENT || errno == ENOTDIR) {
            throw Error(ErrorKind::not_found, fmt::format("there is no registry in '{}'", printable(root_)),
                        fmt::format("dsctl registry init NAME {}", printable(root_)));
        }
        throw_folder_error("cannot open", root_, root_);
    };
    root_fd_ = Fd(::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root_fd_) {
        missing();
    }
    fd_ = Fd(open_dir_fd(root_fd_.get(), bucket.c_str()));
    if (!fd_) {
        missing();
    }
    struct stat st {};
    if (::fstat(root_fd_.get(), &st) != 0) {
        throw_folder_error("cannot stat", root_);
    }
    mode_ = st.st_mode & 02777;
}

std::string FolderTree::describe(const std::string& key) const {
    return fmt::format("{} object '{}' of {}", bucket_, printable(key), printable(root_));
}

void FolderTree::require_writable() const {
    if (::faccessat(fd_.get(), ".", W_OK | X_OK, AT_EACCESS) != 0) {
        throw_folder_error("cannot write to the registry", root_, root_);
    }
}

std::optional<Fd> FolderTree::open_path(const std::string& path) const {
    Fd dir = descend(fd_.get(), path, [](int parent, const std::string& name) {
        return Fd(open_dir_fd(parent, name.c_str()));
    });
    if (dir) {
        return dir;
    }
    if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) { // a link in the way is not ours
        return std::nullopt;
    }
    throw_folder_error("cannot open", root_ + "/" + bucket_ + "/" + path, root_);
}

std::optional<Fd> FolderTree::find(const std::string& key) const {
    return open_path(key_path(key));
}

Fd FolderTree::create(const std::string& key) const {
    const auto path = key_path(key);
    Fd dir = descend(fd_.get(), path, [&](int parent, const std::string& name) {
        Fd existing(open_dir_fd(parent, name.c_str()));
        if (existing || errno != ENOENT) {
            return existing;
        }
        if (::mkdirat(parent, name.c_str(), 0777) != 0) {
            return Fd();
        }
        Fd made(open_dir_fd(parent, name.c_str()));
        if (made && ::fchmod(made.get(), mode_) == 0) {
            sync_fd(parent, root_ + "/" + bucket_);
            return made;
        }
        return Fd();
    });
    if (!dir) {
        throw_folder_error("cannot create", root_ + "/" + bucket_ + "/" + path, root_);
    }
    return dir;
}

void FolderTree::remove_if_empty(const std::string& key) const noexcept {
    try {
        const auto path = key_path(key);
        const std::size_t slash = path.rfind('/');
        const auto parent = open_path(slash == std::string::npos ? std::string() : path.substr(0, slash));
        const auto name = slash == std::string::npos ? path : path.substr(slash + 1);
        if (parent) {
            ::unlinkat(parent->get(), name.c_str(), AT_REMOVEDIR); // fails when not empty: as meant
        }
    } catch (const std::exception&) {
        return; // an empty folder is no object; it may as well stay
    }
}

TempFile FolderTree::temp() {
    {
        const std::lock_guard guard(tmp_mutex_);
        if (!tmp_fd_) {
            tmp_fd_ = Fd(open_dir_fd(root_fd_.get(), "tmp"));
            if (!tmp_fd_) {
                throw_folder_error("cannot open", root_ + "/tmp", root_);
            }
            remove_stale_temps();
        }
    }
    return {tmp_fd_.get(), root_ + "/tmp"};
}

void FolderTree::remove_stale_temps() {
    const std::int64_t now = unix_now();
    for (const auto& name : entry_names(tmp_fd_.get(), root_ + "/tmp")) {
        struct stat st {};
        if (::fstatat(tmp_fd_.get(), name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            st.st_mtime < now - stale_temp_seconds) {
            ::unlinkat(tmp_fd_.get(), name.c_str(), 0); // somebody else's may stay
        }
    }
}

void FolderTree::write_durably(int dir, const std::string& name, ByteView data, mode_t mode) {
    TempFile file = temp();
    file.write(data);
    file.finish(mode);
    file.move_to(dir, name);
    sync_fd(dir, name);
}

FolderTree::Guard::Guard(std::mutex& mutex, const std::string& path) : threads_(mutex) {
    processes_ = LockFile::acquire(path, LockFile::Mode::exclusive, lock_wait_ms);
    if (!processes_) {
        throw Error(
            ErrorKind::locked,
            fmt::format("another process has held '{}' for {} s", printable(path), lock_wait_ms / 1000),
            "run the same command again");
    }
}

FolderTree::Guard FolderTree::lock() {
    return {lock_mutex_, root_ + "/.lock-" + bucket_};
}

void FolderTree::walk(const std::string& prefix,
                      const std::function<bool(const std::string&, int)>& visit) const {
    walk_below("", "", prefix, visit);
}

bool FolderTree::walk_below(const std::string& path, const std::string& known, const std::string& prefix,
                            const std::function<bool(const std::string&, int)>& visit) const {
    std::vector<std::pair<KeyPiece, std::string>> pieces;
    {
        // Closed again before going deeper: the depth of a hostile folder shall not use up descriptors.
        const auto dir = open_path(path);
        if (!dir) {
            return true;
        }
        for (auto& entry : read_dir_ordered(dir->get(), path)) {
            auto piece = entry.kind == FileStat::Kind::directory ? parse_piece(entry.name) : std::nullopt;
            if (piece && known.size() + piece->text.size() <= max_key_bytes) {
                pieces.emplace_back(std::move(*piece), std::move(entry.name));
            }
        }
    }
    std::sort(pieces.begin(), pieces.end(), [](const auto& a, const auto& b) {
        // Of equal texts the key that ends here comes first.
        return a.first.text != b.first.text
                   ? a.first.text < b.first.text
                   : a.first.kind == KeyPiece::Kind::last && b.first.kind != a.first.kind;
    });
    for (const auto& [piece, name] : pieces) {
        const auto key = known + piece.text;
        const auto below = path.empty() ? name : path + "/" + name;
        if (piece.kind != KeyPiece::Kind::last) {
            const std::size_t common = std::min(key.size(), prefix.size());
            if (key.compare(0, common, prefix, 0, common) == 0 && !walk_below(below, key, prefix, visit)) {
                return false;
            }
        } else if (key.starts_with(prefix)) {
            const auto dir = open_path(below);
            if (dir && !visit(key, dir->get())) {
                return false;
            }
        }
    }
    return true;
}

std::optional<Fd> open_regular(int dir, const std::string& name, std::uint64_t& size) {
    Fd fd(::openat(dir, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!fd) {
        if (errno == ENOENT) {
            return std::nullopt;
        }
        if (errno == ELOOP) {
            throw CorruptObject(fmt::format("'{}' in a registry is a link", printable(name)));
        }
        throw_folder_error("cannot open", name);
    }
    struct stat st {};
    if (::fstat(fd.get(), &st) != 0) {
        throw_folder_error("cannot stat", name);
    }
    if (!S_ISREG(st.st_mode)) {
        throw CorruptObject(fmt::format("'{}' in a registry is no regular file", printable(name)));
    }
    size = static_cast<std::uint64_t>(st.st_size);
    return fd;
}

std::optional<ByteString> read_small(int dir, const std::string& name, std::uint64_t max,
                                     const std::string& what) {
    std::uint64_t size = 0;
    const auto fd = open_regular(dir, name, size);
    if (!fd) {
        return std::nullopt;
    }
    if (size > max) {
        throw CorruptObject(fmt::format("{} has {} bytes; at most {} are allowed", what, size, max));
    }
    ByteString out(static_cast<std::size_t>(size), '\0');
    if (pread_full(fd->get(), out.data(), out.size(), 0, what) != out.size()) {
        throw CorruptObject(fmt::format("{} was cut while it was read", what));
    }
    return out;
}

std::vector<std::string> entry_names(int dir, const std::string& what) {
    std::vector<std::string> names;
    for (auto& entry : read_dir_ordered(dir, what)) {
        names.push_back(std::move(entry.name));
    }
    std::sort(names.begin(), names.end());
    return names;
}

} // namespace ds::folder

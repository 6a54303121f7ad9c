// Pending objects in memory, and the two ways to the disk.
#include "history/object_writer.hpp"

#include "history/object_database.hpp"
#include "history/sync_together.hpp"
#include "os/file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace ds::git {

namespace {

/// Up to this many objects become loose ones: some local commits, not a fetched history.
constexpr std::size_t max_loose = 48;
constexpr std::size_t max_pending_bytes = 8u << 20;
constexpr std::size_t max_pending_objects = 50'000;

std::string raw_id(const git_oid& oid) {
    return {reinterpret_cast<const char*>(oid.id), sizeof oid.id};
}

} // namespace

NewFile::NewFile(std::string temporary, std::string target, mode_t mode)
    : temporary_(std::move(temporary)), target_(std::move(target)),
      fd_(open_file(temporary_, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode)) {}

NewFile::NewFile(NewFile&& other) noexcept
    : temporary_(std::move(other.temporary_)), target_(std::move(other.target_)), fd_(std::move(other.fd_)),
      done_(std::exchange(other.done_, true)) {}

NewFile::~NewFile() {
    if (!done_) {
        ::unlink(temporary_.c_str());
    }
}

void NewFile::write(ByteView data) {
    write_full(fd_.get(), data, target_);
    ::sync_file_range(fd_.get(), 0, 0, SYNC_FILE_RANGE_WRITE); // a hint only
}

void NewFile::sync() {
    sync_fd(fd_.get(), target_);
    fd_.close_checked(target_);
}

void NewFile::install() {
    rename_file(temporary_, target_, Durability::volatile_);
    done_ = true;
}

ObjectWriter::ObjectWriter(git_repository* repository, git_odb* odb, std::string objects_dir)
    : repository_(repository), odb_(odb), memory_(nullptr), objects_dir_(std::move(objects_dir)) {
    check(git_mempack_new(&memory_), "cannot open the history");
    constexpr int before_the_disk = 999;
    if (const int code = git_odb_add_backend(odb_, memory_, before_the_disk); code < 0) {
        memory_->free(memory_);
        throw error_of(code, "cannot open the history");
    }
}

git_oid ObjectWriter::put(git_object_t type, ByteView bytes) {
    git_oid oid;
    check(git_odb_hash(&oid, bytes.data(), bytes.size(), type), "cannot hash a history object");
    if (pending_ids_.contains(raw_id(oid))) {
        return oid;
    }
    if (git_odb_exists_ext(odb_, &oid, GIT_ODB_LOOKUP_NO_REFRESH) == 1) {
        try {
            if (read_object(odb_, oid)) {
                return oid;
            }
        } catch (const CorruptObject&) { // here come the right bytes
        }
    }
    if (pending_.size() >= max_pending_objects || pending_bytes_ + bytes.size() > max_pending_bytes) {
        flush();
    }
    check(memory_->write(memory_, &oid, bytes.data(), bytes.size(), type), "cannot keep a history object");
    pending_.push_back(oid);
    pending_ids_.insert(raw_id(oid));
    pending_bytes_ += bytes.size();
    return oid;
}

void ObjectWriter::flush() {
    stage();
    sync_together(syncs());
    install();
}

void ObjectWriter::stage() {
    staged_.clear();
    if (pending_.size() > max_loose) {
        write_pack();
        return;
    }
    for (const auto& oid : pending_) {
        const auto object = read_object(odb_, oid);
        if (!object) {
            throw Error(ErrorKind::failure, "a pending history object is gone");
        }
        const auto target = loose_path(objects_dir_, oid);
        const auto dir = target.substr(0, target.rfind('/'));
        if (::mkdir(dir.c_str(), 0777) == 0) {
            new_dirs_ = true;
        } else if (errno != EEXIST) {
            throw_errno("cannot create", dir);
        }
        auto& file = staged_.emplace_back(objects_dir_ + "/tmp_obj_" + random_hex(12), target, 0444);
        file.write(loose_bytes(object->type, object->bytes));
    }
}

std::vector<std::function<void()>> ObjectWriter::syncs() {
    std::vector<std::function<void()>> out;
    for (auto& file : staged_) {
        out.emplace_back([&file] { file.sync(); });
    }
    return out;
}

void ObjectWriter::install() {
    if (pending_.empty()) {
        return;
    }
    std::set<std::string> dirs;
    for (auto& file : staged_) {
        file.install();
        dirs.insert(file.target().substr(0, file.target().rfind('/')));
    }
    if (new_dirs_) {
        dirs.insert(objects_dir_);
    }
    std::vector<std::function<void()>> syncs;
    syncs.reserve(dirs.size());
    for (const auto& dir : dirs) {
        syncs.emplace_back([&dir] { sync_dir(dir); });
    }
    sync_together(syncs);
    new_dirs_ = false;
    staged_.clear();
    check(git_mempack_reset(memory_), "cannot write the history");
    pending_.clear();
    pending_ids_.clear();
    pending_bytes_ = 0;
    check(git_odb_refresh(odb_), "cannot write the history");
}

void ObjectWriter::write_pack() {
    git_packbuilder* raw = nullptr;
    check(git_packbuilder_new(&raw, repository_), "cannot write the history");
    const PackbuilderHandle builder(raw);
    git_packbuilder_set_threads(raw, 1);
    for (const auto& oid : pending_) {
        check(git_packbuilder_insert(raw, &oid, nullptr), "cannot write the history");
    }
    // Syncs the pack, its index and their folder (GIT_OPT_ENABLE_FSYNC_GITDIR).
    check(git_packbuilder_write(raw, nullptr, 0, nullptr, nullptr), "cannot write the history");
}

} // namespace ds::git

// Pending objects in memory, and the two ways to the disk.
#include "history/object_writer.hpp"

#include "history/object_database.hpp"
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

/// A file under a temporary name, removed unless it was renamed.
struct TemporaryObject {
    std::string temp;
    std::string target;
    Fd fd;
    bool installed = false;

    TemporaryObject(std::string temp_path, std::string target_path)
        : temp(std::move(temp_path)), target(std::move(target_path)),
          fd(open_file(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0444)) {}
    TemporaryObject(TemporaryObject&& other) noexcept
        : temp(std::move(other.temp)), target(std::move(other.target)), fd(std::move(other.fd)),
          installed(std::exchange(other.installed, true)) {}
    TemporaryObject& operator=(TemporaryObject&&) = delete;
    ~TemporaryObject() {
        if (!installed) {
            ::unlink(temp.c_str());
        }
    }
};

} // namespace

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
    if (pending_.empty()) {
        return;
    }
    if (pending_.size() <= max_loose) {
        write_loose();
    } else {
        write_pack();
    }
    check(git_mempack_reset(memory_), "cannot write the history");
    pending_.clear();
    pending_ids_.clear();
    pending_bytes_ = 0;
    check(git_odb_refresh(odb_), "cannot write the history");
}

void ObjectWriter::write_loose() {
    std::vector<TemporaryObject> files;
    files.reserve(pending_.size());
    std::set<std::string> dirs;
    bool new_dir = false;
    for (const auto& oid : pending_) {
        const auto object = read_object(odb_, oid);
        if (!object) {
            throw Error(ErrorKind::failure, "a pending history object is gone");
        }
        const auto target = loose_path(objects_dir_, oid);
        const auto dir = target.substr(0, target.rfind('/'));
        if (dirs.insert(dir).second) {
            if (::mkdir(dir.c_str(), 0777) == 0) {
                new_dir = true;
            } else if (errno != EEXIST) {
                throw_errno("cannot create", dir);
            }
        }
        auto& file = files.emplace_back(objects_dir_ + "/tmp_obj_" + random_hex(12), target);
        write_full(file.fd.get(), loose_bytes(object->type, object->bytes), file.target);
        // Only a hint: the next fsync then finds all of them under way, and one journal commit serves all.
        ::sync_file_range(file.fd.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
    }
    for (auto& file : files) {
        sync_fd(file.fd.get(), file.target);
        file.fd.close_checked(file.target);
    }
    for (auto& file : files) {
        rename_file(file.temp, file.target, Durability::volatile_);
        file.installed = true;
    }
    for (const auto& dir : dirs) {
        sync_dir(dir);
    }
    if (new_dir) {
        sync_dir(objects_dir_);
    }
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

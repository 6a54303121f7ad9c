#include "dataset/scratch_slot.hpp"

#include "base/error.hpp"
#include "codec/hash.hpp"
#include "dataset/upkeep.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <unistd.h>

namespace ds {

namespace {

constexpr int most_slots = 1024;
constexpr int most_tries = 100;
/// Collections of registries have removed by then what an interrupted command sent.
constexpr std::int64_t kept_seconds = 30 * 86'400;
constexpr std::string_view lock_name = "lock";

/// When anything in a folder was last written.
std::int64_t last_used(const std::string& path) {
    const auto own = try_lstat(path);
    std::int64_t latest = own ? own->st_mtime : 0;
    for (const auto& name : list_dir(path)) {
        const auto st = try_lstat(path + "/" + name);
        latest = st ? std::max<std::int64_t>(latest, st->st_mtime) : latest;
    }
    return latest;
}

/// What nobody came back for.
void remove_old(const std::string& parent) {
    for (const auto& name : list_dir(parent)) {
        const auto path = parent + "/" + name;
        try {
            if (last_used(path) < unix_now() - kept_seconds &&
                LockFile::acquire(path + "/" + std::string(lock_name), LockFile::Mode::exclusive, 0)) {
                remove_tree(path);
            }
        } catch (const Error&) { // somebody else is at it
        }
    }
}

} // namespace

ScratchSlot::ScratchSlot(const std::string& kind, const std::string& purpose) {
    const auto parent = cache_dir() + "/" + kind;
    make_dirs(parent, 0700);
    remove_old(parent);
    const auto name = sha256(purpose).short_hex();
    for (int n = 0; n < most_slots; ++n) {
        if (enter(fmt::format("{}/{}-{}", parent, name, n))) {
            return;
        }
    }
    throw Error(ErrorKind::locked, "too many commands work in '" + parent + "'");
}

bool ScratchSlot::enter(const std::string& path) {
    const auto file = path + "/" + std::string(lock_name);
    for (int attempt = 1;; ++attempt) { // the one before may be removing the folder
        try {
            make_dirs(path, 0700);
            lock_ = LockFile::acquire(file, LockFile::Mode::exclusive, 0);
        } catch (const Error&) {
            if (attempt == most_tries || path_exists(file)) {
                throw;
            }
            continue;
        }
        if (!lock_) {
            return false;
        }
        if (lock_->is_at(file)) {
            path_ = path;
            return true;
        }
        if (attempt == most_tries) {
            return false;
        }
    }
}

ScratchSlot::~ScratchSlot() {
    try {
        if (list_dir(path_).size() == 1) { // nothing but the lock
            remove_file(path_ + "/" + std::string(lock_name));
            ::rmdir(path_.c_str());
        }
    } catch (const Error&) { // the next one does it
    }
}

} // namespace ds

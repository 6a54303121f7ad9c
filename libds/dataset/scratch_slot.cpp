#include "dataset/scratch_slot.hpp"

#include "base/error.hpp"
#include "dataset/upkeep.hpp"

namespace ds {

namespace {
constexpr int most_slots = 1024;
}

ScratchSlot::ScratchSlot(const std::string& kind) {
    for (int n = 0; n < most_slots; ++n) {
        path_ = cache_dir() + "/" + kind + "/" + std::to_string(n);
        make_dirs(path_, 0700);
        lock_ = LockFile::acquire(path_ + "/lock", LockFile::Mode::exclusive, 0);
        if (lock_) {
            return;
        }
    }
    throw Error(ErrorKind::locked, "too many commands work in '" + cache_dir() + "/" + kind + "'");
}

} // namespace ds

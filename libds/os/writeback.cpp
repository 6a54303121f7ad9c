// sync_file_range.
#include "os/writeback.hpp"

#include <fcntl.h>

namespace ds {

namespace {

/// Small enough that the disk is soon busy, large enough that small files are left to the kernel.
constexpr std::uint64_t step = 8u << 20;

} // namespace

void EarlyWriteback::wrote(std::uint64_t n) noexcept {
    written_ += n;
    if (written_ - begun_ < 2 * step) {
        return;
    }
    sync_file_range(fd_, static_cast<off_t>(begun_), static_cast<off_t>(written_ - step - begun_),
                    SYNC_FILE_RANGE_WRITE);
    begun_ = written_ - step;
}

} // namespace ds

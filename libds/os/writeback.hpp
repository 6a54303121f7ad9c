// Having the disk begin early with what is being written.
//
// The kernel lets gigabytes of dirty pages pile up before it writes any. Whoever writes a large file and will sync
// it, or whose caller will, gets both done at once by asking for each part as soon as the next one is begun.
#pragma once

#include <cstdint>

namespace ds {

/// For one file, written from its beginning to its end by one thread.
class EarlyWriteback {
  public:
    /// @param fd stays the caller's
    explicit EarlyWriteback(int fd) noexcept : fd_(fd) {}
    /// `n` more bytes were written. Only a hint: what fails is found by who syncs.
    void wrote(std::uint64_t n) noexcept;

  private:
    int fd_;
    std::uint64_t written_ = 0;
    std::uint64_t begun_ = 0;
};

} // namespace ds

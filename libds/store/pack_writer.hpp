// Packs being written: frames are appended, full packs get their footer and go to the disk in the background.
//
// Space is given out under a lock, bytes are written outside of it, so that many threads append at once. A
// sealed pack is handed to one thread that fsyncs it while the session goes on, so that a commit waits for
// the last packs only.
#pragma once

#include "os/fd.hpp"
#include "store/frame.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace ds {

/// A complete pack, or another complete file, in the session's folder.
struct SealedPack {
    std::string path;
    Sha256 name;
    Fd fd;              ///< opened by path when it is to be synced, if it is not open
    std::string target; ///< where commit() moves it; empty: it stays
};

/// Fsyncs packs in the order they come. Thread-safe.
class PackSyncer {
  public:
    PackSyncer() = default;
    ~PackSyncer();
    void add(std::shared_ptr<SealedPack> pack);
    /// Waits until all packs are durable. @throws the first error
    void wait();

  private:
    void run();
    std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable idle_;
    std::deque<std::function<void()>> work_;
    bool busy_ = false;
    bool stopping_ = false;
    std::exception_ptr error_;
    std::thread thread_;
};

/// The packs of one class (content or metadata) of a session. Thread-safe.
class PackWriter {
  public:
    /// @param prefix of the files: <prefix><number>.pack
    /// @param sealed called for every finished pack with its entries, in no particular thread
    PackWriter(std::string prefix, std::uint32_t pack_size,
               std::function<void(std::shared_ptr<SealedPack>, const std::vector<FooterEntry>&)> sealed);
    ~PackWriter();

    struct Placed {
        std::uint32_t pack = 0;
        std::uint32_t frame_offset = 0;
    };
    Placed append(ByteView header, ByteView payload, std::vector<FooterEntry> entries);
    /// Seals the pack begun, if any.
    void finish();
    [[nodiscard]] std::string path_of(std::uint32_t pack) const;

  private:
    struct Open;
    void seal(const std::shared_ptr<Open>& pack);

    std::string prefix_;
    std::uint64_t pack_size_;
    std::function<void(std::shared_ptr<SealedPack>, const std::vector<FooterEntry>&)> sealed_;
    std::mutex mutex_;
    std::condition_variable written_;
    std::shared_ptr<Open> open_;
    std::uint32_t next_ = 0;
};

} // namespace ds

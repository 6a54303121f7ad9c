// Tree nodes of a session, readable before its commit.
//
// The newest are kept as bytes (16 MiB); of older ones only the place in the session's own packs. A tree has
// one node for about 256 entries, so the places of a session that writes 10^7 files take about 4 MiB.
#pragma once

#include "store/frame.hpp"

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace ds {

/// Thread-safe.
class PendingNodes {
  public:
    void add(const Sha256& id, ByteView bytes);
    /// Says where the nodes of a written frame lie.
    void placed(const std::string& pack_path, std::uint32_t frame_offset, std::uint64_t frame_length,
                const std::vector<FooterEntry>& entries);
    /// Nothing when the session did not write it. @throws CorruptObject when it cannot be read back
    [[nodiscard]] std::shared_ptr<const ByteString> find(const Sha256& id);
    void clear();

  private:
    struct Node {
        std::shared_ptr<const ByteString> bytes;
        std::uint32_t pack = 0; ///< index into packs_, from 1; 0 while not written
        std::uint32_t frame_offset = 0;
        std::uint32_t frame_length = 0;
        std::uint32_t inner_offset = 0;
        std::uint32_t length = 0;
    };
    void forget_old();

    std::mutex mutex_;
    std::unordered_map<Sha256, Node> nodes_;
    std::deque<Sha256> recent_; ///< those with bytes, oldest first
    std::size_t bytes_ = 0;
    std::vector<std::string> packs_;
};

} // namespace ds

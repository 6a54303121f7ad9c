// The cache of small registry objects on this machine: a few megabytes that make a push or a publish of few
// changes cost few requests, since the layout of what did not change need not be asked for.
//
//   file   := "DSNODES\n" record…
//   record := hash:32 length:u32 bytes               hash: SHA-256 of the bytes; at most 512 KiB
//
// Two files, `nodes.new` and `nodes.old`: when the new one is full it becomes the old one and an empty one is
// begun; what is still used moves along. So the cache is bounded without bookkeeping, and reading one record
// never needs another. Every read is checked against its hash, a record that fails it is forgotten (it will
// be fetched again), a torn end is cut off, nothing is synced, and losing all of it is fine. One process at a
// time writes (an OFD lock on `nodes.lock`), the others only read.
#pragma once

#include "os/fd.hpp"
#include "os/file.hpp"
#include "registry/byte_cache.hpp"

#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace ds {

/// Objects above this are not kept.
inline constexpr std::size_t max_cached_node = 512u << 10;

class NodeFileCache final : public ByteCache {
  public:
    /// Opens or makes the cache in `dir`. Never throws for what is wrong with it: then it is empty, or keeps
    /// nothing. @param max_bytes of both files together
    NodeFileCache(const std::string& dir, std::uint64_t max_bytes);

    std::shared_ptr<const ByteString> get(const Sha256& hash) override;
    bool has(const Sha256& hash) override;
    void put(const Sha256& hash, ByteView bytes) noexcept override;

  private:
    struct File {
        std::string path;
        Fd fd;
        std::uint64_t end = 0;
    };
    struct At {
        std::uint64_t offset = 0; ///< of the bytes
        std::uint32_t length = 0;
        bool old = false;
    };
    void load(File& file, bool old);
    void begin_new();
    void rotate();
    void append(const Sha256& hash, ByteView bytes);

    std::string dir_;
    std::uint64_t max_file_;
    std::mutex mutex_;
    std::optional<LockFile> lock_; ///< without it: only reads
    File new_;
    File old_;
    std::unordered_map<Sha256, At> places_;
};

} // namespace ds

// The hashes a write session has claimed: exact, and bounded in memory however many there are.
//
// Keys are kept in 16 shards by their first bits. A shard is a hash table in memory; once it holds its share
// it is written out as a sorted run (a file that loses its name at once), and runs of like size are merged,
// so that a lookup touches few of them. Nothing here outlives the session.
#pragma once

#include "base/sha256.hpp"
#include "os/file.hpp"
#include "store/frame.hpp"

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace ds {

/// A set of (kind, hash). Thread-safe.
class KeySet {
  public:
    /// @param dir the folder for runs
    explicit KeySet(std::string dir, std::size_t keys_in_memory = std::size_t{1} << 19);
    /// True when it was not there.
    bool insert(ObjectKind kind, const Sha256& hash);
    [[nodiscard]] bool contains(ObjectKind kind, const Sha256& hash);

  private:
    using Run = std::unique_ptr<MappedFile>;
    struct Shard {
        std::mutex mutex;
        std::vector<Sha256> table; ///< open addressing; zero is empty
        std::size_t used = 0;
        std::vector<Run> runs; ///< falling sizes
    };
    static constexpr std::size_t shard_count = 16;

    [[nodiscard]] static bool find(const Shard& shard, const Sha256& key);
    static void place(std::vector<Sha256>& table, const Sha256& key);
    void grow(Shard& shard) const;
    void spill(Shard& shard);
    [[nodiscard]] Run write_run(const std::vector<Sha256>& keys);
    [[nodiscard]] Run merge_runs(const MappedFile& a, const MappedFile& b);
    [[nodiscard]] std::string next_name();

    std::string dir_;
    std::size_t shard_limit_;
    std::atomic<std::uint64_t> serial_{0};
    std::array<Shard, shard_count> shards_;
};

} // namespace ds

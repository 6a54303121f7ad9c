// Verbs for keeping a checkout sound and small.
#pragma once

#include "dataset/repository.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace ds {

struct FsckOptions {
    bool full = false;   ///< also reads every byte
    bool repair = false; ///< fetches what is damaged from the registry, rebuilds the index
};
/// Something that is damaged, and what helps where no repair does.
struct FsckProblem : StoreProblem {
    std::string way_out; ///< a command; empty: fsck --repair
};
struct FsckResult {
    std::vector<FsckProblem> problems; ///< at most 1,000 are kept
    std::uint64_t problem_count = 0;
    std::uint64_t repaired = 0;
    std::uint64_t objects = 0, packs = 0;
    bool damaged = false; ///< something is still damaged
};
/// @throws CorruptObject where something cannot even be opened, which only a repair can change
FsckResult fsck(Repository& repository, const FsckOptions& options);

struct GcOptions {
    bool dry_run = false;
    bool drop_held =
        false; ///< also content that the registry verifiably holds (published under a locked record)
    std::int64_t reflog_days = 30;
};
struct GcResult {
    SweepResult swept;
    StoreUsage before, after;
};
GcResult gc(Repository& repository, const GcOptions& options);

struct CacheInfo {
    std::string path;
    std::uint64_t files = 0;
    std::uint64_t blocks = 0; ///< frames of registry packs, in few files
    std::uint64_t bytes = 0;
};
[[nodiscard]] CacheInfo cache_info();
/// Removes what was not used for longest until at most `max_bytes` are left; mounts may go on using the cache.
CacheInfo cache_prune(std::uint64_t max_bytes);
[[nodiscard]] std::string state_dir();        ///< $XDG_STATE_HOME/dsctl
[[nodiscard]] std::string upload_notes_dir(); ///< in it: BucketSettings::upload_notes
[[nodiscard]] std::string cache_dir();        ///< DSCTL_CACHE_DIR or $XDG_CACHE_HOME/dsctl
/// Where in it what was read from registries is.
[[nodiscard]] std::string block_cache_dir();

} // namespace ds

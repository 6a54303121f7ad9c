// The user's cache folder: nothing in it is ever the only copy.
#include "base/path.hpp"
#include "dataset/upkeep.hpp"
#include "os/walk.hpp"
#include "transfer/block_cache.hpp"

#include <algorithm>
#include <functional>

namespace ds {

namespace {

struct CachedFile {
    std::string path;
    std::uint64_t size;
    std::int64_t used_ns;
};

/// Files outside of the block cache, which prunes itself.
void collect(const std::string& folder, std::vector<CachedFile>& files) {
    for (const auto& name : list_dir(folder)) {
        const auto path = folder + "/" + name;
        const auto stat = lstat_path(path);
        if (stat.kind == FileStat::Kind::directory && path != block_cache_dir()) {
            collect(path, files);
        } else if (stat.kind == FileStat::Kind::regular) {
            files.push_back({path, stat.size, stat.mtime_ns});
        }
    }
}

std::vector<CachedFile> other_files() {
    std::vector<CachedFile> files;
    if (path_exists(cache_dir())) {
        collect(cache_dir(), files);
    }
    return files;
}

CacheInfo info_of(const std::vector<CachedFile>& files, const BlockCache::Usage& blocks) {
    CacheInfo info{cache_dir(), files.size() + blocks.segments, blocks.blocks, blocks.bytes};
    for (const auto& file : files) {
        info.bytes += file.size;
    }
    return info;
}

} // namespace

std::string cache_dir() {
    if (const auto dir = env("DSCTL_CACHE_DIR")) {
        return absolute_path(*dir);
    }
    return env("XDG_CACHE_HOME").value_or(env("HOME").value_or("/") + "/.cache") + "/dsctl";
}

std::string state_dir() {
    return env("XDG_STATE_HOME").value_or(env("HOME").value_or("/") + "/.local/state") + "/dsctl";
}

std::string upload_notes_dir() {
    return state_dir() + "/uploads";
}

std::string block_cache_dir() {
    return cache_dir() + "/blocks-1";
}

CacheInfo cache_info() {
    return info_of(other_files(), BlockCache::usage(block_cache_dir()));
}

CacheInfo cache_prune(std::uint64_t max_bytes) {
    auto files = other_files();
    std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.used_ns > b.used_ns; });
    auto info = info_of(files, BlockCache::usage(block_cache_dir()));
    while (!files.empty() && info.bytes > max_bytes) {
        remove_file(files.back().path);
        info.bytes -= files.back().size;
        files.pop_back();
    }
    const std::uint64_t others = info_of(files, {}).bytes;
    return info_of(files, BlockCache::prune(block_cache_dir(), max_bytes - std::min(max_bytes, others)));
}

} // namespace ds

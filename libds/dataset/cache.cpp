// The user's cache folder: nothing in it is ever the only copy.
#include "base/path.hpp"
#include "dataset/upkeep.hpp"
#include "os/walk.hpp"

#include <algorithm>
#include <functional>

namespace ds {

namespace {

struct CachedFile {
    std::string path;
    std::uint64_t size;
    std::int64_t used_ns;
};

void collect(const std::string& folder, std::vector<CachedFile>& files) {
    for (const auto& name : list_dir(folder)) {
        const auto path = folder + "/" + name;
        const auto stat = lstat_path(path);
        if (stat.kind == FileStat::Kind::directory) {
            collect(path, files);
        } else if (stat.kind == FileStat::Kind::regular) {
            files.push_back({path, stat.size, stat.mtime_ns});
        }
    }
}

} // namespace

std::string cache_dir() {
    if (const auto dir = env("DSCTL_CACHE_DIR")) {
        return absolute_path(*dir);
    }
    return env("XDG_CACHE_HOME").value_or(env("HOME").value_or("/") + "/.cache") + "/dsctl";
}

CacheInfo cache_info() {
    CacheInfo info{cache_dir(), 0, 0};
    std::vector<CachedFile> files;
    if (path_exists(info.path)) {
        collect(info.path, files);
    }
    info.files = files.size();
    for (const auto& file : files) {
        info.bytes += file.size;
    }
    return info;
}

CacheInfo cache_prune(std::uint64_t max_bytes) {
    auto info = cache_info();
    std::vector<CachedFile> files;
    if (path_exists(info.path)) {
        collect(info.path, files);
    }
    std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.used_ns < b.used_ns; });
    for (const auto& file : files) {
        if (info.bytes <= max_bytes) {
            break;
        }
        remove_file(file.path);
        info.bytes -= file.size;
        --info.files;
    }
    return info;
}

} // namespace ds

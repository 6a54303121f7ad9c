// Measures how fast a folder goes into a new store, and comes out of it: ingest_bench FOLDER STORE
// [key=value…]
//
// Keys: min avg max frame level jobs, out=1 (stream everything back), hash=1 (only hash). Prints one line.
// Not a test: timings depend on the machine. Build the target ingest_bench and run it by hand.
#include "base/error.hpp"
#include "store/ingest.hpp"

#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fmt/core.h>
#include <fstream>
#include <map>
#include <thread>

namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Peak of anonymous memory is not kept by the kernel; VmHWM less what is mapped from files now is close.
std::uint64_t status_kib(const char* key) {
    std::ifstream in("/proc/self/status");
    std::string line;
    while (std::getline(in, line)) {
        if (line.rfind(key, 0) == 0) {
            return std::stoull(line.substr(std::strlen(key) + 1));
        }
    }
    return 0;
}

void submit_folder(ds::Ingest& ingest, const std::string& root, const std::string& folder,
                   const std::function<void(std::vector<ds::IngestResult>)>& take) {
    const ds::Fd fd = ds::open_read(folder.empty() ? root : root + "/" + folder);
    for (const ds::DirEntry& e : ds::read_dir_ordered(fd.get(), folder)) {
        const std::string path = folder.empty() ? e.name : folder + "/" + e.name;
        if (e.kind == ds::FileStat::Kind::directory) {
            submit_folder(ingest, root, path, take);
        } else {
            ingest.submit({path, e.kind});
            take(ingest.full() ? ingest.take_wait() : ingest.take_ready());
        }
    }
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        fmt::print(stderr, "usage: ingest_bench FOLDER STORE [key=value...]\n");
        return 2;
    }
    try {
        std::map<std::string, int> o;
        for (int i = 3; i < argc; ++i) {
            const std::string arg = argv[i];
            o[arg.substr(0, arg.find('='))] = std::stoi(arg.substr(arg.find('=') + 1));
        }
        const auto number = [&](const char* key, std::uint32_t other) {
            return o.contains(key) ? static_cast<std::uint32_t>(o[key]) : other;
        };
        ds::StoreParams params;
        params.chunks = {number("min", params.chunks.min_size), number("avg", params.chunks.avg_size),
                         number("max", params.chunks.max_size)};
        params.frame_size = number("frame", params.frame_size);
        params.level = static_cast<int>(number("level", static_cast<std::uint32_t>(params.level)));
        const std::string store_path = argv[2];
        if (!std::filesystem::exists(store_path)) {
            ds::ObjectStore::create(store_path, params);
        }
        ds::NoLog log;
        ds::NoProgress progress;
        ds::Context context{log, progress, {}, number("jobs", std::thread::hardware_concurrency())};
        auto store = ds::ObjectStore::open(store_path);
        std::vector<std::pair<std::string, ds::Entry>> entries;
        std::uint64_t files = 0;
        std::uint64_t bytes = 0;
        const auto take = [&](std::vector<ds::IngestResult> results) {
            for (ds::IngestResult& r : results) {
                if (r.error) {
                    std::rethrow_exception(r.error);
                }
                ++files;
                bytes += r.entry.size;
                if (o.contains("out")) {
                    entries.emplace_back(std::move(r.path), r.entry);
                }
            }
        };
        auto start = std::chrono::steady_clock::now();
        auto writer = store->writer();
        {
            const bool hash = o.contains("hash");
            ds::Ingest ingest(argv[1], hash ? nullptr : writer.get(), store->params(),
                              hash ? ds::IngestMode::hash_only : ds::IngestMode::store, context);
            submit_folder(ingest, argv[1], "", take);
            take(ingest.drain());
        }
        const double read = seconds_since(start);
        writer->commit();
        const double total = seconds_since(start);
        const ds::StoreUsage usage = store->usage();
        fmt::print("{} files {:.1f} MB: {:.2f} s ({:.2f} + commit {:.2f}), new {} objects {:.1f} MB; store "
                   "{:.1f} MB in {} "
                   "packs, index {:.1f} MB; rss {} MiB of which files {} MiB\n",
                   files, static_cast<double>(bytes) / 1e6, total, read, total - read, writer->new_objects(),
                   static_cast<double>(writer->stored_bytes()) / 1e6,
                   static_cast<double>(usage.pack_bytes) / 1e6, usage.packs,
                   static_cast<double>(usage.index_bytes) / 1e6, status_kib("VmHWM:") / 1024,
                   status_kib("RssFile:") / 1024);
        if (o.contains("out")) {
            start = std::chrono::steady_clock::now();
            std::uint64_t got = 0;
            for (const auto& [path, entry] : entries) {
                store->stream(path, entry, [&](ds::ByteView piece) { got += piece.size(); });
            }
            fmt::print("streamed {:.1f} MB in {:.2f} s\n", static_cast<double>(got) / 1e6,
                       seconds_since(start));
        }
    } catch (const std::exception& e) {
        fmt::print(stderr, "error: {}\n", e.what());
        return 1;
    }
    return 0;
}

// What the store's tests share.
#pragma once

#include "base/context.hpp"
#include "codec/hash.hpp"
#include "store/object_store.hpp"
#include "unit/support.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

namespace ds_test {

/// Random bytes from a seed.
inline std::string noise(std::size_t n, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::string out(n, '\0');
    for (std::size_t i = 0; i < n; ++i) {
        out[i] = static_cast<char>(random() >> 32);
    }
    return out;
}

/// Rows of a table, compressible.
inline std::string rows(std::size_t n, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::string out;
    for (std::size_t i = 0; out.size() < n; ++i) {
        out += std::to_string(i) + "," + std::to_string(random() % 100000) + ",category-" +
               std::to_string(random() % 7) + "\n";
    }
    out.resize(n);
    return out;
}

inline void write_text(const std::string& path, std::string_view text) {
    std::ofstream(path, std::ios::binary) << text;
}

inline std::string read_text(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

inline ds::StoreParams small_params() {
    ds::StoreParams p;
    p.chunks = {256, 1024, 4096};
    p.pack_size = 64 * 1024;
    p.frame_size = 4096;
    return p;
}

/// A context without a terminal.
struct Quiet {
    ds::NoLog log;
    ds::NoProgress progress;
    std::stop_source stop;
    ds::Context context{log, progress, stop.get_token(), 2};
};

inline std::vector<std::string> files_below(const std::string& dir) {
    std::vector<std::string> out;
    for (const auto& e : std::filesystem::recursive_directory_iterator(dir)) {
        if (e.is_regular_file()) {
            out.push_back(e.path().string());
        }
    }
    std::sort(out.begin(), out.end());
    return out;
}

inline std::string streamed(ds::ObjectStore& store, const ds::Entry& entry) {
    std::string out;
    store.stream("file", entry, [&](ds::ByteView piece) { out += piece; });
    return out;
}

} // namespace ds_test

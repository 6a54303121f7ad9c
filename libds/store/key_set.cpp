// Tables in memory, sorted runs on disk.
#include "store/key_set.hpp"

#include "os/fd.hpp"

#include <algorithm>
#include <fcntl.h>
#include <fmt/core.h>

namespace ds {

namespace {

constexpr std::size_t key_bytes = 32;
constexpr std::size_t write_buffer = 1 << 20;

/// One hash may name objects of several kinds. Two SHA-256 that differ in the kind's few bits only do not
/// occur.
Sha256 key_of(ObjectKind kind, const Sha256& hash) noexcept {
    Sha256 key = hash;
    key.bytes[31] = static_cast<unsigned char>(key.bytes[31] ^ static_cast<unsigned char>(kind));
    return key;
}

std::size_t count(const MappedFile& run) noexcept {
    return run.view().size() / key_bytes;
}

bool run_contains(const MappedFile& run, const Sha256& key) noexcept {
    const char* const base = run.view().data();
    std::size_t lo = 0;
    std::size_t hi = count(run);
    while (lo < hi) {
        const std::size_t mid = lo + (hi - lo) / 2;
        const int order = std::memcmp(base + mid * key_bytes, key.bytes.data(), key_bytes);
        if (order == 0) {
            return true;
        }
        (order < 0 ? lo : hi) = order < 0 ? mid + 1 : mid;
    }
    return false;
}

} // namespace

KeySet::KeySet(std::string dir, std::size_t keys_in_memory)
    : dir_(std::move(dir)), shard_limit_(std::max<std::size_t>(keys_in_memory / shard_count, 16)) {}

bool KeySet::find(const Shard& shard, const Sha256& key) {
    if (!shard.table.empty()) {
        const std::size_t mask = shard.table.size() - 1;
        for (std::size_t i = std::hash<Sha256>{}(key)&mask; !shard.table[i].is_zero(); i = (i + 1) & mask) {
            if (shard.table[i] == key) {
                return true;
            }
        }
    }
    return std::any_of(shard.runs.begin(), shard.runs.end(),
                       [&](const Run& run) { return run_contains(*run, key); });
}

void KeySet::place(std::vector<Sha256>& table, const Sha256& key) {
    const std::size_t mask = table.size() - 1;
    std::size_t i = std::hash<Sha256>{}(key)&mask;
    while (!table[i].is_zero()) {
        i = (i + 1) & mask;
    }
    table[i] = key;
}

void KeySet::grow(Shard& shard) const {
    std::vector<Sha256> larger(std::max<std::size_t>(64, shard.table.size() * 2));
    for (const Sha256& key : shard.table) {
        if (!key.is_zero()) {
            place(larger, key);
        }
    }
    shard.table = std::move(larger);
}

bool KeySet::insert(ObjectKind kind, const Sha256& hash) {
    const Sha256 key = key_of(kind, hash);
    Shard& shard = shards_[key.bytes[0] % shard_count];
    std::lock_guard lock(shard.mutex);
    if (find(shard, key)) {
        return false;
    }
    if (shard.used >= shard_limit_) {
        spill(shard);
    }
    if ((shard.used + 1) * 2 > shard.table.size()) {
        grow(shard);
    }
    place(shard.table, key);
    ++shard.used;
    return true;
}

bool KeySet::contains(ObjectKind kind, const Sha256& hash) {
    const Sha256 key = key_of(kind, hash);
    Shard& shard = shards_[key.bytes[0] % shard_count];
    std::lock_guard lock(shard.mutex);
    return find(shard, key);
}

void KeySet::spill(Shard& shard) {
    std::vector<Sha256> keys;
    keys.reserve(shard.used);
    std::copy_if(shard.table.begin(), shard.table.end(), std::back_inserter(keys),
                 [](const Sha256& key) { return !key.is_zero(); });
    std::sort(keys.begin(), keys.end());
    Run run = write_run(keys);
    // Like a binary counter: equal sizes merge, so each key is rewritten O(log n) times.
    while (!shard.runs.empty() && count(*shard.runs.back()) < 2 * count(*run)) {
        run = merge_runs(*shard.runs.back(), *run);
        shard.runs.pop_back();
    }
    shard.runs.push_back(std::move(run));
    std::fill(shard.table.begin(), shard.table.end(), Sha256{});
    shard.used = 0;
}

std::string KeySet::next_name() {
    return fmt::format("{}/keys-{}", dir_, serial_.fetch_add(1));
}

KeySet::Run KeySet::write_run(const std::vector<Sha256>& keys) {
    const std::string path = next_name();
    Fd fd = open_file(path, O_WRONLY | O_CREAT | O_EXCL);
    static_assert(sizeof(Sha256) == key_bytes);
    write_full(fd.get(), {reinterpret_cast<const char*>(keys.data()), keys.size() * key_bytes}, path);
    auto run = std::make_unique<MappedFile>(MappedFile::open(path));
    remove_file(path);
    return run;
}

KeySet::Run KeySet::merge_runs(const MappedFile& a, const MappedFile& b) {
    const std::string path = next_name();
    Fd fd = open_file(path, O_WRONLY | O_CREAT | O_EXCL);
    ByteString buffer;
    buffer.reserve(write_buffer + key_bytes);
    const ByteView va = a.view();
    const ByteView vb = b.view();
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < va.size() || j < vb.size()) {
        const bool from_a =
            j == vb.size() || (i < va.size() && va.compare(i, key_bytes, vb, j, key_bytes) < 0);
        buffer.append(from_a ? va.substr(i, key_bytes) : vb.substr(j, key_bytes));
        (from_a ? i : j) += key_bytes;
        if (buffer.size() >= write_buffer) {
            write_full(fd.get(), buffer, path);
            buffer.clear();
        }
    }
    write_full(fd.get(), buffer, path);
    auto run = std::make_unique<MappedFile>(MappedFile::open(path));
    remove_file(path);
    return run;
}

} // namespace ds

// The segments of the cache, read and appended to.
#include "transfer/block_cache.hpp"

#include "codec/hash.hpp"

#include <algorithm>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <vector>

namespace ds {

namespace {

constexpr std::size_t entry_bytes = 52;
constexpr std::uint64_t max_segment_bytes = 2ull << 30;
constexpr std::uint64_t min_segment_bytes = 1ull << 20;
constexpr std::uint64_t segments_wanted = 64;
constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::int64_t refresh_ns = 2 * second_ns;
constexpr std::int64_t touch_ns = 60 * second_ns;
constexpr std::int64_t pause_ns = 60 * second_ns;
constexpr std::uint64_t accounting_step = 16ull << 20;
/// What is left to others on a disk that fills up.
constexpr std::uint64_t spare_bytes = 128ull << 20;
constexpr std::size_t adoptions_tried = 8;

std::string blocks_path(const std::string& folder, const std::string& name) {
    return folder + "/" + name + ".blocks";
}
std::string index_path(const std::string& folder, const std::string& name) {
    return folder + "/" + name + ".index";
}

/// "0123456789abcdef" of "0123456789abcdef.index"; empty for other files.
std::string segment_name(const std::string& file, std::string_view suffix) {
    if (file.size() != 16 + suffix.size() || !file.ends_with(suffix)) {
        return {};
    }
    auto name = file.substr(0, 16);
    return name.find_first_not_of("0123456789abcdef") == std::string::npos ? name : std::string();
}

/// Runs what may fail on a bad disk; whether it did not.
template <class Action>
bool quietly(const Action& action) noexcept {
    try {
        action();
        return true;
    } catch (...) {
        return false;
    }
}

struct Listed {
    std::string name;
    std::uint64_t bytes = 0;
    std::uint64_t blocks = 0;
    timespec used{};
};

std::vector<Listed> list_segments(const std::string& folder) {
    std::vector<Listed> out;
    if (!path_exists(folder)) {
        return out;
    }
    for (const auto& file : list_dir(folder)) {
        const auto name = segment_name(file, ".blocks");
        const auto blocks = name.empty() ? std::nullopt : try_lstat(blocks_path(folder, name));
        if (!blocks) {
            continue;
        }
        const auto index = try_lstat(index_path(folder, name));
        const std::uint64_t index_size = index ? static_cast<std::uint64_t>(index->st_size) : 0;
        out.push_back({name, static_cast<std::uint64_t>(blocks->st_size) + index_size,
                       index_size / entry_bytes, blocks->st_mtim});
    }
    return out;
}

BlockCache::Usage sum(const std::vector<Listed>& segments) {
    BlockCache::Usage out;
    for (const Listed& segment : segments) {
        ++out.segments;
        out.blocks += segment.blocks;
        out.bytes += segment.bytes;
    }
    return out;
}

} // namespace

struct BlockCache::Segment {
    std::string name;
    std::uint32_t number = 0;
    Fd data;
    std::uint64_t index_read = 0; ///< bytes of the index that are known here
    std::atomic<std::int64_t> touched_ns{0};
    // the one being appended to:
    std::optional<LockFile> lock;
    Fd index;
    std::uint64_t end = 0;
    unsigned writing = 0; ///< frames on their way into it

    void close() {
        index.reset();
        lock.reset();
    }
};

BlockCache::BlockCache(std::string folder, std::uint64_t max_bytes) : folder_(std::move(folder)) {
    quietly([&] { make_dirs(folder_, 0700); });
    max_bytes_ = max_bytes != 0 ? max_bytes : default_max_bytes(folder_);
    segment_bytes_ = std::clamp(max_bytes_ / segments_wanted, min_segment_bytes, max_segment_bytes);
    std::lock_guard lock(mutex_);
    refresh(true);
}

BlockCache::~BlockCache() = default;

std::uint64_t BlockCache::default_max_bytes(const std::string& path) {
    constexpr std::uint64_t most = 10ull << 30;
    struct statvfs disk {};
    if (::statvfs(path.c_str(), &disk) != 0) {
        return most;
    }
    return std::min<std::uint64_t>(most, std::uint64_t{disk.f_blocks} * disk.f_frsize / 5);
}

std::uint64_t BlockCache::fingerprint(const BlockKey& key) noexcept {
    // Two frames with one fingerprint cost a read in vain: what comes out is checked by its hash.
    std::uint64_t x = key.pack.prefix64() ^ (std::uint64_t{key.offset} * 0x9E3779B97F4A7C15ull);
    x ^= x >> 31;
    return x * 0xD6E8FEB86659FD93ull;
}

void BlockCache::read_index(Segment& segment) {
    const auto path = index_path(folder_, segment.name);
    const auto stat = try_lstat(path);
    const std::uint64_t whole =
        stat ? static_cast<std::uint64_t>(stat->st_size) / entry_bytes * entry_bytes : 0;
    if (whole <= segment.index_read) {
        return;
    }
    const auto fd = try_open_read(path);
    if (!fd) {
        return;
    }
    ByteString bytes(static_cast<std::size_t>(whole - segment.index_read), '\0');
    bytes.resize(pread_full(fd->get(), bytes.data(), bytes.size(), segment.index_read, path));
    for (std::size_t at = 0; at + entry_bytes <= bytes.size(); at += entry_bytes) {
        const char* entry = bytes.data() + at;
        const auto record = static_cast<std::uint32_t>(segment.index_read / entry_bytes);
        segment.index_read += entry_bytes;
        if (load_u32(entry + 48) != crc32c({entry, 48}) || load_u32(entry + 44) != record) {
            continue; // dropped, or torn by a crash
        }
        const BlockKey key{Sha256::from_bytes({entry, 32}), load_u32(entry + 32), load_u32(entry + 36)};
        index_[fingerprint(key)] = {segment.number, load_u32(entry + 40), key.length, record};
    }
}

void BlockCache::refresh(bool now) {
    const std::int64_t clock = unix_now_ns();
    if (!now && clock - refreshed_ns_ < refresh_ns && clock >= refreshed_ns_) {
        return;
    }
    refreshed_ns_ = clock;
    quietly([&] {
        std::unordered_map<std::string, std::uint32_t> present;
        for (const auto& file : list_dir(folder_)) {
            const auto name = segment_name(file, ".index");
            if (name.empty()) {
                continue;
            }
            auto known = names_.find(name);
            if (known == names_.end()) {
                auto segment = std::make_shared<Segment>();
                auto fd = try_open_read(blocks_path(folder_, name));
                if (!fd) {
                    continue;
                }
                segment->name = name;
                segment->number = next_segment_++;
                segment->data = std::move(*fd);
                segments_.emplace(segment->number, segment);
                known = names_.emplace(name, segment->number).first;
            }
            present.emplace(name, known->second);
            const auto& segment = segments_.at(known->second);
            if (segment != active_) {
                read_index(*segment);
            }
        }
        names_ = std::move(present);
        if (std::erase_if(segments_, [&](const auto& item) { return !names_.contains(item.second->name); }) >
            0) {
            std::erase_if(index_, [&](const auto& item) { return !segments_.contains(item.second.segment); });
        }
    });
}

std::shared_ptr<BlockCache::Segment> BlockCache::find(const BlockKey& key, Slot& slot) {
    for (const bool again : {false, true}) {
        const auto at = index_.find(fingerprint(key));
        if (at != index_.end() && at->second.length == key.length) {
            slot = at->second;
            const auto segment = segments_.find(slot.segment);
            if (segment != segments_.end()) {
                return segment->second;
            }
        }
        if (!again) {
            refresh(false);
        }
    }
    return nullptr;
}

std::optional<ByteString> BlockCache::get(const BlockKey& key) noexcept {
    std::optional<ByteString> out;
    quietly([&] {
        Slot slot;
        std::shared_ptr<Segment> segment;
        {
            std::lock_guard lock(mutex_);
            segment = find(key, slot);
        }
        if (!segment) {
            return;
        }
        ByteString bytes(key.length, '\0');
        if (pread_full(segment->data.get(), bytes.data(), bytes.size(), slot.at, folder_) != bytes.size()) {
            drop(key);
            return;
        }
        const std::int64_t now = unix_now_ns();
        if (now - segment->touched_ns.load() > touch_ns) {
            segment->touched_ns = now;
            (void)::utimensat(AT_FDCWD, blocks_path(folder_, segment->name).c_str(), nullptr, 0);
        }
        out = std::move(bytes);
    });
    ++(out ? hits_ : misses_);
    return out;
}

void BlockCache::drop(const BlockKey& key) noexcept {
    quietly([&] {
        std::lock_guard lock(mutex_);
        const auto at = index_.find(fingerprint(key));
        if (at == index_.end()) {
            return;
        }
        const Slot slot = at->second;
        index_.erase(at);
        const auto segment = segments_.find(slot.segment);
        if (segment != segments_.end()) {
            const auto path = index_path(folder_, segment->second->name);
            const Fd fd = open_file(path, O_WRONLY);
            pwrite_full(fd.get(), ByteString(entry_bytes, '\0'), std::uint64_t{slot.record} * entry_bytes,
                        path);
        }
    });
}

std::shared_ptr<BlockCache::Segment> BlockCache::adopt(const std::string& name, Origin origin) {
    const auto data = blocks_path(folder_, name);
    auto lock = LockFile::acquire(data, LockFile::Mode::exclusive, 0);
    if (!lock) {
        return nullptr;
    }
    if (const auto stat = try_lstat(data); origin == Origin::left && (!stat || stat->st_size == 0)) {
        remove_file(data); // pruned a moment ago: what is known of it must not be taken for what comes
        return nullptr;
    }
    auto segment = std::make_shared<Segment>();
    segment->name = name;
    segment->data = open_file(data, O_RDWR | O_CREAT);
    segment->index = open_file(index_path(folder_, name), O_RDWR | O_CREAT);
    segment->lock = std::move(lock);
    if (const auto known = names_.find(name); known != names_.end()) {
        segment->number = known->second;
        segment->index_read = segments_.at(known->second)->index_read;
    } else {
        segment->number = next_segment_++;
    }
    read_index(*segment);
    segment->end = static_cast<std::uint64_t>(::lseek(segment->data.get(), 0, SEEK_END));
    segments_[segment->number] = segment;
    names_[name] = segment->number;
    return segment;
}

std::shared_ptr<BlockCache::Segment> BlockCache::active(std::size_t room) {
    if (active_) {
        struct stat st {};
        const bool there = ::fstat(active_->data.get(), &st) == 0 && st.st_nlink > 0;
        if (there && active_->end + room <= segment_bytes_) {
            return active_;
        }
        if (active_->writing == 0 || !there) {
            active_->close();
        }
        if (!there) {
            segments_.erase(active_->number);
            names_.erase(active_->name);
        }
        active_.reset();
    }
    // What a process left unfinished that is gone, then a new one.
    std::size_t tried = 0;
    for (const Listed& listed : list_segments(folder_)) {
        if (listed.bytes + room <= segment_bytes_ && tried++ < adoptions_tried) {
            if ((active_ = adopt(listed.name, Origin::left))) {
                return active_;
            }
        }
    }
    active_ = adopt(random_hex(8), Origin::fresh);
    return active_;
}

bool BlockCache::disk_has_room() {
    struct statvfs disk {};
    if (::statvfs(folder_.c_str(), &disk) != 0) {
        return false;
    }
    const std::uint64_t size = std::uint64_t{disk.f_blocks} * disk.f_frsize;
    if (std::uint64_t{disk.f_bavail} * disk.f_frsize >= std::min(spare_bytes, size / 20)) {
        return true;
    }
    // Somebody needs the disk: the cache gives half of itself back and grows no more for a while.
    paused_until_ns_ = unix_now_ns() + pause_ns;
    prune(folder_, usage(folder_).bytes / 2);
    return false;
}

void BlockCache::keep_bounds(std::size_t added) {
    unaccounted_ += added;
    if (unaccounted_ < std::min(accounting_step, max_bytes_ / segments_wanted)) {
        return;
    }
    unaccounted_ = 0;
    if (usage(folder_).bytes > max_bytes_) {
        prune(folder_, max_bytes_ / 10 * 9);
        refresh(true);
    }
}

void BlockCache::put(const BlockKey& key, ByteView frame) noexcept {
    const bool written = quietly([&] {
        if (frame.size() != key.length || frame.size() > segment_bytes_) {
            return;
        }
        std::shared_ptr<Segment> segment;
        std::uint64_t at = 0;
        {
            std::lock_guard lock(mutex_);
            if (index_.contains(fingerprint(key)) || unix_now_ns() < paused_until_ns_ || !disk_has_room() ||
                !(segment = active(frame.size() + entry_bytes))) {
                return;
            }
            at = segment->end;
            segment->end += frame.size();
            ++segment->writing;
        }
        const bool whole = quietly([&] { pwrite_full(segment->data.get(), frame, at, folder_); });
        std::lock_guard lock(mutex_);
        --segment->writing;
        const auto close_if_done = [&] {
            if (segment != active_ && segment->writing == 0) {
                segment->close();
            }
        };
        if (!whole || !segment->index.valid() || index_.contains(fingerprint(key))) {
            close_if_done(); // a full disk; or removed, or put by others, while this was written
            paused_until_ns_ = whole ? paused_until_ns_ : unix_now_ns() + pause_ns;
            return;
        }
        const auto record = static_cast<std::uint32_t>(segment->index_read / entry_bytes);
        ByteString entry;
        ByteWriter out(entry);
        out.bytes(key.pack.view());
        out.u32(key.offset);
        out.u32(key.length);
        out.u32(static_cast<std::uint32_t>(at));
        out.u32(record);
        out.u32(crc32c(entry));
        pwrite_full(segment->index.get(), entry, segment->index_read, folder_);
        segment->index_read += entry_bytes;
        index_[fingerprint(key)] = {segment->number, static_cast<std::uint32_t>(at), key.length, record};
        close_if_done();
        keep_bounds(frame.size() + entry_bytes);
    });
    if (!written) { // most likely a full disk
        std::lock_guard lock(mutex_);
        paused_until_ns_ = unix_now_ns() + pause_ns;
    }
}

BlockCache::Usage BlockCache::usage(const std::string& folder) {
    return sum(list_segments(folder));
}

BlockCache::Usage BlockCache::prune(const std::string& folder, std::uint64_t max_bytes) {
    auto segments = list_segments(folder);
    std::sort(segments.begin(), segments.end(), [](const Listed& a, const Listed& b) {
        return std::pair(a.used.tv_sec, a.used.tv_nsec) > std::pair(b.used.tv_sec, b.used.tv_nsec);
    });
    auto left = sum(segments);
    while (!segments.empty() && left.bytes > max_bytes) {
        const Listed& oldest = segments.back();
        const auto data = blocks_path(folder, oldest.name);
        (void)::truncate(data.c_str(), 0);
        remove_file(data);
        remove_file(index_path(folder, oldest.name));
        left.bytes -= oldest.bytes;
        left.blocks -= oldest.blocks;
        --left.segments;
        segments.pop_back();
    }
    return left;
}

} // namespace ds

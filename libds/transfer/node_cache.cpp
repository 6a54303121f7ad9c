// Appending, finding and rotating. All errors of the file system mean "not cached".
#include "transfer/node_cache.hpp"

#include "codec/hash.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace ds {

namespace {
constexpr std::string_view cache_magic{"DSNODES\n", 8};
constexpr std::size_t record_head = 36;
} // namespace

NodeFileCache::NodeFileCache(const std::string& dir, std::uint64_t max_bytes)
    : dir_(dir), max_file_(max_bytes / 2) {
    new_.path = dir + "/nodes.new";
    old_.path = dir + "/nodes.old";
    try {
        make_dirs(dir, 0700);
        lock_ = LockFile::acquire(dir + "/nodes.lock", LockFile::Mode::exclusive, 0);
        load(old_, true);
        load(new_, false);
        if (lock_ && new_.end == 0) {
            begin_new();
        }
    } catch (const Error&) {
        lock_.reset();
    }
}

/// Reads the heads of records only.
void NodeFileCache::load(File& file, bool old) {
    const bool writable = lock_ && !old;
    file.fd = Fd(::open(file.path.c_str(), (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW));
    if (!file.fd) {
        return;
    }
    struct stat status {};
    char head[record_head];
    if (::fstat(file.fd.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
        pread_full(file.fd.get(), head, cache_magic.size(), 0, file.path) != cache_magic.size() ||
        ByteView(head, cache_magic.size()) != cache_magic) {
        file.fd.reset();
        return;
    }
    const auto size = static_cast<std::uint64_t>(status.st_size);
    file.end = cache_magic.size();
    while (pread_full(file.fd.get(), head, record_head, file.end, file.path) == record_head) {
        const std::uint32_t length = load_u32(head + 32);
        if (length == 0 || length > max_cached_node || file.end + record_head + length > size) {
            break;
        }
        places_[Sha256::from_bytes(ByteView(head, 32))] = {file.end + record_head, length, old};
        file.end += record_head + length;
    }
    if (writable && file.end < size && ::ftruncate(file.fd.get(), static_cast<off_t>(file.end)) != 0) {
        file.fd.reset();
    }
}

void NodeFileCache::begin_new() {
    // Under another name first: whoever reads the file now keeps it.
    const std::string fresh = new_.path + ".tmp";
    new_.fd = open_file(fresh, O_RDWR | O_CREAT | O_TRUNC);
    pwrite_full(new_.fd.get(), cache_magic, 0, fresh);
    new_.end = cache_magic.size();
    rename_file(fresh, new_.path, Durability::volatile_);
}

void NodeFileCache::rotate() {
    rename_file(new_.path, old_.path, Durability::volatile_);
    old_.fd = std::move(new_.fd);
    old_.end = new_.end;
    std::erase_if(places_, [](const auto& place) { return place.second.old; });
    for (auto& [hash, at] : places_) {
        at.old = true;
    }
    begin_new();
}

void NodeFileCache::append(const Sha256& hash, ByteView bytes) {
    if (!lock_ || !new_.fd) {
        return;
    }
    if (new_.end + record_head + bytes.size() > max_file_) {
        rotate();
    }
    ByteString record;
    ByteWriter out(record);
    out.bytes(hash.view());
    out.u32(static_cast<std::uint32_t>(bytes.size()));
    out.bytes(bytes);
    pwrite_full(new_.fd.get(), record, new_.end, new_.path);
    places_[hash] = {new_.end + record_head, static_cast<std::uint32_t>(bytes.size()), false};
    new_.end += record.size();
}

std::shared_ptr<const ByteString> NodeFileCache::get(const Sha256& hash) {
    const std::lock_guard guard(mutex_);
    const auto place = places_.find(hash);
    if (place == places_.end()) {
        return nullptr;
    }
    const At at = place->second;
    const File& file = at.old ? old_ : new_;
    try {
        auto bytes = std::make_shared<ByteString>(at.length, '\0');
        if (pread_full(file.fd.get(), bytes->data(), at.length, at.offset, file.path) == at.length &&
            sha256(*bytes) == hash) {
            if (at.old) {
                append(hash, *bytes);
            }
            return bytes;
        }
    } catch (const Error&) {
        places_.erase(hash);
        return nullptr;
    }
    places_.erase(hash);
    return nullptr;
}

bool NodeFileCache::has(const Sha256& hash) {
    const std::lock_guard guard(mutex_);
    return places_.contains(hash);
}

void NodeFileCache::put(const Sha256& hash, ByteView bytes) noexcept {
    const std::lock_guard guard(mutex_);
    try {
        if (!bytes.empty() && bytes.size() <= max_cached_node && bytes.size() < max_file_ / 4 &&
            !places_.contains(hash)) {
            append(hash, bytes);
        }
    } catch (const std::exception&) {
        lock_.reset(); // a full disk, as a rule: this process keeps no more
    }
}

} // namespace ds

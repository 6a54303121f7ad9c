// Appending frames and sealing packs.
#include "store/pack_writer.hpp"

#include "base/error.hpp"
#include "os/file.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/uio.h>
#include <utility>

namespace ds {

namespace {

/// More objects than that close a pack early: bounds the footer to 3 MiB, and with it what a session keeps in
/// memory and what opening a pack has to check.
constexpr std::size_t max_pack_objects = 65536;
/// Dirty bytes after which the kernel is told to begin writing.
constexpr std::uint64_t writeback_step = 8u << 20;

void pwrite_both(int fd, ByteView a, ByteView b, std::uint64_t offset, const std::string& path) {
    iovec parts[2] = {{const_cast<char*>(a.data()), a.size()}, {const_cast<char*>(b.data()), b.size()}};
    ssize_t n = 0;
    do {
        n = pwritev(fd, parts, 2, static_cast<off_t>(offset));
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        throw_errno("cannot write", path);
    }
    auto done = static_cast<std::size_t>(n);
    if (done == a.size() + b.size()) {
        return;
    }
    if (done < a.size()) { // nearly never: the disk is full
        pwrite_full(fd, a.substr(done), offset + done, path);
        done = a.size();
    }
    pwrite_full(fd, b.substr(done - a.size()), offset + done, path);
}

} // namespace

PackSyncer::~PackSyncer() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
        work_.clear();
    }
    wake_.notify_all();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void PackSyncer::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait(lock, [&] { return stopping_ || !work_.empty(); });
        if (stopping_) {
            return;
        }
        const std::function<void()> work = std::move(work_.front());
        work_.pop_front();
        busy_ = true;
        lock.unlock();
        std::exception_ptr error;
        try {
            work();
        } catch (...) {
            error = std::current_exception();
        }
        lock.lock();
        busy_ = false;
        if (error && !error_) {
            error_ = error;
        }
        idle_.notify_all();
    }
}

void PackSyncer::add(std::shared_ptr<SealedPack> pack) {
    {
        std::lock_guard lock(mutex_);
        work_.emplace_back([pack = std::move(pack)] {
            if (!pack->fd) {
                pack->fd = open_read(pack->path);
            }
            sync_fd(pack->fd.get(), pack->path);
            pack->fd.close_checked(pack->path);
        });
        if (!thread_.joinable()) {
            thread_ = std::thread([this] { run(); });
        }
    }
    wake_.notify_one();
}

void PackSyncer::wait() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [&] { return work_.empty() && !busy_; });
    if (error_) {
        std::rethrow_exception(error_); // a failed fsync is never retried as clean
    }
}

struct PackWriter::Open {
    std::uint32_t number = 0;
    std::string path;
    Fd fd;
    std::uint64_t size = pack_magic.size();
    std::uint64_t flushed = 0;
    std::vector<FooterEntry> entries;
    unsigned writing = 0;
    bool failed = false;
};

PackWriter::PackWriter(
    std::string prefix, std::uint32_t pack_size,
    std::function<void(std::shared_ptr<SealedPack>, const std::vector<FooterEntry>&)> sealed)
    : prefix_(std::move(prefix)), pack_size_(pack_size), sealed_(std::move(sealed)) {}

PackWriter::~PackWriter() = default;

std::string PackWriter::path_of(std::uint32_t pack) const {
    return fmt::format("{}{}.pack", prefix_, pack);
}

PackWriter::Placed PackWriter::append(ByteView header, ByteView payload, std::vector<FooterEntry> entries) {
    const std::uint64_t length = header.size() + payload.size();
    std::shared_ptr<Open> full;
    std::shared_ptr<Open> pack;
    std::uint64_t offset = 0;
    std::uint64_t flush_from = 0;
    std::uint64_t flush_to = 0;
    {
        std::lock_guard lock(mutex_);
        if (open_ && (open_->size + length > pack_size_ ||
                      open_->entries.size() + entries.size() > max_pack_objects)) {
            full = std::exchange(open_, nullptr);
        }
        if (!open_) {
            auto fresh = std::make_shared<Open>();
            fresh->number = next_++;
            fresh->path = path_of(fresh->number);
            fresh->fd = open_file(fresh->path, O_RDWR | O_CREAT | O_EXCL);
            pwrite_full(fresh->fd.get(), pack_magic, 0, fresh->path);
            open_ = std::move(fresh);
        }
        pack = open_;
        offset = pack->size;
        pack->size += length;
        ++pack->writing;
        for (FooterEntry& e : entries) {
            e.frame_offset = static_cast<std::uint32_t>(offset);
            pack->entries.push_back(e);
        }
        if (pack->size - pack->flushed >= 2 * writeback_step) {
            // What lies a step back is written by now, other threads' frames included.
            flush_from = std::exchange(pack->flushed, pack->size - writeback_step);
            flush_to = pack->flushed;
        }
    }
    bool written = false;
    std::exception_ptr error;
    try {
        pwrite_both(pack->fd.get(), header, payload, offset, pack->path);
        written = true;
    } catch (...) {
        error = std::current_exception();
    }
    if (flush_to > flush_from && written) {
        sync_file_range(pack->fd.get(), static_cast<off_t>(flush_from),
                        static_cast<off_t>(flush_to - flush_from),
                        SYNC_FILE_RANGE_WRITE); // a hint: fsync finds out what fails
    }
    {
        std::lock_guard lock(mutex_);
        --pack->writing;
        pack->failed = pack->failed || !written;
    }
    written_.notify_all();
    if (error) {
        std::rethrow_exception(error);
    }
    if (full) {
        seal(full);
    }
    return {pack->number, static_cast<std::uint32_t>(offset)};
}

void PackWriter::finish() {
    std::shared_ptr<Open> last;
    {
        std::lock_guard lock(mutex_);
        last = std::exchange(open_, nullptr);
    }
    if (last) {
        seal(last);
    }
}

void PackWriter::seal(const std::shared_ptr<Open>& pack) {
    {
        std::unique_lock lock(mutex_);
        written_.wait(lock, [&] { return pack->writing == 0; });
        if (pack->failed) {
            throw Error(ErrorKind::failure, fmt::format("pack '{}' could not be written", pack->path));
        }
    }
    const PackFooter footer = make_footer(std::move(pack->entries));
    pwrite_full(pack->fd.get(), footer.bytes, pack->size, pack->path);
    auto done = std::make_shared<SealedPack>();
    done->path = pack->path;
    done->name = footer.name;
    done->fd = std::move(pack->fd);
    sealed_(std::move(done), footer.entries);
}

} // namespace ds

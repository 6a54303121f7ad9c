// The threads of Ingest: workers that take files in batches, and one that runs the pipeline of large files.
#include "store/ingest.hpp"

#include "base/error.hpp"
#include "base/path.hpp"
#include "codec/hash.hpp"
#include "store/content.hpp"
#include "store/file_reader.hpp"
#include "store/held_writer.hpp"
#include "store/large_file.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <fcntl.h>
#include <fmt/core.h>
#include <mutex>
#include <optional>
#include <thread>

namespace ds {

namespace {

constexpr std::size_t batch_items = 32;
constexpr std::size_t window_items = 4096;
constexpr int attempts = 4; // three retries

/// Where the bytes of a file are put that is read whole by one worker.
struct ReadBuffer {
    std::unique_ptr<char[]> bytes{new char[large_file_bytes + 1]};
    ByteString links;
};

Error keeps_changing(std::string_view path) {
    return Error(ErrorKind::retry, fmt::format("'{}' keeps changing while it is read", printable(path)),
                 "run the command again when it is at rest");
}

} // namespace

struct Ingest::Impl {
    struct Slot {
        IngestItem item;
        IngestResult result;
        bool done = false;
    };

    Impl(const std::string& root_path, StoreWriter* to, const StoreParams& p, IngestMode m, Context& c)
        : writer(m == IngestMode::store ? to : nullptr), params(p), chunker(p.chunks), context(c),
          root(root_path), root_fd(open_file(root, O_PATH | O_DIRECTORY)) {
        if (m == IngestMode::store && to == nullptr) {
            throw Error(ErrorKind::failure, "cannot store files without a write session");
        }
    }

    void start();
    void stop() noexcept;
    void work();
    void work_large();
    void fail(std::exception_ptr error);
    void finish(const std::vector<Slot*>& batch, std::uint64_t bytes);
    /// False when the file is for the pipeline.
    bool take(Slot& slot, FileReader& reader, ReadBuffer& buffer);
    void take_once(Slot& slot, FileReader& reader, ReadBuffer& buffer, bool& large);
    void hash_large(Slot& slot, const Fd& fd, ReadBuffer& buffer) const;
    void take_large(Slot& slot, FileReader& reader);
    [[nodiscard]] std::vector<IngestResult> collect();

    StoreWriter* writer;
    StoreParams params;
    Chunker chunker;
    Context& context;
    std::string root;
    Fd root_fd;

    std::mutex mutex;
    std::condition_variable wake;
    std::condition_variable ready;
    std::deque<Slot> slots;   ///< oldest first; references stay valid
    std::size_t assigned = 0; ///< slots handed to workers, from the front
    bool flush = false;       ///< take batches that are not full, too
    std::deque<Slot*> large;
    std::condition_variable large_wake;
    std::deque<std::function<void()>> tasks; ///< of the pipeline: go before batches
    bool stopping = false;
    std::exception_ptr fatal;
    std::atomic<std::size_t> count{0};

    std::optional<LargeFilePipeline> pipeline;
    std::vector<std::thread> workers;
    std::thread large_worker;
};

void Ingest::Impl::start() {
    for (unsigned i = 0; i < std::max(1u, context.jobs); ++i) {
        workers.emplace_back([this] { work(); });
    }
}

void Ingest::Impl::stop() noexcept {
    {
        std::lock_guard lock(mutex);
        stopping = true;
        tasks.clear();
        if (pipeline) {
            pipeline->abort();
        }
    }
    wake.notify_all();
    large_wake.notify_all();
    for (std::thread& t : workers) {
        t.join();
    }
    if (large_worker.joinable()) {
        large_worker.join();
    }
}

void Ingest::Impl::fail(std::exception_ptr error) {
    {
        std::lock_guard lock(mutex);
        if (!fatal) {
            fatal = std::move(error);
        }
    }
    ready.notify_all();
}

void Ingest::Impl::work() {
    FileReader reader(root_fd.get());
    ReadBuffer buffer;
    std::vector<Slot*> batch;
    std::unique_lock lock(mutex);
    for (;;) {
        const auto pending = [&] { return slots.size() - assigned; };
        wake.wait(lock, [&] {
            return stopping || !tasks.empty() || pending() >= batch_items || (flush && pending() > 0);
        });
        if (stopping) {
            return;
        }
        if (!tasks.empty()) {
            const std::function<void()> task = std::move(tasks.front());
            tasks.pop_front();
            lock.unlock();
            task();
            lock.lock();
            continue;
        }
        // Small batches near the end, so that all workers end together.
        const std::size_t share = pending() / (2 * workers.size()) + 1;
        const std::size_t n = std::min({pending(), batch_items, share});
        batch.clear();
        for (std::size_t i = 0; i < n; ++i) {
            batch.push_back(&slots[assigned++]);
        }
        if (pending() == 0) {
            flush = false;
        }
        lock.unlock();
        try {
            std::uint64_t bytes = 0;
            std::vector<Slot*> done;
            for (Slot* const slot : batch) {
                context.check_stop();
                if (take(*slot, reader, buffer)) {
                    done.push_back(slot);
                    bytes += slot->result.entry.size;
                }
            }
            finish(done, bytes);
        } catch (...) {
            fail(std::current_exception());
        }
        lock.lock();
    }
}

void Ingest::Impl::finish(const std::vector<Slot*>& batch, std::uint64_t bytes) {
    {
        std::lock_guard lock(mutex);
        for (Slot* const slot : batch) {
            slot->done = true;
        }
    }
    ready.notify_all();
    context.progress.advance(batch.size(), bytes);
}

bool Ingest::Impl::take(Slot& slot, FileReader& reader, ReadBuffer& buffer) {
    slot.result.path = slot.item.path;
    for (int attempt = 0; attempt < attempts; ++attempt) {
        try {
            bool is_large = false;
            take_once(slot, reader, buffer, is_large);
            if (is_large) {
                std::lock_guard lock(mutex);
                if (!large_worker.joinable() && !stopping) {
                    pipeline.emplace(*writer, params, std::max(1u, context.jobs),
                                     [this](std::function<void()> task) {
                                         {
                                             std::lock_guard task_lock(mutex);
                                             tasks.push_back(std::move(task));
                                         }
                                         wake.notify_one();
                                     });
                    large_worker = std::thread([this] { work_large(); });
                }
                large.push_back(&slot);
                large_wake.notify_one();
            }
            return !is_large;
        } catch (const FileChanged&) {
            continue;
        }
    }
    slot.result.error = std::make_exception_ptr(keeps_changing(slot.item.path));
    return true;
}

void Ingest::Impl::take_once(Slot& slot, FileReader& reader, ReadBuffer& buffer, bool& is_large) {
    IngestResult& result = slot.result;
    const std::string& path = slot.item.path;
    ByteView bytes;
    try {
        result.entry = {};
        if (slot.item.kind != FileStat::Kind::regular) {
            result.stat = reader.stat(path);
            if (result.stat.kind != slot.item.kind) {
                throw FileChanged{};
            }
            if (slot.item.kind == FileStat::Kind::directory) {
                result.entry.kind = EntryKind::empty_dir;
                return;
            }
            buffer.links = reader.link_target(path);
            if (!(reader.stat(path) == result.stat)) {
                throw FileChanged{};
            }
            result.entry.kind = EntryKind::symlink;
            bytes = buffer.links;
        } else {
            const Fd fd = reader.open(path, result.stat);
            const std::uint64_t size = result.stat.size;
            if (size > max_file_size) {
                throw Error(ErrorKind::failure, fmt::format("'{}' is larger than 1 TiB", printable(path)));
            }
            result.entry.kind = result.stat.executable ? EntryKind::executable : EntryKind::file;
            if (size > large_file_bytes) {
                if (writer != nullptr) {
                    is_large = true;
                } else {
                    hash_large(slot, fd, buffer);
                }
                return;
            }
            // One byte more than it should have: a full buffer means that the file grew.
            const std::size_t n = read_full(fd.get(), buffer.bytes.get(), size + 1, path);
            struct stat after {};
            if (fstat(fd.get(), &after) != 0) {
                throw_errno("cannot read", path);
            }
            if (n != size || !(to_file_stat(after) == result.stat)) {
                throw FileChanged{};
            }
            bytes = {buffer.bytes.get(), n};
        }
    } catch (const Error& e) {
        if (e.kind() == ErrorKind::interrupted) {
            throw;
        }
        result.error = std::current_exception(); // of this file; what the writer throws ends everything
        return;
    }
    result.entry.size = bytes.size();
    result.entry.hash = writer != nullptr ? store_content(*writer, params, chunker, bytes) : sha256(bytes);
}

void Ingest::Impl::hash_large(Slot& slot, const Fd& fd, ReadBuffer& buffer) const {
    constexpr std::size_t piece = 256 * 1024; // stays in the cache
    Sha256Stream hash;
    std::uint64_t size = 0;
    while (const std::size_t n = read_full(fd.get(), buffer.bytes.get(), piece, slot.item.path)) {
        context.check_stop();
        hash.update({buffer.bytes.get(), n});
        size += n;
    }
    struct stat after {};
    if (fstat(fd.get(), &after) != 0) {
        throw_errno("cannot read", slot.item.path);
    }
    if (size != slot.result.stat.size || !(to_file_stat(after) == slot.result.stat)) {
        throw FileChanged{};
    }
    slot.result.entry.size = size;
    slot.result.entry.hash = hash.finish();
}

void Ingest::Impl::work_large() {
    FileReader reader(root_fd.get());
    for (;;) {
        Slot* slot = nullptr;
        {
            std::unique_lock lock(mutex);
            large_wake.wait(lock, [&] { return stopping || !large.empty(); });
            if (stopping) {
                return;
            }
            slot = large.front();
            large.pop_front();
        }
        try {
            take_large(*slot, reader);
            finish({slot}, 0); // its bytes were reported as they were read
        } catch (...) {
            fail(std::current_exception());
        }
    }
}

void Ingest::Impl::take_large(Slot& slot, FileReader& reader) {
    IngestResult& result = slot.result;
    const std::string& path = slot.item.path;
    for (int attempt = 0; attempt < attempts; ++attempt) {
        std::exception_ptr unreadable;
        try {
            Fd fd;
            try {
                fd = reader.open(path, result.stat);
                posix_fadvise(fd.get(), 0, 0, POSIX_FADV_SEQUENTIAL); // a hint
            } catch (const Error&) {
                result.error = std::current_exception();
                return;
            }
            result.entry.kind = result.stat.executable ? EntryKind::executable : EntryKind::file;
            const auto held = writer->hold(fd, root, path, result.stat);
            const int source = held ? held->bytes().get() : fd.get();
            std::uint64_t read = 0;
            const auto next = [&](char* to, std::size_t n) {
                context.check_stop();
                try {
                    const std::size_t got = read_full(source, to, n, path);
                    read += got;
                    if (read > result.stat.size) {
                        throw FileChanged{}; // perhaps it grows for ever
                    }
                    context.progress.advance(0, got);
                    return got;
                } catch (const Error&) {
                    unreadable = std::current_exception();
                    throw;
                }
            };
            const auto confirm = [&] {
                struct stat after {};
                if (fstat(fd.get(), &after) != 0) {
                    throw_errno("cannot read", path);
                }
                if (read != result.stat.size || !(to_file_stat(after) == result.stat)) {
                    throw FileChanged{};
                }
                if (held) {
                    held->commit();
                }
            };
            const auto stored = pipeline->run({}, next, {held.get(), confirm});
            result.entry.size = stored.size;
            result.entry.hash = stored.hash;
            return;
        } catch (const FileChanged&) {
            // once more
        } catch (const Error&) {
            if (!unreadable) {
                throw;
            }
            result.error = unreadable;
            return;
        }
    }
    result.error = std::make_exception_ptr(keeps_changing(path));
}

std::vector<IngestResult> Ingest::Impl::collect() {
    std::vector<IngestResult> out;
    while (!slots.empty() && slots.front().done) {
        out.push_back(std::move(slots.front().result));
        slots.pop_front();
        --assigned;
    }
    count = slots.size();
    return out;
}

Ingest::Ingest(const std::string& root, StoreWriter* writer, const StoreParams& params, IngestMode mode,
               Context& context)
    : impl_(std::make_unique<Impl>(root, writer, params, mode, context)) {
    impl_->start();
}

Ingest::~Ingest() {
    impl_->stop();
}

void Ingest::submit(IngestItem item) {
    bool enough = false;
    {
        std::lock_guard lock(impl_->mutex);
        impl_->slots.emplace_back();
        impl_->slots.back().item = std::move(item);
        impl_->count = impl_->slots.size();
        enough = (impl_->slots.size() - impl_->assigned) % batch_items == 0;
    }
    if (enough) {
        impl_->wake.notify_one();
    }
}

std::vector<IngestResult> Ingest::take_ready() {
    std::lock_guard lock(impl_->mutex);
    if (impl_->fatal) {
        std::rethrow_exception(impl_->fatal);
    }
    return impl_->collect();
}

bool Ingest::full() const noexcept {
    return impl_->count >= window_items;
}

std::vector<IngestResult> Ingest::take_wait() {
    std::unique_lock lock(impl_->mutex);
    if (impl_->slots.size() > impl_->assigned) {
        impl_->flush = true;
        impl_->wake.notify_all();
    }
    impl_->ready.wait(lock,
                      [&] { return impl_->fatal || impl_->slots.empty() || impl_->slots.front().done; });
    if (impl_->fatal) {
        std::rethrow_exception(impl_->fatal);
    }
    return impl_->collect();
}

std::vector<IngestResult> Ingest::drain() {
    std::vector<IngestResult> out;
    for (;;) {
        std::vector<IngestResult> more = take_wait();
        if (more.empty()) {
            return out;
        }
        std::move(more.begin(), more.end(), std::back_inserter(out));
    }
}

} // namespace ds

// Reading, cutting, hashing and storing one large stream in parallel.
#include "store/large_file.hpp"

#include "base/error.hpp"
#include "codec/hash.hpp"
#include "store/content.hpp"
#include "store/held_writer.hpp"
#include "task/queue.hpp"

#include <algorithm>
#include <deque>
#include <thread>

namespace ds {

namespace {

/// Read at a time: cut and hashed while it is still in the core's cache.
constexpr std::size_t piece_bytes = 128 * 1024;
/// Small enough that a worker finds most of it in the cache.
constexpr std::size_t buffer_bytes = 1024 * 1024;
/// With fewer threads all cores have work enough, and bytes that visit one more core are slower to hash.
constexpr unsigned own_hasher_from = 4;

} // namespace

/// What buffers and tasks refer to; ends with the last of them.
struct LargeFilePipeline::State {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::unique_ptr<char[]>> free;
    std::size_t buffers = 0; ///< made so far
    std::size_t max_buffers = 0;
    bool aborted = false;
};

struct LargeFilePipeline::Buffer {
    std::shared_ptr<State> state;
    std::unique_ptr<char[]> bytes;
    std::size_t size = 0; ///< bytes covered by chunks
    [[nodiscard]] ByteView view() const noexcept { return {bytes.get(), size}; }
    ~Buffer() {
        if (!bytes) {
            return;
        }
        {
            std::lock_guard lock(state->mutex);
            state->free.push_back(std::move(bytes));
        }
        state->changed.notify_all();
    }
};

/// The chunks of one buffer. It does not own the buffer: only those who still read that do.
struct LargeFilePipeline::Segment {
    std::vector<std::uint32_t> lengths;
    std::vector<RecipeItem> items;
    std::exception_ptr error;
    bool done = false;
};

LargeFilePipeline::LargeFilePipeline(StoreWriter& writer, const StoreParams& params, unsigned workers,
                                     std::function<void(std::function<void()>)> execute)
    : writer_(writer), params_(params), own_hasher_(workers >= own_hasher_from), chunker_(params.chunks),
      execute_(std::move(execute)), state_(std::make_shared<State>()) {
    // Enough for the reader to go on while every worker waits for the disk; 64 MiB at most.
    state_->max_buffers = std::min<std::size_t>(4 * workers + 16, 64);
}

LargeFilePipeline::~LargeFilePipeline() = default;

void LargeFilePipeline::abort() noexcept {
    {
        std::lock_guard lock(state_->mutex);
        state_->aborted = true;
    }
    state_->changed.notify_all();
}

std::shared_ptr<LargeFilePipeline::Buffer> LargeFilePipeline::take_buffer() {
    State& s = *state_;
    auto buffer = std::make_shared<Buffer>();
    buffer->state = state_;
    std::unique_lock lock(s.mutex);
    s.changed.wait(lock, [&] { return s.aborted || !s.free.empty() || s.buffers < s.max_buffers; });
    if (s.aborted) {
        lock.unlock(); // the buffer locks again when it goes
        throw Interrupted();
    }
    if (s.free.empty()) {
        buffer->bytes.reset(new char[buffer_bytes + params_.chunks.max_size]);
        ++s.buffers;
    } else {
        buffer->bytes = std::move(s.free.back());
        s.free.pop_back();
    }
    return buffer;
}

void LargeFilePipeline::store_finished(std::vector<std::shared_ptr<Segment>>& segments, std::size_t& first,
                                       RecipeBuilder& recipe, HeldFileWriter* held, bool all) {
    for (; first < segments.size(); ++first) {
        const std::shared_ptr<Segment> segment = segments[first];
        {
            std::unique_lock lock(state_->mutex);
            if (all) {
                state_->changed.wait(lock, [&] { return state_->aborted || segment->done; });
            }
            if (!segment->done) {
                if (state_->aborted) {
                    throw Interrupted();
                }
                break;
            }
        }
        if (segment->error) {
            std::rethrow_exception(segment->error);
        }
        for (const RecipeItem& item : segment->items) {
            recipe.add(item.size, item.hash);
            if (held != nullptr) {
                held->add(item.hash, item.size);
            }
        }
        segments[first].reset();
    }
    if (first > 64) { // keep the list short, however long the stream
        segments.erase(segments.begin(), segments.begin() + static_cast<std::ptrdiff_t>(first));
        first = 0;
    }
}

LargeFilePipeline::Result LargeFilePipeline::run(ByteView head, const Read& read, const Target& target) {
    Result result;
    Sha256Stream whole;
    BoundedQueue<std::shared_ptr<Buffer>> to_hash(std::size_t{1} << 40); // the pool is the bound
    std::thread hasher;
    if (own_hasher_) {
        hasher = std::thread([&] {
            while (const auto buffer = to_hash.pop()) {
                whole.update((*buffer)->view());
            }
        });
    }
    RecipeBuilder recipe = recipe_builder(writer_);
    std::vector<std::shared_ptr<Segment>> segments;
    std::size_t first = 0;
    try {
        ByteString carry; // read, but not yet cut
        const auto next = [&](char* to, std::size_t n) {
            if (head.empty()) {
                return read(to, n);
            }
            const std::size_t from_head = head.copy(to, n);
            head.remove_prefix(from_head);
            return from_head;
        };
        bool at_end = false;
        while (!at_end) {
            auto segment = std::make_shared<Segment>();
            std::shared_ptr<Buffer> buffer = take_buffer();
            char* const bytes = buffer->bytes.get();
            std::copy(carry.begin(), carry.end(), bytes);
            std::size_t filled = carry.size();
            // Leave room for what a chunk may need behind the last cut.
            const std::size_t room = buffer_bytes + params_.chunks.max_size;
            std::size_t at = 0;
            while (filled < room && !at_end) {
                const std::size_t n = next(bytes + filled, std::min(piece_bytes, room - filled));
                if (!own_hasher_) {
                    whole.update({bytes + filled, n});
                }
                filled += n;
                at_end = n == 0;
                while (at < filled && (at_end || filled - at >= params_.chunks.max_size)) {
                    const std::size_t length = chunker_.cut({bytes + at, filled - at});
                    segment->lengths.push_back(static_cast<std::uint32_t>(length));
                    at += length;
                }
            }
            buffer->size = at;
            carry.assign(bytes + at, filled - at);
            if (at == 0) {
                continue;
            }
            result.size += at;
            segments.push_back(segment);
            if (own_hasher_) {
                to_hash.push(buffer, 1);
            }
            const bool hold = target.held != nullptr;
            execute_([this, segment, hold, buffer = std::move(buffer), state = state_]() mutable {
                std::exception_ptr error;
                try {
                    bool aborted = false;
                    {
                        std::lock_guard lock(state->mutex);
                        aborted = state->aborted;
                    }
                    if (!aborted && hold) {
                        hash_chunks(buffer->view(), segment->lengths, segment->items);
                    } else if (!aborted) {
                        store_chunks(writer_, params_, buffer->view(), segment->lengths, segment->items);
                    }
                } catch (...) {
                    error = std::current_exception();
                }
                buffer.reset(); // free once the hasher is done with it too
                {
                    std::lock_guard lock(state->mutex);
                    segment->error = error;
                    segment->done = true;
                }
                state->changed.notify_all();
            });
            store_finished(segments, first, recipe, target.held, false);
        }
        to_hash.close();
        if (hasher.joinable()) {
            hasher.join();
        }
        result.hash = whole.finish();
        store_finished(segments, first, recipe, target.held, true);
        if (target.confirm) {
            target.confirm();
        }
        store_recipe(writer_, recipe, result.hash);
    } catch (...) {
        to_hash.abort();
        if (hasher.joinable()) {
            hasher.join();
        }
        // Tasks under way use the writer, which the caller may take down next: let them end.
        std::unique_lock lock(state_->mutex);
        state_->changed.wait(lock, [&] {
            return state_->aborted ||
                   std::all_of(segments.begin(), segments.end(), [](const auto& s) { return !s || s->done; });
        });
        lock.unlock();
        throw;
    }
    return result;
}

} // namespace ds

// The pipeline for one large stream: the caller reads, finds the cuts and, on few cores, hashes the whole (on
// more, a thread does); workers hash, compress and append chunks. Each byte is read once and, when new and
// incompressible, copied once more, to the pack; or not at all where the file is held as it is.
//
// A buffer holds 1 MiB of chunks; it goes back to the pool when the hasher and the worker are done with it.
// The pool is the memory bound and the back pressure: the reader waits for a free buffer.
#pragma once

#include "model/recipe.hpp"
#include "store/object_store.hpp"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace ds {

/// Files of more bytes go through the pipeline.
inline constexpr std::size_t large_file_bytes = 4u << 20;

/// One stream at a time; reused for many, so that buffers are kept.
class LargeFilePipeline {
  public:
    /// @param execute runs a task on some other thread, soon
    LargeFilePipeline(StoreWriter& writer, const StoreParams& params, unsigned workers,
                      std::function<void(std::function<void()>)> execute);
    ~LargeFilePipeline();

    /// Reads up to n bytes, 0 at the end.
    using Read = std::function<std::size_t(char*, std::size_t)>;
    struct Result {
        Sha256 hash;
        std::uint64_t size = 0;
    };
    /// Where chunks go and what is asked at the end, if it is not the usual.
    struct Target {
        HeldFileWriter* held = nullptr; ///< is told the chunks, which are not stored
        std::function<void()> confirm;  ///< called before the recipe is stored; may throw
    };
    /// Stores the stream: its first bytes are `head`, the rest comes from `read`.
    /// @throws what `read`, `confirm` or the writer throws; Interrupted after abort()
    Result run(ByteView head, const Read& read, const Target& target);
    /// Makes run() return soon. Thread-safe.
    void abort() noexcept;

  private:
    struct Buffer;
    struct Segment;
    struct State;
    std::shared_ptr<Buffer> take_buffer();
    void store_finished(std::vector<std::shared_ptr<Segment>>& segments, std::size_t& first,
                        RecipeBuilder& recipe, HeldFileWriter* held, bool all);

    StoreWriter& writer_;
    const StoreParams params_;
    const bool own_hasher_; ///< a thread hashes the whole
    Chunker chunker_;
    std::function<void(std::function<void()>)> execute_;
    std::shared_ptr<State> state_; ///< shared with tasks that may outlive the pipeline
};

} // namespace ds

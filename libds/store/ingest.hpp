// Taking files in: read, chunk, hash, compress and append, in parallel, results in order.
//
// Small files (at most the average chunk size) are one chunk, whose hash is the file's: many of them are
// handled by one worker as one batch, so that a batch costs one hand-over. Large files are read once, by a
// reader that finds the cuts, while one thread hashes the whole and the others hash, compress and append
// chunks. Memory is bounded by the window, not by the data.
#pragma once

#include "base/context.hpp"
#include "os/walk.hpp"
#include "store/object_store.hpp"

#include <exception>
#include <memory>
#include <string>
#include <vector>

namespace ds {

/// A file, link or empty folder to take in; `path` is relative to the root given to Ingest.
struct IngestItem {
    std::string path;
    FileStat::Kind kind = FileStat::Kind::regular; ///< regular, symlink or directory (an empty one)
};

struct IngestResult {
    std::string path;
    Entry entry;              ///< valid when !error
    FileStat stat;            ///< as of before reading; equal to what lstat said after it
    std::exception_ptr error; ///< unreadable, vanished (not_found) or kept changing (retried 3 times)
};

enum class IngestMode { store, hash_only };

/// The caller's one thread submits and takes. Results come in order of submission.
class Ingest {
  public:
    /// @param writer where content goes; may be null in hash_only mode
    Ingest(const std::string& root, StoreWriter* writer, const StoreParams& params, IngestMode mode,
           Context& context);
    ~Ingest();

    /// Hands one item in; blocks while the window is full of results not yet taken only if the caller could
    /// not take them: call take_ready() between submits.
    void submit(IngestItem item);
    /// Results that are ready, in order; never blocks. Empty when none is.
    [[nodiscard]] std::vector<IngestResult> take_ready();
    /// True while so much is under way that the caller should take_wait() before it submits more.
    [[nodiscard]] bool full() const noexcept;
    /// Waits for at least one result (or returns empty when nothing is under way; flushes the batch begun).
    [[nodiscard]] std::vector<IngestResult> take_wait();
    /// Waits for all that is left.
    [[nodiscard]] std::vector<IngestResult> drain();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Takes in a stream of unknown length (stdin, tar members): `read(buffer, n)` returns 0 at the end.
[[nodiscard]] Entry ingest_stream(const std::function<std::size_t(char*, std::size_t)>& read, EntryKind kind,
                                  StoreWriter& writer, const StoreParams& params, Context& context);
/// Takes in bytes at hand.
[[nodiscard]] Entry ingest_bytes(ByteView bytes, EntryKind kind, StoreWriter& writer,
                                 const StoreParams& params);

} // namespace ds

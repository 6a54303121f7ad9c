// Writing the entries of a tree into a folder, in parallel, each file whole or not at all. Internal to this
// module.
//
// Files are handed over in path order and go to the threads in batches of neighbours, so that a thread keeps
// its folder open and the store its frame. A batch's results come back in order.
#pragma once

#include "base/context.hpp"
#include "os/beneath.hpp"
#include "os/writer_mark.hpp"
#include "store/object_store.hpp"
#include "task/ordered.hpp"
#include "worktree/stat_index.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace ds {

/// One path to be made right.
struct WriteJob {
    std::string path;
    std::optional<Entry> entry;      ///< nothing: only passes through, in its turn
    std::optional<StatRecord> known; ///< what the stat index says of the path
};
struct WriteResult {
    std::string path;
    std::optional<Entry> entry;
    FileStat stat;
    bool wrote = false; ///< else it was right already
};

class TreeWriter {
  public:
    /// absent: nothing is there, write at once. keep: look first; never removes a folder with content or
    /// a file where a folder is needed. replace: removes whatever stands in the way.
    enum class Existing { absent, keep, replace };
    /// Where to write.
    struct Target {
        std::string root;
        std::string marks; ///< the folder for the mark that tells of this writer (writer_mark.hpp)
        /// Called in any thread before what stands at a path is overwritten; may be empty.
        std::function<void(std::string_view)> replacing;
        bool keeps_parts = false; ///< what came of a large file is kept over interruptions
    };
    /// @param done called in the caller's thread, in order
    TreeWriter(Target target, ContentSource& content, Existing existing, Context& context,
               std::function<void(WriteResult&)> done);

    void write(WriteJob job);
    void finish();

  private:
    using Batch = std::vector<WriteJob>;
    using Results = std::vector<WriteResult>;

    Results work(Batch batch);
    [[nodiscard]] bool is_right(BeneathDir& files, const WriteJob& job, WriteResult& result);
    void write_one(BeneathDir& files, WriteResult& result);
    void write_content(BeneathDir& files, const std::string& path, const Entry& entry);
    /// Goes on where an interrupted try stopped. @returns false when another process is at it
    bool write_resumable(BeneathDir& files, const std::string& path, const Entry& entry);
    [[nodiscard]] bool holds(BeneathDir& files, const WriteJob& job, const FileStat& stat);
    void clear_way(BeneathDir& files, const std::string& path, const FileStat& stat, EntryKind kind);
    void submit();
    void take();

    Target target_;
    WriterMark mark_;
    ContentSource& content_;
    Existing existing_;
    Context& context_;
    std::function<void(WriteResult&)> done_;
    Batch batch_;
    std::uint64_t batch_bytes_ = 0;
    std::size_t batch_files_; ///< that fill a batch
    std::mutex mutex_;
    std::vector<std::unique_ptr<BeneathDir>> idle_; ///< one per thread
    OrderedMap<Batch, Results> map_;                ///< last: its threads use what stands above
};

} // namespace ds

// The local object store: packs, their index, verified reads, durable write sessions.
//
//   <store>/format          text: "dsctl-store 1\n" and the parameters, one "key value" a line
//   <store>/packs/<hex>.pack
//   <store>/held/             large files that are held as they are (held_file.hpp)
//   <store>/index/<seq>.idx  sorted segments over the footers of many packs (index_segment.hpp)
//   <store>/tmp/             files being written; anything there is garbage once no writer lock is held
//
// Order of writes: pack (fsync, rename) -> index segment (fsync, rename) -> whatever refers to it.
// A pack without an index entry is garbage for gc, an index entry without a pack is damage for fsck.
#pragma once

#include "base/context.hpp"
#include "chunk/chunker.hpp"
#include "model/entry.hpp"
#include "model/node_store.hpp"
#include "os/walk.hpp"
#include "store/frame.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ds {

/// Persistent parameters of a store. They never touch identity.
struct StoreParams {
    /// Smaller than the chunker's own: on evolving tables 6 % less is stored than with 64 KiB, at the same
    /// speed, because consecutive chunks share a frame.
    ChunkParams chunks{8 * 1024, 32 * 1024, 128 * 1024};
    std::uint32_t pack_size = 64u << 20;   ///< a pack is closed once it is this large
    std::uint32_t frame_size = 128u << 10; ///< small objects are grouped up to this many raw bytes
    int level = 1;                         ///< zstd level; 0 stores everything raw
};

/// What `add` does with files of more than 4 MiB. Not persistent.
enum class LargeFiles {
    automatic, ///< cloned where blocks can be shared and compression would not pay; else copied into packs
    copy,      ///< always into packs
    reference, ///< cloned where blocks can be shared; else their bytes stay in the work tree only
};

/// How a store is used by this process.
struct StoreOptions {
    std::string worktree; ///< root of the work tree; empty: references can be neither made nor read
    LargeFiles large_files = LargeFiles::automatic;
};

/// Bytes that the store relies upon without holding them.
struct ReferencedFile {
    std::string path; ///< beneath the root of the work tree
    std::uint64_t bytes = 0;
    bool looks_same = false; ///< by its stat
};

class HeldFileWriter;
class StoreWriter;

/// Streams the content of files. Thread-safe. Implemented by the local store and by the lazy store.
class ContentSource {
  public:
    virtual ~ContentSource() = default;
    /// Hands the bytes of an entry to `sink` in order, each piece verified before it is handed out (by
    /// chunk hash and, for whole streams, by the hash of the file at the end).
    /// @param path where the entry stands in its version (helps a remote source find it; for messages)
    /// @throws Error(not_found) when content is not held here, CorruptObject when it is damaged
    virtual void stream(std::string_view path, const Entry& entry,
                        const std::function<void(ByteView)>& sink) = 0;
    /// For callers that keep everything back until this has returned (a temporary file): pieces may come
    /// unproven, because the hash of the file is checked in the end, which then costs one hash a byte and not
    /// two. A CorruptObject does not say which chunk it was: stream() does, and knows of other copies of it.
    virtual void stream_whole(std::string_view path, const Entry& entry,
                              const std::function<void(ByteView)>& sink) {
        stream(path, entry, sink);
    }
    /// The bytes [offset, offset+length) only, verified by chunk hashes.
    virtual void stream_range(std::string_view path, const Entry& entry, std::uint64_t offset,
                              std::uint64_t length, const std::function<void(ByteView)>& sink) = 0;
    /// Says what is streamed next, neighbours of one tree: a source far away reads what is small of it together. Damage
    /// shows when it is streamed.
    /// @param next some megabytes at most
    /// @returns what keeps in memory what was read
    struct Wanted {
        std::string_view path;
        const Entry& entry;
    };
    using Prepared = std::shared_ptr<const void>;
    [[nodiscard]] virtual Prepared prepare(std::span<const Wanted> next) {
        (void)next;
        return nullptr;
    }
    /// How much of the beginning of an entry somebody has already, as an interrupted download left it: reads it chunk
    /// by chunk, and hands on what is verified, up to the first chunk that differs or is cut off.
    /// @param have reads up to n bytes at an offset into a buffer, and says how many there were
    /// @returns bytes handed to `sink`: none where the chunks of an entry are not known (this default)
    using ReadAt = std::function<std::size_t(std::uint64_t offset, char* buffer, std::size_t n)>;
    virtual std::uint64_t check_prefix(std::string_view path, const Entry& entry, const ReadAt& have,
                                       const std::function<void(ByteView)>& sink) {
        (void)path, (void)entry, (void)have, (void)sink;
        return 0;
    }
};

/// One finding of a check.
struct StoreProblem {
    std::string object;         ///< "pack 9f3c…", "index 12", "chunk 4c1d…"
    std::string problem;        ///< "hash differs", "missing"
    std::optional<Sha256> hash; ///< the object that cannot be read, if known
    std::optional<ObjectKind> kind;
};

struct StoreUsage {
    std::uint64_t packs = 0;
    std::uint64_t pack_bytes = 0;
    std::uint64_t index_bytes = 0;
    std::uint64_t objects = 0;
    std::uint64_t held_bytes = 0;       ///< files held whole; clones share them with the work tree
    std::uint64_t referenced_bytes = 0; ///< in the work tree only
};

/// Which objects are reachable: filled by gc's marking. One bit per stored object. Not thread-safe.
class ObjectMarks {
  public:
    virtual ~ObjectMarks() = default;
    /// Marks; returns true when it was there and not yet marked.
    virtual bool mark(ObjectKind kind, const Sha256& hash) = 0;
};

struct SweepResult {
    std::uint64_t packs_removed = 0;
    std::uint64_t packs_rewritten = 0;
    std::uint64_t objects_removed = 0;
    std::uint64_t bytes_freed = 0;
};

/// Thread-safe for reads; write sessions are independent of each other.
class ObjectStore : public NodeSource, public ContentSource {
  public:
    static void create(const std::string& path, const StoreParams& params);
    /// A damaged index segment does not keep the store from opening (it has to be repaired by it): reads that
    /// miss their object throw CorruptObject then.
    /// @throws Error (failure: "made by a newer dsctl"; corrupt: damaged format)
    [[nodiscard]] static std::unique_ptr<ObjectStore> open(const std::string& path,
                                                           StoreOptions options = {});
    ~ObjectStore() override;

    [[nodiscard]] const StoreParams& params() const noexcept;
    [[nodiscard]] const std::string& path() const noexcept;

    [[nodiscard]] bool has(ObjectKind kind, const Sha256& hash);
    /// The object, hash-checked; nothing when absent (after one look for new index segments).
    [[nodiscard]] std::optional<ByteString> read(ObjectKind kind, const Sha256& hash);
    /// Whether the content of an entry is held: chunk, or recipe (written after its chunks). Where the store
    /// refers to files of the work tree, each chunk is looked up, and counts while its file is intact.
    [[nodiscard]] bool has_content(const Entry& entry);

    std::shared_ptr<const ByteString> load_node(const Sha256& id) override; // with an LRU of 32 MiB
    void stream(std::string_view path, const Entry& entry,
                const std::function<void(ByteView)>& sink) override;
    void stream_whole(std::string_view path, const Entry& entry,
                      const std::function<void(ByteView)>& sink) override;
    void stream_range(std::string_view path, const Entry& entry, std::uint64_t offset, std::uint64_t length,
                      const std::function<void(ByteView)>& sink) override;

    /// Visits the chunks of an entry in order as (hash, length). Parts of recipes are loaded one at a time.
    void for_each_chunk(const Entry& entry, const std::function<void(const Sha256&, std::uint32_t)>& visit);

    /// Where an object lies, for copying frames as they are: the whole frame's bytes (valid while `keep`
    /// lives), the place inside, and every object of the frame.
    struct FrameView {
        std::shared_ptr<const void> keep;
        ByteView frame;
        std::uint32_t inner_offset = 0;
        std::uint32_t length = 0;
        std::uint64_t frame_id = 0;           ///< equal for two objects of one frame
        std::span<const FooterEntry> objects; ///< all objects of this frame, in order (valid like `frame`)
    };
    [[nodiscard]] std::optional<FrameView> locate(ObjectKind kind, const Sha256& hash);

    // Files of the work tree that the store relies upon (store.large-files = reference). The caller holds the
    // repository's exclusive lock.
    [[nodiscard]] std::vector<ReferencedFile> referenced_files();
    /// To be called before `path` (a file, or anything below it) is overwritten or removed: takes what the
    /// store refers to into the store, by a second link to the file where that goes. What was changed already
    /// is lost, and no error here. Thread-safe.
    void adopt(std::string_view path);
    /// Calls `rename`, which renames `from` to `to` in the work tree, and has references follow it.
    void rename_references(const std::string& from, const std::string& to,
                           const std::function<void()>& rename);

    /// Begins a write session. Several may be open, in several processes.
    [[nodiscard]] std::unique_ptr<StoreWriter> writer();
    /// Looks for index segments that other processes added.
    void refresh();

    [[nodiscard]] StoreUsage usage();
    /// Looks whether every pack that the index names is there and whole at its ends. Costs O(packs).
    void check_packs(Context& context, const std::function<void(const StoreProblem&)>& report);
    /// Reads everything: each frame, each object's hash, each index entry against its footer.
    void check(Context& context, const std::function<void(const StoreProblem&)>& report);
    /// Rebuilds the index from the packs' footers (and footers from frames where a footer is damaged).
    void rebuild_index(Context& context, const std::function<void(const StoreProblem&)>& report);

    [[nodiscard]] std::unique_ptr<ObjectMarks> new_marks();
    /// Removes what is not marked: whole packs, and packs more than half dead are rewritten. The caller
    /// holds the repository's exclusive lock. With dry_run only counts. Durable order: new packs, new
    /// index, then removal.
    enum class DryRun { no, yes };
    SweepResult sweep(const ObjectMarks& marks, Context& context, DryRun dry_run);

  private:
    friend class StoreWriter;
    friend class HeldFileWriter;
    friend class ObjectMarksImpl;
    struct Impl;
    explicit ObjectStore(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// One write session. put and put_frame are thread-safe. Nothing is visible to others before commit();
/// destruction without commit() leaves nothing behind.
class StoreWriter : public NodeSink {
  public:
    ~StoreWriter() override;

    /// Stores an object unless the store or this session has it. Small objects are grouped into frames.
    /// @returns true when it was new
    bool put(ObjectKind kind, const Sha256& hash, ByteView bytes);
    void save_node(const Sha256& id, ByteView bytes) override { put(ObjectKind::tree, id, bytes); }
    /// Stores another copy even when there is one: repairs a damaged object, since reads take any copy
    /// whose hash holds.
    void put_copy(ObjectKind kind, const Sha256& hash, ByteView bytes);
    /// Whether the store or this session has (or has claimed) it.
    [[nodiscard]] bool has(ObjectKind kind, const Sha256& hash);
    /// Claims an object for the caller, who then adds it to a frame of its own: false when it is
    /// already there or claimed. Used by ingest workers.
    [[nodiscard]] bool claim(ObjectKind kind, const Sha256& hash);
    /// Appends an encoded frame (FrameBuilder::encode, or a frame copied from elsewhere whose objects
    /// were verified by the caller).
    void put_frame(ByteView frame, std::vector<FooterEntry> entries);
    /// The same with the payload apart, which saves copying it.
    void put_frame(EncodedFrame frame);

    /// Begins to hold a large file of the work tree as it is, if the store's options and the file system let
    /// it. Nothing: it is to be copied. @param path beneath `root` @param file open for reading
    [[nodiscard]] std::unique_ptr<HeldFileWriter> hold(const Fd& file, const std::string& root,
                                                       const std::string& path, const FileStat& stat);

    /// Makes nodes of this session readable before commit (own packs are flushed, not synced).
    [[nodiscard]] std::shared_ptr<const ByteString> find_pending_node(const Sha256& id);

    /// Seals packs, writes the index, fsyncs. After it everything is durable and visible. @throws Error
    void commit();
    [[nodiscard]] std::uint64_t new_objects() const noexcept;
    [[nodiscard]] std::uint64_t stored_bytes() const noexcept; ///< bytes appended to packs

  private:
    friend class ObjectStore;
    friend class HeldFileWriter;
    struct Impl;
    explicit StoreWriter(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// A NodeSource that sees a session's new nodes first, then the store.
class SessionNodes : public NodeSource {
  public:
    SessionNodes(ObjectStore& store, StoreWriter& writer) : store_(store), writer_(writer) {}
    std::shared_ptr<const ByteString> load_node(const Sha256& id) override;

  private:
    ObjectStore& store_;
    StoreWriter& writer_;
};

} // namespace ds

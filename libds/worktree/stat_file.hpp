// One file of the stat index: its grammar, a mapped reader and a streaming writer. Internal to this module.
//
//   file    := magic:8 ("DSSTAT\x01\n") block… table tail
//   block   := record{count}                              at most 64 records, at most 1 MiB
//   record  := shared:varint rest_length:varint rest flags:u8 [fields]
//              (shared: bytes in common with the path before; 0 for the first of a block)
//   flags   := 1 symlink | 2 executable | 4 removed (no fields follow) | 8 recorded when the file was finished
//   fields  := size:varint mtime:u64 ctime:zigzag (less mtime) inode:varint
//              [recorded:zigzag (less ctime)] hash:32
//   table   := {offset:u64 length:u32 crc32c:u32}{blocks}      one per block, in order
//   tail    := records:u64 stamp:u64 table_offset:u64 blocks:u32 crc32c:u32
//              (the sum is over the table and the tail before it)
//
// Times are nanoseconds. `stamp` is the file system's time when the file was finished. Paths rise strictly. A
// block's checksum is checked when the block is first read, so that finding one path touches a few pages.
#pragma once

#include "os/file.hpp"
#include "worktree/stat_index.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ds {

/// A mapped file of the index. Immutable, thread-safe.
class StatFile {
  public:
    /// Null when it does not exist. @throws CorruptObject, Error
    [[nodiscard]] static std::shared_ptr<const StatFile> open(const std::string& path);

    [[nodiscard]] std::uint64_t records() const noexcept { return records_; }
    [[nodiscard]] std::int64_t stamp() const noexcept { return stamp_; }
    [[nodiscard]] std::size_t blocks() const noexcept { return blocks_; }
    /// The bytes of a block, its checksum checked. @throws CorruptObject
    [[nodiscard]] ByteView block(std::size_t at) const;
    /// The block that holds the first path >= `path` if there is one (or the one before it).
    [[nodiscard]] std::size_t find_block(std::string_view path) const;
    [[nodiscard]] const std::string& name() const noexcept { return name_; }

  private:
    StatFile(MappedFile map, std::string name) : map_(std::move(map)), name_(std::move(name)) {}
    MappedFile map_;
    std::string name_;
    std::uint64_t records_ = 0;
    std::int64_t stamp_ = 0;
    std::size_t blocks_ = 0;
    const char* table_ = nullptr;
};

/// Walks one file in order, removals included. @throws CorruptObject from every move
class StatFileCursor {
  public:
    /// Stands on the first path >= `path`. @param file null: an empty one
    StatFileCursor(std::shared_ptr<const StatFile> file, std::string_view path);
    [[nodiscard]] bool valid() const noexcept { return valid_; }
    [[nodiscard]] std::string_view path() const noexcept { return path_; }
    [[nodiscard]] bool removed() const noexcept { return removed_; }
    [[nodiscard]] const StatRecord& record() const noexcept { return record_; }
    void next();

  private:
    void enter(std::size_t block);
    void read();
    std::shared_ptr<const StatFile> file_;
    std::size_t block_ = 0;
    const char* at_ = nullptr;
    const char* end_ = nullptr;
    bool first_ = true; ///< of the block
    bool valid_ = false;
    bool removed_ = false;
    std::string path_;
    StatRecord record_;
};

/// Writes a file of the index; nothing is there before finish(). Memory: the table, 16 bytes a block.
class StatFileWriter {
  public:
    explicit StatFileWriter(const std::string& path);
    /// @param record null: removed. Paths must rise strictly.
    void add(std::string_view path, const StatRecord* record);
    [[nodiscard]] std::uint64_t records() const noexcept { return records_; }
    void finish();

  private:
    void end_block();
    std::string path_;
    AtomicFile file_;
    ByteString out_;   ///< not yet written
    ByteString block_; ///< under way
    ByteString table_;
    std::string last_path_;
    std::size_t in_block_ = 0;
    std::uint64_t blocks_ = 0;
    std::uint64_t records_ = 0;
    std::uint64_t offset_ = 0; ///< where block_ begins
};

/// The time that the file system of `dir` would give a file written now. @throws Error
[[nodiscard]] std::int64_t file_system_now(const std::string& dir);

} // namespace ds

// Tar streams, plain or compressed by gzip or zstd, through libarchive. Only this module includes it.
//
// Reading is bounded whatever comes: a member is streamed, its header at most 1 MiB, names are handed out as bytes and
// judged by whoever takes them. Other formats than tar (and other compressions) are not recognised.
#pragma once

#include "base/bytes.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace ds {

/// A member of an archive.
struct ArchiveMember {
    enum class Kind { file, symlink, hard_link, folder, other };
    Kind kind = Kind::other;
    std::string path;   ///< as it stands in the archive
    std::string target; ///< of links
    std::uint64_t size = 0;
    bool executable = false;
};

/// Reads members one after the other. For one thread.
class ArchiveReader {
  public:
    /// @param read gives the next bytes of the stream, 0 at the end; may throw
    /// @param what for messages
    ArchiveReader(std::function<std::size_t(char*, std::size_t)> read, std::string what);
    ~ArchiveReader();
    ArchiveReader(const ArchiveReader&) = delete;
    ArchiveReader& operator=(const ArchiveReader&) = delete;

    /// The next member; false at the end. @throws CorruptObject when the stream is damaged or no tar
    bool next(ArchiveMember& member);
    /// The next bytes of the member's content, 0 at its end. @throws CorruptObject
    [[nodiscard]] std::size_t read(char* to, std::size_t n);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

enum class ArchiveCompression { none, gzip, zstd };

/// Writes a tar (GNU's, which takes names of any bytes) whose bytes depend on what is put in alone: owner 0, time as given. For one
/// thread.
class ArchiveWriter {
  public:
    /// @param write takes the bytes of the stream; may throw
    /// @param time of every member, unix seconds
    ArchiveWriter(std::function<void(ByteView)> write, ArchiveCompression compression, std::int64_t time);
    ~ArchiveWriter();
    ArchiveWriter(const ArchiveWriter&) = delete;
    ArchiveWriter& operator=(const ArchiveWriter&) = delete;

    /// Begins a member; of a file exactly `size` bytes of data() must follow. @throws Error
    void begin(const ArchiveMember& member);
    void data(ByteView bytes);
    /// Ends the archive. Without it what was written is cut short.
    void finish();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace ds

// One segment of the local index: which pack holds an object. Immutable, mapped.
//
//   segment := magic:8 ("DSINDX\x01\n") packs:u32 records_crc:u32 count:u64 header_crc:u32 zero:u32
//              name:32{packs} record{count}
//   record  := prefix:u64 pack:u32 entry:u32
//
// Records are sorted by prefix (the first 8 bytes of the hash as a big-endian number). `pack` counts names, `entry` counts
// entries of that pack's footer, which has the full hash and place: a look-up that finds nothing touches
// nothing but this file. header_crc covers the bytes before it and the names; it is checked at open,
// records_crc by fsck. A wrong record can only miss or lead to an entry whose hash differs.
#pragma once

#include "base/sha256.hpp"
#include "os/file.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ds {

struct IndexRecord {
    std::uint64_t prefix = 0;
    std::uint32_t pack = 0;
    std::uint32_t entry = 0;
};

/// Thread-safe.
class IndexSegment {
  public:
    /// @throws CorruptObject naming the file
    [[nodiscard]] static std::shared_ptr<const IndexSegment> open(const std::string& path);

    [[nodiscard]] std::uint64_t records() const noexcept { return count_; }
    [[nodiscard]] std::uint64_t size_bytes() const noexcept { return file_.view().size(); }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] std::size_t pack_count() const noexcept { return packs_.size(); }
    /// @throws CorruptObject for a number beyond the table
    [[nodiscard]] const Sha256& pack(std::uint32_t number) const;
    [[nodiscard]] IndexRecord record(std::uint64_t number) const noexcept;
    /// The records [first, last) with that prefix.
    [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> find(std::uint64_t prefix) const noexcept;
    /// Whether the records are as they were written.
    [[nodiscard]] bool records_sound() const noexcept;

  private:
    IndexSegment(MappedFile file, std::string path);
    [[nodiscard]] std::uint64_t lower_bound(std::uint64_t prefix) const noexcept;
    MappedFile file_;
    std::string path_;
    std::vector<Sha256> packs_;
    const char* records_ = nullptr;
    std::uint64_t count_ = 0;
};

/// Writes a segment over `packs`; sorts the records. The file appears whole and durable (temp + fsync + rename).
void write_index_segment(const std::string& path, const std::vector<Sha256>& packs, std::vector<IndexRecord>& records);

/// Merges segments into one at `path`, leaving out the records of packs that `keep` refuses; memory is bounded by
/// the pack names. Durable. @returns the number of records; for 0 no file is written
std::uint64_t merge_index_segments(const std::string& path,
                                   const std::vector<std::shared_ptr<const IndexSegment>>& segments,
                                   const std::function<bool(const Sha256&)>& keep);

} // namespace ds

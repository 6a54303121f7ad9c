// Index segments: sorted tables that tell which pack holds an object.
//
//   segment := header pack{packs} record{records}
//   header  := magic:8 ("DSIDX\x01\n\0") packs:u32 records_crc:u32 records:u64 zero:u32 header_crc:u32
//   pack    := name:32                          rising, each once
//   record  := prefix:u64 pack:u32 entry:u32    rising by (prefix, pack, entry)
//
// prefix is the first 8 bytes of an object's hash as a big-endian number (stored little-endian like all
// numbers); pack is an index into the table, entry the number of the object in that pack's footer, where the
// full hash and the kind stand. header_crc (crc32c) covers header and pack table and is checked when a
// segment is opened; records_crc covers the records and is checked by fsck, because a wrong record can only
// hide an object, never pass off another one.
//
// Hashes are uniform, so a lookup guesses the place and touches one or two pages of the mapped file, however
// large it is. Segments are immutable; small ones are merged into larger ones when there are many.
#pragma once

#include "base/sha256.hpp"
#include "os/fd.hpp"
#include "os/file.hpp"

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
    friend auto operator<=>(const IndexRecord&, const IndexRecord&) = default;
};

/// One mapped segment. Immutable, thread-safe.
class IndexSegment {
  public:
    /// @throws Error(not_found), CorruptObject
    [[nodiscard]] static std::shared_ptr<const IndexSegment> open(const std::string& path);

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] std::uint64_t size_bytes() const noexcept { return file_.view().size(); }
    [[nodiscard]] std::uint64_t records() const noexcept { return records_; }
    [[nodiscard]] std::uint32_t packs() const noexcept { return packs_; }
    [[nodiscard]] Sha256 pack(std::uint32_t i) const; ///< @throws CorruptObject beyond the table
    [[nodiscard]] IndexRecord record(std::uint64_t i) const noexcept;
    /// The records [first, second) that have this prefix.
    [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> find(std::uint64_t prefix) const noexcept;
    /// Checks the crc, order and bounds of all records. @throws CorruptObject
    void check_records() const;

  private:
    IndexSegment(std::string path, MappedFile file) : path_(std::move(path)), file_(std::move(file)) {}
    [[nodiscard]] std::uint64_t prefix_at(std::uint64_t i) const noexcept {
        return load_u64(table_ + i * 16);
    }

    std::string path_;
    MappedFile file_;
    const char* table_ = nullptr;
    std::uint64_t records_ = 0;
    std::uint32_t packs_ = 0;
};

/// Writes a segment in one pass. Not thread-safe.
class IndexSegmentWriter {
  public:
    /// @param packs strictly rising
    IndexSegmentWriter(std::string path, const std::vector<Sha256>& packs);
    /// Strictly rising records.
    void add(const IndexRecord& record);
    [[nodiscard]] std::uint64_t records() const noexcept { return records_; }
    /// Completes and fsyncs the file (not its folder).
    void finish();

  private:
    void flush();
    std::string path_;
    Fd fd_;
    ByteString head_; ///< the header without its sums, then the pack table
    ByteString buffer_;
    std::uint32_t crc_ = 0;
    std::uint64_t records_ = 0;
};

/// Writes one segment from records whose pack numbers index `packs` (any order; both are sorted here).
void write_index_segment(const std::string& path, const std::vector<Sha256>& packs,
                         std::vector<IndexRecord>& records);

/// Merges segments into one at `path` by a streaming k-way merge, leaving out records of packs that `keep`
/// refuses and doubled records. Returns the number of records; with none no file is made.
std::uint64_t merge_index_segments(const std::string& path,
                                   const std::vector<std::shared_ptr<const IndexSegment>>& inputs,
                                   const std::function<bool(const Sha256&)>& keep);

} // namespace ds

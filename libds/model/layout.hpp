// Layout: where the content and the nodes of a version lie in a registry's packs. It mirrors the
// tree: one layout node beside each tree node. Outside of the digest, but named by SHA-256 from
// records and heads, so that a chunk read in part is authenticated.
//
//   layout  := 0xD9 version:u8 (1) level:u8 packs:varint pack… count:varint item…
//   pack    := name:32 version_id:string(max 256)    name 32 zero bytes, id "": the pack this node lies in
//   extent  := pack:varint frame_offset:varint frame_length:varint inner_offset:varint length:varint
//   leaf item (one per entry of the tree leaf, same order):
//     chunks:varint (hash:32 extent)…  segments:varint (size:varint chunks:varint hash:32 extent)…
//     At most 16 inline chunks, then segments; a single chunk whose hash is the entry's is written with a zero
//     hash left out:  chunks = 1 -> flag:u8 (1: hash equals the entry's and is left out)
//   inner item (one per child, same order): tree:extent layout:extent layout_hash:32
//   segment := 0xDA version:u8 (1) packs… count:varint (hash:32 extent)…    at most 4096 chunks of one file
//
// `extent` means: read frame_length bytes at frame_offset of the pack, decode the frame (store/frame
// grammar), take `length` bytes at inner_offset of the decoded bytes, check them against the hash.
//
// Writers put a tree node and its layout node into adjacent frames of one object each (kinds tree and layout), so
// that one range read brings both, and the inner nodes of a version side by side at the end of its last
// metadata pack. Readers rely on neither. The first 16 chunks of a file are inline, segments list the rest.
#pragma once

#include "base/sha256.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace ds {

inline constexpr std::size_t max_inline_chunks = 16;
inline constexpr std::size_t max_segment_chunks = 4096;
inline constexpr std::size_t max_version_id_bytes = 256;

/// A pack of a registry, pinned by the storage's version id.
struct PackRef {
    Sha256 name; ///< zero: the pack that holds the node
    std::string version_id;
    friend auto operator<=>(const PackRef&, const PackRef&) = default;
};

/// Bytes inside a decoded frame of a pack. `pack` is an index into the node's pack table.
struct Extent {
    std::uint32_t pack = 0;
    std::uint32_t frame_offset = 0;
    std::uint32_t frame_length = 0;
    std::uint32_t inner_offset = 0;
    std::uint32_t length = 0;
    friend bool operator==(const Extent&, const Extent&) = default;
};

struct ChunkPlace {
    Sha256 hash;
    Extent at;
    friend bool operator==(const ChunkPlace&, const ChunkPlace&) = default;
};

struct SegmentPlace {
    std::uint64_t size = 0;   ///< bytes of the file it covers
    std::uint32_t chunks = 0; ///< how many chunks it lists
    Sha256 hash;              ///< SHA-256 of the segment object
    Extent at;
    friend bool operator==(const SegmentPlace&, const SegmentPlace&) = default;
};

/// Where one entry's content lies; both empty for empty folders and files of no bytes.
struct FileLayout {
    std::vector<ChunkPlace> chunks;
    std::vector<SegmentPlace> segments;
    friend bool operator==(const FileLayout&, const FileLayout&) = default;
};

struct ChildPlace {
    Extent tree;
    Extent layout;
    Sha256 layout_hash;
    friend bool operator==(const ChildPlace&, const ChildPlace&) = default;
};

struct LayoutNode {
    std::uint8_t level = 0;
    std::vector<PackRef> packs;
    std::vector<FileLayout> files;    ///< level 0
    std::vector<ChildPlace> children; ///< level > 0

    /// @param entry_hashes for level 0: the hashes of the tree leaf's entries, same order (to leave
    ///        out and restore the hash of single chunks). Sizes are checked by the caller.
    [[nodiscard]] ByteString serialise(const std::vector<Sha256>& entry_hashes) const;
    [[nodiscard]] static LayoutNode parse(ByteView bytes, const std::vector<Sha256>& entry_hashes,
                                          std::string_view what);
};

struct LayoutSegment {
    std::vector<PackRef> packs;
    std::vector<ChunkPlace> chunks;
    [[nodiscard]] ByteString serialise() const;
    [[nodiscard]] static LayoutSegment parse(ByteView bytes, std::string_view what);
};

/// Interns packs for one node's table.
class PackTable {
  public:
    std::uint32_t index_of(const PackRef& pack);
    [[nodiscard]] std::vector<PackRef> take() { return std::move(packs_); }

  private:
    std::vector<PackRef> packs_;
};

} // namespace ds

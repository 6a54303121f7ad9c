// A file's content out of a registry's packs, in order. Internal to this module.
#pragma once

#include "transfer/version_nodes.hpp"

#include <functional>

namespace ds {

/// One chunk of a file with its bytes. Views live during the call.
struct ChunkBytes {
    const ChunkPlace& chunk;
    const PackRef& pack;
    std::uint64_t offset; ///< where in the file it begins
    ByteView bytes;
};

/// What is proven of a piece before it is handed on: its hash, or only that its frame came as it was written,
/// for who checks the hash of the whole.
enum class ChunkProof : std::uint8_t { hash, frame };

/// Reads the chunks of a file in order, some megabytes of them at a time, and proves each. Chunks that lie
/// wholly outside of [offset, offset + length) are neither read nor visited.
void read_chunks(VersionNodes& nodes, std::string_view path, const FileLayout& file,
                 const std::vector<PackRef>& packs, std::uint64_t offset, std::uint64_t length,
                 const std::function<void(const ChunkBytes&)>& visit, ChunkProof proof = ChunkProof::hash);

/// Visits the places of a file's chunks in order; a damaged segment is reported with the path.
void for_each_chunk_of(VersionNodes& nodes, std::string_view path, const FileLayout& file,
                       const std::vector<PackRef>& packs,
                       const std::function<void(const ChunkPlace&, const PackRef&)>& visit);

/// Streams the entry at `position`, whole: its hash is checked at the end, each piece before.
void stream_entry(VersionNodes& nodes, const LeafPosition& position,
                  const std::function<void(ByteView)>& sink, ChunkProof proof = ChunkProof::hash);

} // namespace ds

// Where a push takes content from: the local store, another registry, or whatever stands in for content
// that is not held here.
#include "base/path.hpp"
#include "codec/hash.hpp"
#include "transfer/content_stream.hpp"
#include "transfer/push_tree.hpp"
#include "transfer/staged_content.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds {

namespace {

/// Streams up to this size are one chunk, whose hash is then the file's.
constexpr std::size_t whole_stream = 64u << 10;
constexpr std::size_t max_piece = 4u << 20;

/// Streamed pieces become chunks as they come: a lazy source hands out the chunks of the registry it reads.
void from_stream(ContentSource& source, const LeafItem& item,
                 const std::function<void(const SourceChunk&)>& visit) {
    ByteString small;
    const auto chunk = [&](ByteView bytes) {
        const Sha256 hash = sha256(bytes);
        visit({hash, static_cast<std::uint32_t>(bytes.size()), nullptr, 0, &bytes});
    };
    const bool whole = item.entry.size <= whole_stream;
    source.stream(item.path, item.entry, [&](ByteView bytes) {
        if (whole) {
            small.append(bytes);
            return;
        }
        while (!bytes.empty()) {
            chunk(bytes.substr(0, max_piece));
            bytes.remove_prefix(std::min(bytes.size(), max_piece));
        }
    });
    if (whole) {
        chunk(small);
    }
}

} // namespace

NodeSource& push_nodes(const PushRequest& request) {
    if ((request.local != nullptr) == (request.remote != nullptr)) {
        throw Error(ErrorKind::failure, "a push has exactly one source");
    }
    if (request.nodes != nullptr) {
        return *request.nodes;
    }
    return request.local != nullptr ? static_cast<NodeSource&>(*request.local) : *request.remote;
}

void for_each_source_chunk(const PushRequest& request, const LeafItem& item,
                           const std::function<void(const SourceChunk&)>& visit) {
    if (request.staged != nullptr && request.staged->visit(item.entry, [&](const StagedChunk& chunk) {
            SourceChunk out{chunk.hash, chunk.length, nullptr, 0, nullptr};
            out.staged = &chunk;
            visit(out);
        })) {
        return;
    }
    if (request.remote != nullptr) {
        VersionNodes& nodes = request.remote->nodes();
        const auto at = nodes.find(item.path);
        if (!at || at->leaf->tree.leaves[at->index].entry != item.entry) {
            throw CorruptObject(
                fmt::format("'{}' is not where the version's tree has it", printable(item.path)));
        }
        const VersionNode& leaf = *at->leaf;
        for_each_chunk_of(nodes, item.path, leaf.layout.files[at->index], leaf.layout.packs,
                          [&](const ChunkPlace& chunk, const PackRef& pack) {
                              const FramePlace frame{pack, chunk.at.frame_offset, chunk.at.frame_length};
                              visit({chunk.hash, chunk.at.length, &frame, chunk.at.inner_offset, nullptr});
                          });
        return;
    }
    if (request.local->has_content(item.entry)) {
        request.local->for_each_chunk(item.entry, [&](const Sha256& hash, std::uint32_t length) {
            visit({hash, length, nullptr, 0, nullptr});
        });
        return;
    }
    if (request.fallback == nullptr) {
        throw Error(ErrorKind::not_found,
                    fmt::format("the content of '{}' is not held here", printable(item.path)), "dsctl fetch");
    }
    from_stream(*request.fallback, item, visit);
}

} // namespace ds

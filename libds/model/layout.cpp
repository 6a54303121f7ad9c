// Layout nodes and segments: text and bytes.
#include "model/layout.hpp"

#include "base/error.hpp"
#include "model/binary_fields.hpp"
#include "model/entry.hpp"
#include "model/tree_node.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <limits>

namespace ds {

std::uint32_t read_u32_varint(ByteReader& in, std::string_view field) {
    return static_cast<std::uint32_t>(in.varint_max(std::numeric_limits<std::uint32_t>::max(), field));
}

std::size_t read_count(ByteReader& in, std::size_t min_item, std::string_view field) {
    const std::uint64_t count = in.varint();
    if (count > in.remaining() / min_item) {
        in.fail(fmt::format("{} is {}, more than its bytes can hold", field, count));
    }
    return static_cast<std::size_t>(count);
}

bool is_version_id(std::string_view text) noexcept {
    return text.size() <= max_version_id_bytes &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

std::string read_version_id(ByteReader& in) {
    const ByteView id = in.string(max_version_id_bytes, "version id");
    if (!is_version_id(id)) {
        in.fail("a version id with invisible characters");
    }
    return std::string(id);
}

bool ranges_fit(std::uint32_t frame_offset, std::uint32_t frame_length, std::uint32_t inner_offset,
                std::uint32_t length) noexcept {
    std::uint32_t end = 0;
    return !__builtin_add_overflow(frame_offset, frame_length, &end) &&
           !__builtin_add_overflow(inner_offset, length, &end);
}

namespace {

constexpr std::uint8_t layout_magic = 0xD9;
constexpr std::uint8_t segment_magic = 0xDA;
constexpr std::uint8_t layout_version = 1;
constexpr std::size_t min_extent = 5;
constexpr std::size_t min_chunk = 32 + min_extent;

void begin_object(ByteReader& in, std::uint8_t magic) {
    if (const std::uint8_t found = in.u8(); found != magic) {
        in.fail(fmt::format("it begins with {:#04x}, not {:#04x}", found, magic));
    }
    if (const std::uint8_t version = in.u8(); version != layout_version) {
        in.fail(fmt::format("unknown version {}", version));
    }
}

void write_packs(ByteWriter& out, const std::vector<PackRef>& packs) {
    out.varint(packs.size());
    for (const PackRef& pack : packs) {
        out.bytes(pack.name.view());
        out.string(pack.version_id);
    }
}

std::vector<PackRef> read_packs(ByteReader& in) {
    std::vector<PackRef> packs(read_count(in, 33, "number of packs"));
    for (PackRef& pack : packs) {
        pack.name = read_sha256(in);
        pack.version_id = read_version_id(in);
        if (pack.name.is_zero() && !pack.version_id.empty()) {
            in.fail("a version id for the pack it lies in itself");
        }
    }
    return packs;
}

void write_extent(ByteWriter& out, const Extent& extent) {
    out.varint(extent.pack);
    out.varint(extent.frame_offset);
    out.varint(extent.frame_length);
    out.varint(extent.inner_offset);
    out.varint(extent.length);
}

Extent read_extent(ByteReader& in, std::size_t packs) {
    Extent out;
    out.pack = read_u32_varint(in, "pack");
    out.frame_offset = read_u32_varint(in, "frame offset");
    out.frame_length = read_u32_varint(in, "frame length");
    out.inner_offset = read_u32_varint(in, "inner offset");
    out.length = read_u32_varint(in, "length");
    if (out.pack >= packs) {
        in.fail(fmt::format("pack {} of {}", out.pack, packs));
    }
    if (!ranges_fit(out.frame_offset, out.frame_length, out.inner_offset, out.length)) {
        in.fail("a range ends beyond 4 GiB");
    }
    return out;
}

void write_chunk(ByteWriter& out, const ChunkPlace& chunk) {
    out.bytes(chunk.hash.view());
    write_extent(out, chunk.at);
}

ChunkPlace read_chunk(ByteReader& in, std::size_t packs) {
    ChunkPlace out;
    out.hash = read_sha256(in);
    out.at = read_extent(in, packs);
    return out;
}

void write_file(ByteWriter& out, const FileLayout& file, const Sha256& entry_hash) {
    if (file.chunks.size() > max_inline_chunks) {
        throw Error(ErrorKind::failure, fmt::format("a file with {} inline chunks", file.chunks.size()));
    }
    out.varint(file.chunks.size());
    if (file.chunks.size() == 1) {
        const bool whole = file.chunks[0].hash == entry_hash;
        out.u8(whole ? 1 : 0);
        if (whole) {
            write_extent(out, file.chunks[0].at);
        } else {
            write_chunk(out, file.chunks[0]);
        }
    } else {
        for (const ChunkPlace& chunk : file.chunks) {
            write_chunk(out, chunk);
        }
    }
    out.varint(file.segments.size());
    for (const SegmentPlace& segment : file.segments) {
        out.varint(segment.size);
        out.varint(segment.chunks);
        out.bytes(segment.hash.view());
        write_extent(out, segment.at);
    }
}

FileLayout read_file(ByteReader& in, std::size_t packs, const Sha256& entry_hash) {
    FileLayout out;
    const auto chunks = static_cast<std::size_t>(in.varint_max(max_inline_chunks, "number of chunks"));
    if (chunks == 1) {
        const std::uint8_t flag = in.u8();
        if (flag > 1) {
            in.fail(fmt::format("unknown flag {}", flag));
        }
        if (flag == 1) {
            out.chunks.push_back({entry_hash, read_extent(in, packs)});
        } else {
            out.chunks.push_back(read_chunk(in, packs));
            if (out.chunks[0].hash == entry_hash) {
                in.fail("a hash that should be left out");
            }
        }
    } else {
        for (std::size_t i = 0; i < chunks; ++i) {
            out.chunks.push_back(read_chunk(in, packs));
        }
    }
    out.segments.resize(read_count(in, 2 + min_chunk, "number of segments"));
    std::uint64_t sum = 0;
    for (SegmentPlace& segment : out.segments) {
        segment.size = in.varint_max(max_file_size - sum, "size of a segment");
        sum += segment.size;
        segment.chunks = static_cast<std::uint32_t>(in.varint_max(max_segment_chunks, "number of chunks"));
        if (segment.size == 0 || segment.chunks == 0) {
            in.fail("an empty segment");
        }
        segment.hash = read_sha256(in);
        segment.at = read_extent(in, packs);
    }
    return out;
}

} // namespace

ByteString LayoutNode::serialise(const std::vector<Sha256>& entry_hashes) const {
    ByteString bytes;
    ByteWriter out(bytes);
    out.u8(layout_magic);
    out.u8(layout_version);
    out.u8(level);
    write_packs(out, packs);
    if (level == 0) {
        if (files.size() != entry_hashes.size()) {
            throw Error(ErrorKind::failure, fmt::format("a layout of {} files for a leaf of {}", files.size(),
                                                        entry_hashes.size()));
        }
        out.varint(files.size());
        for (std::size_t i = 0; i < files.size(); ++i) {
            write_file(out, files[i], entry_hashes[i]);
        }
    } else {
        out.varint(children.size());
        for (const ChildPlace& child : children) {
            write_extent(out, child.tree);
            write_extent(out, child.layout);
            out.bytes(child.layout_hash.view());
        }
    }
    return bytes;
}

LayoutNode LayoutNode::parse(ByteView bytes, const std::vector<Sha256>& entry_hashes, std::string_view what) {
    ByteReader in(bytes, what);
    begin_object(in, layout_magic);
    LayoutNode out;
    out.level = in.u8();
    if (out.level > max_tree_level) {
        in.fail(fmt::format("level {} is above {}", out.level, max_tree_level));
    }
    out.packs = read_packs(in);
    const auto count = static_cast<std::size_t>(in.varint_max(max_node_items, "number of items"));
    if (out.level == 0) {
        if (count != entry_hashes.size()) {
            in.fail(fmt::format("it has {} files, the tree's leaf has {}", count, entry_hashes.size()));
        }
        out.files.reserve(count);
        for (const Sha256& hash : entry_hashes) {
            out.files.push_back(read_file(in, out.packs.size(), hash));
        }
    } else {
        out.children.resize(count);
        for (ChildPlace& child : out.children) {
            child.tree = read_extent(in, out.packs.size());
            child.layout = read_extent(in, out.packs.size());
            child.layout_hash = read_sha256(in);
        }
    }
    in.expect_end();
    return out;
}

ByteString LayoutSegment::serialise() const {
    if (chunks.size() > max_segment_chunks) {
        throw Error(ErrorKind::failure, fmt::format("a segment of {} chunks", chunks.size()));
    }
    ByteString bytes;
    ByteWriter out(bytes);
    out.u8(segment_magic);
    out.u8(layout_version);
    write_packs(out, packs);
    out.varint(chunks.size());
    for (const ChunkPlace& chunk : chunks) {
        write_chunk(out, chunk);
    }
    return bytes;
}

LayoutSegment LayoutSegment::parse(ByteView bytes, std::string_view what) {
    ByteReader in(bytes, what);
    begin_object(in, segment_magic);
    LayoutSegment out;
    out.packs = read_packs(in);
    const auto count = static_cast<std::size_t>(in.varint_max(max_segment_chunks, "number of chunks"));
    for (std::size_t i = 0; i < count; ++i) {
        out.chunks.push_back(read_chunk(in, out.packs.size()));
    }
    in.expect_end();
    return out;
}

std::uint32_t PackTable::index_of(const PackRef& pack) {
    // Neighbours lie in the same pack nearly always: look from the back.
    const auto found = std::find(packs_.rbegin(), packs_.rend(), pack);
    if (found != packs_.rend()) {
        return static_cast<std::uint32_t>(packs_.rend() - found - 1);
    }
    packs_.push_back(pack);
    return static_cast<std::uint32_t>(packs_.size() - 1);
}

} // namespace ds

#include "store/frame.hpp"

#include "base/error.hpp"
#include "codec/hash.hpp"
#include "codec/zstd.hpp"

#include <fmt/format.h>

#include <array>

namespace ds {

namespace {

constexpr std::uint8_t frame_magic = 0xFA;
constexpr std::size_t probe_bytes = 4096;
constexpr std::size_t max_header_bytes = 64 + max_frame_objects * 37;

/// Whether compressing pays, judged by a sample from the middle; small payloads are simply tried.
bool worth_compressing(ByteView raw) {
    if (raw.size() <= 2 * probe_bytes) {
        return true;
    }
    thread_local ByteString sample;
    sample.clear();
    return zstd_compress(raw.substr(raw.size() / 2 - probe_bytes / 2, probe_bytes), 1, sample) <
           probe_bytes - probe_bytes / 20;
}

} // namespace

bool looks_random(ByteView bytes) noexcept {
    // Noise uses nearly all byte values evenly; text and tables use few.
    const auto sample = bytes.substr(0, 1024);
    std::array<bool, 256> seen{};
    std::size_t distinct = 0;
    for (const char c : sample) {
        auto& flag = seen[static_cast<unsigned char>(c)];
        distinct += flag ? 0 : 1;
        flag = true;
    }
    const auto n = sample.size();
    // 1,024 random bytes show about 251 values, 200 about 139.
    return n >= 64 && distinct * 100 > (n >= 512 ? 200u * 100 : n * 55);
}

FrameHeader FrameHeader::parse(ByteView available, std::string_view what) {
    ByteReader in(available.substr(0, max_header_bytes), what);
    FrameHeader header;
    if (in.u8() != frame_magic) {
        in.fail("no frame begins here");
    }
    const auto kind = in.u8();
    const auto codec = in.u8();
    if (kind < 1 || kind > static_cast<std::uint8_t>(ObjectKind::history) || codec > 1) {
        in.fail("unknown kind or codec of a frame");
    }
    header.kind = static_cast<ObjectKind>(kind);
    header.codec = static_cast<Codec>(codec);
    const auto count = in.varint_max(max_frame_objects, "object count");
    header.raw_length = static_cast<std::uint32_t>(in.varint_max(max_frame_raw, "raw length"));
    header.stored_length = static_cast<std::uint32_t>(in.varint_max(max_frame_raw, "stored length"));
    if (count == 0 || (header.codec == Codec::raw && header.stored_length != header.raw_length)) {
        in.fail("lengths of a frame contradict each other");
    }
    header.lengths.reserve(count);
    std::uint64_t total = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto length = in.varint_max(max_frame_raw, "object length");
        total += length;
        header.lengths.push_back(static_cast<std::uint32_t>(length));
    }
    if (total != header.raw_length) {
        in.fail("the objects of a frame do not add up");
    }
    if (header.kind == ObjectKind::recipe) {
        header.keys.reserve(count);
        for (std::uint64_t i = 0; i < count; ++i) {
            header.keys.push_back(read_sha256(in));
        }
    }
    header.crc = in.u32();
    header.payload_offset = static_cast<std::uint32_t>(in.position());
    return header;
}

EncodedFrame encode_frame(ObjectKind kind, std::span<const Sha256> hashes, std::span<const std::uint32_t> lengths,
                          ByteView raw, int level, ByteString& scratch) {
    if (hashes.empty() || hashes.size() > max_frame_objects || raw.size() > max_frame_raw) {
        throw Error(ErrorKind::failure,
                    fmt::format("a frame cannot hold {} objects of {} bytes", hashes.size(), raw.size()));
    }
    EncodedFrame frame;
    frame.payload = raw;
    auto codec = Codec::raw;
    if (level > 0 && !raw.empty() && worth_compressing(raw)) {
        scratch.clear();
        zstd_compress(raw, level, scratch);
        if (scratch.size() < raw.size() - raw.size() / 20) {
            codec = Codec::zstd;
            frame.payload = scratch;
        }
    }
    ByteWriter out(frame.header);
    out.u8(frame_magic);
    out.u8(static_cast<std::uint8_t>(kind));
    out.u8(static_cast<std::uint8_t>(codec));
    out.varint(hashes.size());
    out.varint(raw.size());
    out.varint(frame.payload.size());
    for (const auto length : lengths) {
        out.varint(length);
    }
    if (kind == ObjectKind::recipe) {
        for (const auto& hash : hashes) {
            out.bytes(hash.view());
        }
    }
    out.u32(crc32c(frame.payload, crc32c(frame.header)));

    frame.entries.reserve(hashes.size());
    std::uint32_t inner = 0;
    for (std::size_t i = 0; i < hashes.size(); ++i) {
        frame.entries.push_back({hashes[i], 0, inner, lengths[i], kind});
        inner += lengths[i];
    }
    return frame;
}

void FrameBuilder::add(const Sha256& hash, ByteView bytes) {
    raw_.append(bytes);
    hashes_.push_back(hash);
    lengths_.push_back(static_cast<std::uint32_t>(bytes.size()));
}

std::vector<FooterEntry> FrameBuilder::encode(int level, ByteString& out) {
    thread_local ByteString scratch;
    auto frame = encode_in_place(level, scratch);
    out.append(frame.header);
    out.append(frame.payload);
    clear();
    return std::move(frame.entries);
}

EncodedFrame FrameBuilder::encode_in_place(int level, ByteString& scratch) const {
    return encode_frame(kind_, hashes_, lengths_, raw_, level, scratch);
}

void FrameBuilder::clear() noexcept {
    raw_.clear();
    hashes_.clear();
    lengths_.clear();
}

ByteString decode_frame(ByteView frame, std::string_view what) {
    const auto header = FrameHeader::parse(frame, what);
    if (frame.size() < header.frame_length()) {
        throw CorruptObject(fmt::format("{}: a frame is cut off", what));
    }
    const auto payload = frame.substr(header.payload_offset, header.stored_length);
    if (crc32c(payload, crc32c(frame.substr(0, header.payload_offset - 4))) != header.crc) {
        throw CorruptObject(fmt::format("{}: the checksum of a frame does not match", what));
    }
    ByteString raw;
    if (header.codec == Codec::raw) {
        raw.assign(payload);
    } else {
        zstd_decompress(payload, header.raw_length, raw, what);
    }
    return raw;
}

bool object_holds(ObjectKind kind, const Sha256& hash, ByteView bytes) noexcept {
    if (kind == ObjectKind::recipe) { // named by the file it makes; its own check covers its bytes
        return bytes.size() >= 32 && sha256(bytes.substr(0, bytes.size() - 32)).view() == bytes.substr(bytes.size() - 32);
    }
    return sha256(bytes) == hash;
}

ByteString read_object_from_frame(ByteView frame, std::uint32_t inner_offset, std::uint32_t length, ObjectKind kind,
                                  const Sha256& hash, std::string_view what) {
    auto raw = decode_frame(frame, what);
    if (std::uint64_t{inner_offset} + length > raw.size()) {
        throw CorruptObject(fmt::format("{}: an object lies outside of its frame", what));
    }
    if (inner_offset != 0 || length != raw.size()) {
        raw = raw.substr(inner_offset, length);
    }
    if (!object_holds(kind, hash, raw)) {
        throw CorruptObject(fmt::format("{}: object {} does not match its hash", what, hash.short_hex()),
                            "dsctl fsck --repair");
    }
    return raw;
}

} // namespace ds

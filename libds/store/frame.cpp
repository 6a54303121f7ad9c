// Encoding and decoding frames.
#include "store/frame.hpp"

#include "base/error.hpp"
#include "codec/hash.hpp"
#include "codec/zstd.hpp"

#include <algorithm>
#include <array>
#include <fmt/core.h>

namespace ds {

namespace {

constexpr std::uint8_t frame_magic = 0xFA;
constexpr std::size_t check_bytes = 32; // at the end of a recipe

[[noreturn]] void refuse(std::string_view what, std::string_view why) {
    throw CorruptObject(fmt::format("{} is damaged: {}", what, why), "run 'dsctl fsck --repair'");
}

/// Compressed must be at least 5 % smaller: less does not pay for decoding it at every read.
bool pays(std::size_t raw, std::size_t stored) noexcept {
    return stored + raw / 20 < raw;
}

/// Whether compressing all of `raw` is worth trying, by a sample of 8 KiB from four places.
bool probe(ByteView raw, int level, ByteString& scratch) {
    constexpr std::size_t piece = 2048;
    constexpr std::size_t pieces = 4;
    if (raw.size() <= 2 * piece * pieces) {
        return true; // the attempt itself costs no more than the probe
    }
    std::array<char, piece * pieces> sample{};
    const std::size_t step = (raw.size() - piece) / (pieces - 1);
    for (std::size_t i = 0; i < pieces; ++i) {
        std::copy_n(raw.data() + i * step, piece, sample.data() + i * piece);
    }
    scratch.clear();
    const std::size_t stored = zstd_compress({sample.data(), sample.size()}, level, scratch);
    return pays(sample.size(), stored);
}

} // namespace

bool looks_random(ByteView bytes) noexcept {
    // Chi-square of the byte histogram of up to 1 KiB from the middle: about 255 +- 23 for random bytes,
    // whatever the sample's size; text and tables have many times that.
    constexpr std::size_t most = 1024;
    const std::size_t n = std::min(bytes.size(), most);
    if (n < 256) {
        return false;
    }
    const ByteView sample = bytes.substr((bytes.size() - n) / 2, n);
    std::array<std::uint16_t, 256> counts{};
    for (const char c : sample) {
        ++counts[static_cast<unsigned char>(c)];
    }
    std::uint64_t squares = 0;
    for (const std::uint32_t c : counts) {
        squares += std::uint64_t{c} * c;
    }
    return squares * 256 < n * (n + 512);
}

FrameHeader FrameHeader::parse(ByteView available, std::string_view what) {
    ByteReader in(available, what);
    FrameHeader h;
    if (in.u8() != frame_magic) {
        in.fail("no frame begins here");
    }
    const std::uint8_t kind = in.u8();
    const std::uint8_t codec = in.u8();
    if (kind < 1 || kind > static_cast<std::uint8_t>(ObjectKind::history) || codec > 1) {
        in.fail("unknown kind or codec of a frame");
    }
    h.kind = static_cast<ObjectKind>(kind);
    h.codec = static_cast<Codec>(codec);
    const auto count = static_cast<std::size_t>(in.varint_max(max_frame_objects, "object count"));
    h.raw_length = static_cast<std::uint32_t>(in.varint_max(max_frame_raw, "raw length"));
    // Compressed payloads are kept only when they are smaller, so that this bounds both.
    h.stored_length = static_cast<std::uint32_t>(in.varint_max(max_frame_raw, "stored length"));
    if (count == 0 || h.stored_length > h.raw_length ||
        (h.codec == Codec::raw && h.stored_length != h.raw_length)) {
        in.fail("lengths of a frame contradict each other");
    }
    std::uint64_t sum = 0;
    h.lengths.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        h.lengths.push_back(static_cast<std::uint32_t>(in.varint_max(max_frame_raw, "object length")));
        sum += h.lengths.back();
    }
    if (sum != h.raw_length) {
        in.fail("lengths of a frame do not add up");
    }
    if (h.kind == ObjectKind::recipe) {
        h.keys.reserve(count);
        for (std::size_t i = 0; i < count; ++i) {
            h.keys.push_back(read_sha256(in));
        }
    }
    h.crc = in.u32();
    h.payload_offset = static_cast<std::uint32_t>(in.position());
    if (in.remaining() < h.stored_length) {
        in.fail("a frame is cut off");
    }
    return h;
}

EncodedFrame encode_frame(ObjectKind kind, std::span<const Sha256> hashes,
                          std::span<const std::uint32_t> lengths, ByteView raw, int level,
                          ByteString& scratch) {
    if (hashes.empty() || hashes.size() != lengths.size() || hashes.size() > max_frame_objects ||
        raw.size() > max_frame_raw) {
        throw Error(ErrorKind::failure, fmt::format("cannot store {} objects of {} bytes in one frame",
                                                    hashes.size(), raw.size()));
    }
    EncodedFrame out;
    out.payload = raw;
    Codec codec = Codec::raw;
    if (level > 0 && !raw.empty() && probe(raw, level, scratch)) {
        scratch.clear();
        if (pays(raw.size(), zstd_compress(raw, level, scratch))) {
            out.payload = scratch;
            codec = Codec::zstd;
        }
    }
    ByteWriter w(out.header);
    w.u8(frame_magic);
    w.u8(static_cast<std::uint8_t>(kind));
    w.u8(static_cast<std::uint8_t>(codec));
    w.varint(hashes.size());
    w.varint(raw.size());
    w.varint(out.payload.size());
    out.entries.reserve(hashes.size());
    std::uint32_t at = 0;
    for (std::size_t i = 0; i < hashes.size(); ++i) {
        w.varint(lengths[i]);
        out.entries.push_back({hashes[i], 0, at, lengths[i], kind});
        at += lengths[i];
    }
    if (at != raw.size()) {
        throw Error(ErrorKind::failure, "cannot encode a frame: lengths do not add up");
    }
    if (kind == ObjectKind::recipe) {
        for (const Sha256& key : hashes) {
            w.bytes(key.view());
        }
    }
    w.u32(crc32c(out.payload, crc32c(out.header)));
    return out;
}

void FrameBuilder::add(const Sha256& hash, ByteView bytes) {
    if (hashes_.size() == max_frame_objects || raw_.size() + bytes.size() > max_frame_raw) {
        throw Error(ErrorKind::failure, "cannot add another object to a full frame");
    }
    raw_.append(bytes);
    hashes_.push_back(hash);
    lengths_.push_back(static_cast<std::uint32_t>(bytes.size()));
}

EncodedFrame FrameBuilder::encode_in_place(int level, ByteString& scratch) const {
    return encode_frame(kind_, hashes_, lengths_, raw_, level, scratch);
}

void FrameBuilder::clear() noexcept {
    raw_.clear();
    hashes_.clear();
    lengths_.clear();
}

std::vector<FooterEntry> FrameBuilder::encode(int level, ByteString& out) {
    ByteString scratch;
    EncodedFrame frame = encode_in_place(level, scratch);
    out.append(frame.header);
    out.append(frame.payload);
    clear();
    return std::move(frame.entries);
}

namespace {

/// The header of a frame whose length and checksum are right.
FrameHeader checked_header(ByteView frame, std::string_view what) {
    FrameHeader h = FrameHeader::parse(frame, what);
    if (h.frame_length() != frame.size()) {
        refuse(what, "a frame is not as long as its place");
    }
    const ByteView payload = frame.substr(h.payload_offset);
    // Header and payload are covered by one sum, the four bytes of the sum itself left out.
    if (crc32c(payload, crc32c(frame.substr(0, h.payload_offset - 4))) != h.crc) {
        refuse(what, "checksum of a frame differs");
    }
    return h;
}

} // namespace

ByteString decode_frame(ByteView frame, std::string_view what) {
    const FrameHeader h = checked_header(frame, what);
    const ByteView payload = frame.substr(h.payload_offset);
    if (h.codec == Codec::raw) {
        return ByteString(payload);
    }
    ByteString out;
    zstd_decompress(payload, h.raw_length, out, what);
    return out;
}

OpenFrame open_frame(const SharedBytes& frame, std::string_view what) {
    OpenFrame out{checked_header(frame.view, what), {}};
    const SharedBytes payload = frame.part(out.header.payload_offset);
    if (out.header.codec == Codec::raw) {
        out.raw = payload;
    } else {
        ByteString raw;
        zstd_decompress(payload.view, out.header.raw_length, raw, what);
        out.raw = SharedBytes::of(std::move(raw));
    }
    return out;
}

std::optional<ByteView> object_in(ByteView raw, std::uint32_t offset, std::uint32_t length) noexcept {
    const bool inside = offset <= raw.size() && length <= raw.size() - offset;
    return inside ? std::optional(raw.substr(offset, length)) : std::nullopt;
}

bool object_holds(ObjectKind kind, const Sha256& hash, ByteView bytes) noexcept {
    if (kind != ObjectKind::recipe) {
        return sha256(bytes) == hash;
    }
    if (bytes.size() < check_bytes) {
        return false;
    }
    return sha256(bytes.substr(0, bytes.size() - check_bytes)).view() ==
           bytes.substr(bytes.size() - check_bytes);
}

ByteString read_object_from_frame(ByteView frame, std::uint32_t inner_offset, std::uint32_t length,
                                  ObjectKind kind, const Sha256& hash, std::string_view what) {
    const ByteString raw = decode_frame(frame, what);
    const auto object = object_in(raw, inner_offset, length);
    if (!object) {
        refuse(what, "an object lies outside of its frame");
    }
    if (!object_holds(kind, hash, *object)) {
        refuse(what, fmt::format("hash of object {} differs", hash.short_hex()));
    }
    return ByteString(*object);
}

} // namespace ds

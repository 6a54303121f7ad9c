// Packs and their frames: the grammar and the pure parts of reading and writing them.
//
// The same grammar serves local packs and registry packs, so that push can copy frames as they are.
//
//   pack    := magic:8 ("DSPACK\x01\n") frame… footer
//   frame   := 0xFA kind:u8 codec:u8 count:varint raw_length:varint stored_length:varint
//              length:varint{count} key:32{count if kind is recipe} crc32c:u32 payload
//              (count 1–4096; lengths add up to raw_length; at most 8 MiB raw; crc32c over header and
//              payload)
//   footer  := entry{count} nonce:16 count:u32 entries_crc:u32 version:u32 (1) magic:4 ("DSFT")
//   entry   := hash:32 frame_offset:u32 inner_offset:u32 length:u32 kind:u8 zero:3       (48 bytes)
//
// kind and codec are persistent numbers. The name of a pack is the SHA-256 of its footer: it covers the
// random nonce and the hash and place of every object. A frame can be read without the footer, and
// the footer rebuilt from the frames: objects are named by their own SHA-256, except recipes, whose key (the
// hash of the file they make) stands in the frame.
#pragma once

#include "base/bytes.hpp"
#include "base/sha256.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

/// Persistent numbers.
enum class ObjectKind : std::uint8_t {
    chunk = 1,  ///< file content or part of it
    recipe = 2, ///< keyed by the hash of the file
    recipe_part = 3,
    tree = 4,
    layout = 5,  ///< registry packs only
    segment = 6, ///< registry packs only
    history = 7, ///< registry packs only
};
enum class Codec : std::uint8_t { raw = 0, zstd = 1 };

inline constexpr std::string_view pack_magic{"DSPACK\x01\n", 8};
inline constexpr std::size_t max_frame_objects = 4096;
inline constexpr std::size_t max_frame_raw = 8u << 20;
inline constexpr std::size_t footer_entry_bytes = 48;
inline constexpr std::size_t footer_tail_bytes = 32;

struct FooterEntry {
    Sha256 hash;
    std::uint32_t frame_offset = 0;
    std::uint32_t inner_offset = 0;
    std::uint32_t length = 0;
    ObjectKind kind = ObjectKind::chunk;
};

/// The header of a frame, parsed. Offsets are from the start of the frame.
struct FrameHeader {
    ObjectKind kind = ObjectKind::chunk;
    Codec codec = Codec::raw;
    std::uint32_t raw_length = 0;
    std::uint32_t stored_length = 0; ///< of the payload
    std::uint32_t payload_offset = 0;
    std::vector<std::uint32_t> lengths;
    std::vector<Sha256> keys; ///< recipes only
    std::uint32_t crc = 0;
    [[nodiscard]] std::uint32_t frame_length() const noexcept { return payload_offset + stored_length; }
    /// `available` may hold more than the frame. @throws CorruptObject
    [[nodiscard]] static FrameHeader parse(ByteView available, std::string_view what);
};

/// A frame about to be written, in two pieces so that raw payloads need not be copied.
struct EncodedFrame {
    ByteString header;
    ByteView payload;                 ///< views the raw bytes or the scratch buffer given to encode_frame
    std::vector<FooterEntry> entries; ///< with frame_offset 0
};
/// Encodes objects that lie back to back in `raw`, compressed when a probe says that it pays (level 0:
/// never).
/// @param scratch holds a compressed payload; must, like `raw`, outlive the use of the result
/// @throws Error(failure) beyond max_frame_objects or max_frame_raw
[[nodiscard]] EncodedFrame encode_frame(ObjectKind kind, std::span<const Sha256> hashes,
                                        std::span<const std::uint32_t> lengths, ByteView raw, int level,
                                        ByteString& scratch);
/// A guess from few bytes whether compression is hopeless. Only to sort objects into frames of their like.
[[nodiscard]] bool looks_random(ByteView bytes) noexcept;

/// Collects objects of one kind and encodes them as one frame.
class FrameBuilder {
  public:
    explicit FrameBuilder(ObjectKind kind) : kind_(kind) {}
    void add(const Sha256& hash, ByteView bytes);
    [[nodiscard]] bool empty() const noexcept { return hashes_.empty(); }
    [[nodiscard]] std::size_t raw_size() const noexcept { return raw_.size(); }
    [[nodiscard]] std::size_t count() const noexcept { return hashes_.size(); }
    /// Compresses when a probe says that it pays, appends the frame to `out`, and gives the entries with
    /// frame_offset 0. The builder is empty afterwards.
    std::vector<FooterEntry> encode(int level, ByteString& out);
    /// The same in two pieces; the builder must stay as it is while they are used, then clear() it.
    [[nodiscard]] EncodedFrame encode_in_place(int level, ByteString& scratch) const;
    void clear() noexcept;

  private:
    ObjectKind kind_;
    ByteString raw_;
    std::vector<Sha256> hashes_;
    std::vector<std::uint32_t> lengths_;
};

/// Checks the crc and decodes the payload: exactly raw_length bytes. `frame` must be the whole frame.
/// Objects are not hash-checked here. @throws CorruptObject
[[nodiscard]] ByteString decode_frame(ByteView frame, std::string_view what);
/// A frame and what decode_frame returns of it, inside of the frame itself where that holds it raw: saves a copy.
struct OpenFrame {
    FrameHeader header;
    SharedBytes raw;
};
[[nodiscard]] OpenFrame open_frame(const SharedBytes& frame, std::string_view what);
/// The part of an open frame where an object is said to lie; nothing when that reaches outside.
[[nodiscard]] std::optional<ByteView> object_in(ByteView raw, std::uint32_t offset,
                                                std::uint32_t length) noexcept;
/// Whether `bytes` are the object that `hash` names (recipes: whether their check holds).
[[nodiscard]] bool object_holds(ObjectKind kind, const Sha256& hash, ByteView bytes) noexcept;
/// Decodes and returns one object whose SHA-256 must be `hash` (recipes: whose check must hold).
[[nodiscard]] ByteString read_object_from_frame(ByteView frame, std::uint32_t inner_offset,
                                                std::uint32_t length, ObjectKind kind, const Sha256& hash,
                                                std::string_view what);

/// Reads one footer entry of 48 bytes and checks it by itself: a known kind, zero padding, a frame
/// before `footer_start`. @throws CorruptObject
[[nodiscard]] FooterEntry parse_footer_entry(const char* raw, std::uint64_t footer_start,
                                             std::string_view what);
/// Where the footer of a pack begins, and how many entries it has, by the tail of the pack.
struct FooterPlace {
    std::uint64_t start = 0;
    std::uint32_t count = 0;
};
/// Checks magic, version, count and the crc of the entries. @throws CorruptObject
[[nodiscard]] FooterPlace find_footer(ByteView pack, std::string_view what,
                                      std::string_view magic = pack_magic);

/// The footer of a finished pack.
struct PackFooter {
    std::vector<FooterEntry> entries;
    ByteString bytes;
    Sha256 name;
};
/// Builds the footer with a fresh nonce.
[[nodiscard]] PackFooter make_footer(std::vector<FooterEntry> entries);
/// Parses the footer at the end of a whole pack. @throws CorruptObject
[[nodiscard]] PackFooter parse_footer(ByteView pack, std::string_view what);
/// The same for a file of another magic, whose frames lie in [frames_begin, frames_end).
[[nodiscard]] PackFooter parse_footer(ByteView file, std::string_view what, std::string_view magic,
                                      std::uint64_t frames_begin, std::uint64_t frames_end);

} // namespace ds

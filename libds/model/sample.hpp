// Samples: which packs of a namespace hold a small, fixed part of all chunk hashes. They let a push find content that
// other datasets of the namespace have, without an index of everything. Hints throughout: a sample may be lost, old or a
// lie, and whoever follows one checks what he finds.
//
//   sample := "DSSAMP\x01\n" fan_bits:u8 zero:3 replaces:u32 packs:u32 entries:u32 replaced:32{replaces}
//             fan:u32{2^fan_bits + 1} pack{packs} entry{entries}
//   pack   := name:32 size:u64 objects:u32 id_length:u8 version_id:67       (112 bytes, zeros behind the id)
//   entry  := prefix:u64 pack:u32                                          (12 bytes, by prefix, then by pack)
//
// prefix: the first 64 bits of a chunk's hash; pack: an index. Of each pack the chunks are listed whose prefix is a
// multiple of 32, and the one with the smallest prefix. fan[i]: how many entries have a prefix whose upper fan_bits bits
// (at most 12) are less than i, so that a reader of a large sample fetches its head and then a part per question.
// replaced: names of samples whose rows are all in this one (at most 1,024). At most 16 MiB.
#pragma once

#include "model/layout.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

inline constexpr std::size_t max_sample_bytes = 16u << 20;
inline constexpr std::size_t max_sample_replaces = 1024;
/// A pack whose version id is longer is not listed.
inline constexpr std::size_t max_sample_id_bytes = 67;

/// Whether a chunk is one of those that samples list.
[[nodiscard]] inline bool is_sampled(const Sha256& hash) noexcept {
    return hash.prefix64() % 32 == 0;
}

struct SampledPack {
    PackRef ref;
    std::uint64_t size = 0;
    std::uint32_t objects = 0; ///< in its footer
    friend bool operator==(const SampledPack&, const SampledPack&) = default;
};

struct SampleEntry {
    std::uint64_t prefix = 0;
    std::uint32_t pack = 0;
    friend auto operator<=>(const SampleEntry&, const SampleEntry&) = default;
};

/// What stands at the beginning of a sample, and where its parts lie.
struct SampleHead {
    std::uint8_t fan_bits = 0;
    std::uint32_t packs = 0;
    std::uint32_t entries = 0;
    std::vector<Sha256> replaces;
    std::vector<std::uint32_t> fan;

    /// Every head ends within so many bytes.
    static constexpr std::size_t max_bytes = 24 + max_sample_replaces * 32 + ((1u << 12) + 1) * 4;
    /// @param begin the first max_bytes of the sample, or all of it @param size of the whole. @throws CorruptObject
    [[nodiscard]] static SampleHead parse(ByteView begin, std::uint64_t size, std::string_view what);
    [[nodiscard]] std::uint64_t packs_begin() const noexcept;
    [[nodiscard]] std::uint64_t entries_begin() const noexcept;
    struct Range {
        std::uint64_t offset = 0;
        std::uint64_t length = 0;
    };
    /// Where the entries with a prefix like this one are.
    [[nodiscard]] Range bucket(std::uint64_t prefix) const noexcept;
    [[nodiscard]] Range pack(std::uint32_t index) const noexcept;
};
/// @throws CorruptObject
[[nodiscard]] SampledPack parse_sampled_pack(ByteView row, std::string_view what);
/// Entries that follow each other. @throws CorruptObject when they do not rise or name no pack
[[nodiscard]] std::vector<SampleEntry> parse_sample_entries(ByteView bytes, std::uint32_t packs,
                                                            std::string_view what);

/// A whole sample.
struct Sample {
    std::vector<SampledPack> packs;
    std::vector<SampleEntry> entries;
    std::vector<Sha256> replaces;

    /// Adds what one pack holds: all its chunks' hashes go in. Not if its version id is too long to be listed.
    void add(const SampledPack& pack, const std::vector<Sha256>& chunks);
    /// Of the whole, upper bound.
    [[nodiscard]] std::size_t bytes() const noexcept;
    /// Sorts, and drops the oldest of too many replaced names. @throws Error(failure) beyond max_sample_bytes
    [[nodiscard]] ByteString serialise();
    /// @throws CorruptObject
    [[nodiscard]] static Sample parse(ByteView bytes, std::string_view what);
};

} // namespace ds

// Reading and writing samples.
#include "model/sample.hpp"

#include "base/error.hpp"
#include "model/binary_fields.hpp"

#include <algorithm>
#include <bit>

namespace ds {

namespace {

constexpr std::string_view sample_magic{"DSSAMP\x01\n", 8};
constexpr std::size_t fixed_bytes = 24;
constexpr std::size_t row_bytes = 112;
constexpr std::size_t entry_bytes = 12;
constexpr std::uint8_t max_fan_bits = 12;
constexpr std::uint32_t bucket_entries = 256;

std::size_t bucket_of(std::uint64_t prefix, std::uint8_t fan_bits) noexcept {
    return fan_bits == 0 ? 0 : static_cast<std::size_t>(prefix >> (64 - fan_bits));
}

std::uint64_t head_bytes(std::uint8_t fan_bits, std::uint64_t replaces) noexcept {
    return fixed_bytes + replaces * 32 + ((std::uint64_t{1} << fan_bits) + 1) * 4;
}

std::uint64_t total(std::uint8_t fan_bits, std::uint64_t replaces, std::uint64_t packs,
                    std::uint64_t entries) noexcept {
    return head_bytes(fan_bits, replaces) + packs * row_bytes + entries * entry_bytes;
}

} // namespace

SampleHead SampleHead::parse(ByteView begin, std::uint64_t size, std::string_view what) {
    ByteReader in(begin, what);
    if (in.bytes(sample_magic.size()) != sample_magic) {
        in.fail("it does not begin as a sample does");
    }
    SampleHead out;
    out.fan_bits = in.u8();
    if (out.fan_bits > max_fan_bits || in.bytes(3) != ByteView("\0\0\0", 3)) {
        in.fail("its head is malformed");
    }
    const std::uint32_t replaces = in.u32();
    out.packs = in.u32();
    out.entries = in.u32();
    if (replaces > max_sample_replaces || size > max_sample_bytes ||
        total(out.fan_bits, replaces, out.packs, out.entries) != size) {
        in.fail("its size is not what its head says");
    }
    for (std::uint32_t i = 0; i < replaces; ++i) {
        out.replaces.push_back(read_sha256(in));
    }
    const std::size_t fans = (std::size_t{1} << out.fan_bits) + 1;
    out.fan.reserve(fans);
    for (std::size_t i = 0; i < fans; ++i) {
        const std::uint32_t below = in.u32();
        if (below > out.entries || (i == 0 ? below != 0 : below < out.fan.back())) {
            in.fail("its fan table does not rise");
        }
        out.fan.push_back(below);
    }
    if (out.fan.back() != out.entries) {
        in.fail("its fan table does not cover its entries");
    }
    return out;
}

std::uint64_t SampleHead::packs_begin() const noexcept {
    return head_bytes(fan_bits, replaces.size());
}

std::uint64_t SampleHead::entries_begin() const noexcept {
    return packs_begin() + std::uint64_t{packs} * row_bytes;
}

SampleHead::Range SampleHead::bucket(std::uint64_t prefix) const noexcept {
    const std::size_t i = bucket_of(prefix, fan_bits);
    return {entries_begin() + std::uint64_t{fan[i]} * entry_bytes,
            std::uint64_t{fan[i + 1] - fan[i]} * entry_bytes};
}

SampleHead::Range SampleHead::pack(std::uint32_t index) const noexcept {
    return {packs_begin() + std::uint64_t{index} * row_bytes, row_bytes};
}

SampledPack parse_sampled_pack(ByteView row, std::string_view what) {
    ByteReader in(row, what);
    SampledPack out;
    out.ref.name = read_sha256(in);
    out.size = in.u64();
    out.objects = in.u32();
    const std::uint8_t length = in.u8();
    const ByteView id = in.bytes(max_sample_id_bytes);
    in.expect_end();
    if (length > max_sample_id_bytes || id.substr(length).find_first_not_of('\0') != ByteView::npos) {
        in.fail("a version id is malformed");
    }
    out.ref.version_id = std::string(id.substr(0, length));
    if (!is_version_id(out.ref.version_id) || out.ref.name.is_zero() || out.objects == 0) {
        in.fail("a pack is malformed");
    }
    return out;
}

std::vector<SampleEntry> parse_sample_entries(ByteView bytes, std::uint32_t packs, std::string_view what) {
    ByteReader in(bytes, what);
    std::vector<SampleEntry> out;
    out.reserve(bytes.size() / entry_bytes);
    while (in.remaining() > 0) {
        SampleEntry entry;
        entry.prefix = in.u64();
        entry.pack = in.u32();
        if (entry.pack >= packs || (!out.empty() && !(out.back() < entry))) {
            in.fail("its entries are malformed");
        }
        out.push_back(entry);
    }
    return out;
}

void Sample::add(const SampledPack& pack, const std::vector<Sha256>& chunks) {
    if (pack.ref.version_id.size() > max_sample_id_bytes || chunks.empty()) {
        return;
    }
    const auto index = static_cast<std::uint32_t>(packs.size());
    packs.push_back(pack);
    const Sha256& smallest = *std::min_element(chunks.begin(), chunks.end());
    entries.push_back({smallest.prefix64(), index});
    for (const Sha256& hash : chunks) {
        if (is_sampled(hash) && hash != smallest) {
            entries.push_back({hash.prefix64(), index});
        }
    }
}

std::size_t Sample::bytes() const noexcept {
    return static_cast<std::size_t>(total(max_fan_bits, replaces.size(), packs.size(), entries.size()));
}

ByteString Sample::serialise() {
    std::sort(entries.begin(), entries.end());
    entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
    if (replaces.size() > max_sample_replaces) {
        replaces.erase(replaces.begin(), replaces.end() - static_cast<std::ptrdiff_t>(max_sample_replaces));
    }
    const auto buckets = static_cast<std::uint32_t>(entries.size() / bucket_entries);
    const auto fan_bits = static_cast<std::uint8_t>(std::min<int>(std::bit_width(buckets), max_fan_bits));
    if (total(fan_bits, replaces.size(), packs.size(), entries.size()) > max_sample_bytes) {
        throw Error(ErrorKind::failure, "a sample would be too large");
    }
    ByteString bytes;
    ByteWriter out(bytes);
    out.bytes(sample_magic);
    out.u8(fan_bits);
    out.bytes(ByteView("\0\0\0", 3));
    out.u32(static_cast<std::uint32_t>(replaces.size()));
    out.u32(static_cast<std::uint32_t>(packs.size()));
    out.u32(static_cast<std::uint32_t>(entries.size()));
    for (const Sha256& name : replaces) {
        out.bytes(name.view());
    }
    std::uint32_t below = 0;
    for (std::size_t i = 0; i <= std::size_t{1} << fan_bits; ++i) {
        while (below < entries.size() && bucket_of(entries[below].prefix, fan_bits) < i) {
            ++below;
        }
        out.u32(below);
    }
    for (const SampledPack& pack : packs) {
        out.bytes(pack.ref.name.view());
        out.u64(pack.size);
        out.u32(pack.objects);
        out.u8(static_cast<std::uint8_t>(pack.ref.version_id.size()));
        out.bytes(pack.ref.version_id);
        out.bytes(ByteString(max_sample_id_bytes - pack.ref.version_id.size(), '\0'));
    }
    for (const SampleEntry& entry : entries) {
        out.u64(entry.prefix);
        out.u32(entry.pack);
    }
    return bytes;
}

Sample Sample::parse(ByteView bytes, std::string_view what) {
    SampleHead head = SampleHead::parse(bytes, bytes.size(), what);
    Sample out;
    out.replaces = std::move(head.replaces);
    const std::uint64_t packs_begin = head_bytes(head.fan_bits, out.replaces.size());
    const std::uint64_t entries_begin = packs_begin + std::uint64_t{head.packs} * row_bytes;
    out.packs.reserve(head.packs);
    for (std::uint64_t at = packs_begin; at < entries_begin; at += row_bytes) {
        out.packs.push_back(parse_sampled_pack(bytes.substr(at, row_bytes), what));
    }
    out.entries = parse_sample_entries(bytes.substr(entries_begin), head.packs, what);
    return out;
}

} // namespace ds

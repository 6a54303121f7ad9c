// The footer of a pack: built from the places of all objects, read back strictly.
#include "store/frame.hpp"

#include "base/error.hpp"
#include "codec/hash.hpp"
#include "os/file.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace ds {

namespace {

constexpr std::uint32_t footer_version = 1;
constexpr std::string_view footer_magic{"DSFT", 4};
constexpr std::size_t nonce_bytes = 16;

[[noreturn]] void refuse(std::string_view what, std::string_view why) {
    throw CorruptObject(fmt::format("{} is damaged: {}", what, why), "run 'dsctl fsck --repair'");
}

} // namespace

PackFooter make_footer(std::vector<FooterEntry> entries) {
    PackFooter out;
    out.bytes.reserve(entries.size() * footer_entry_bytes + footer_tail_bytes);
    ByteWriter w(out.bytes);
    for (const FooterEntry& e : entries) {
        w.bytes(e.hash.view());
        w.u32(e.frame_offset);
        w.u32(e.inner_offset);
        w.u32(e.length);
        w.u32(static_cast<std::uint32_t>(e.kind)); // kind and three zero bytes
    }
    const std::uint32_t crc = crc32c(out.bytes);
    w.u64(random_u64());
    w.u64(random_u64());
    w.u32(static_cast<std::uint32_t>(entries.size()));
    w.u32(crc);
    w.u32(footer_version);
    w.bytes(footer_magic);
    out.name = sha256(out.bytes);
    out.entries = std::move(entries);
    return out;
}

FooterEntry parse_footer_entry(const char* raw, std::uint64_t footer_start, std::string_view what) {
    FooterEntry e;
    std::copy_n(raw, e.hash.bytes.size(), reinterpret_cast<char*>(e.hash.bytes.data()));
    e.frame_offset = load_u32(raw + 32);
    e.inner_offset = load_u32(raw + 36);
    e.length = load_u32(raw + 40);
    const std::uint32_t kind = load_u32(raw + 44);
    if (kind < 1 || kind > static_cast<std::uint32_t>(ObjectKind::history)) {
        refuse(what, "an entry has an unknown kind");
    }
    e.kind = static_cast<ObjectKind>(kind);
    if (e.frame_offset < pack_magic.size() || e.frame_offset >= footer_start ||
        e.inner_offset > max_frame_raw || e.length > max_frame_raw - e.inner_offset) {
        refuse(what, "an entry lies outside of the pack");
    }
    return e;
}

FooterPlace find_footer(ByteView pack, std::string_view what, std::string_view magic) {
    if (pack.size() < magic.size() + footer_tail_bytes || !pack.starts_with(magic)) {
        refuse(what, "it is no pack");
    }
    const char* const tail = pack.data() + pack.size() - footer_tail_bytes;
    if (ByteView(tail + nonce_bytes + 12, 4) != footer_magic) {
        refuse(what, "its end is missing");
    }
    if (load_u32(tail + nonce_bytes + 8) != footer_version) {
        // A newer dsctl says so in the format of its store; in a pack it is rather a flipped bit.
        refuse(what, "unknown version");
    }
    FooterPlace place;
    place.count = load_u32(tail + nonce_bytes);
    const std::uint64_t bytes = std::uint64_t{place.count} * footer_entry_bytes;
    if (bytes > pack.size() - footer_tail_bytes - magic.size()) {
        refuse(what, "its footer is cut off");
    }
    place.start = pack.size() - footer_tail_bytes - bytes;
    if (crc32c(pack.substr(place.start, bytes)) != load_u32(tail + nonce_bytes + 4)) {
        refuse(what, "checksum of its footer differs");
    }
    return place;
}

PackFooter parse_footer(ByteView pack, std::string_view what) {
    return parse_footer(pack, what, pack_magic, pack_magic.size(), find_footer(pack, what).start);
}

PackFooter parse_footer(ByteView pack, std::string_view what, std::string_view magic,
                        std::uint64_t frames_begin, std::uint64_t frames_end) {
    const FooterPlace place = find_footer(pack, what, magic);
    PackFooter out;
    out.bytes = ByteString(pack.substr(place.start));
    out.name = sha256(out.bytes);
    out.entries.reserve(place.count);
    for (std::uint32_t i = 0; i < place.count; ++i) {
        const FooterEntry e =
            parse_footer_entry(out.bytes.data() + std::size_t{i} * footer_entry_bytes, frames_end, what);
        if (i > 0) {
            const FooterEntry& last = out.entries.back();
            const bool same = e.frame_offset == last.frame_offset;
            if (e.frame_offset < last.frame_offset ||
                (same && (e.kind != last.kind || e.inner_offset != last.inner_offset + last.length)) ||
                (!same && e.inner_offset != 0)) {
                refuse(what, "its entries are out of order");
            }
        } else if (e.frame_offset != frames_begin || e.inner_offset != 0) {
            refuse(what, "its entries are out of order");
        }
        out.entries.push_back(e);
    }
    return out;
}

} // namespace ds

// Opening packs and finding frames in them.
#include "store/pack_file.hpp"

#include "base/error.hpp"
#include "codec/hash.hpp"

#include <fmt/core.h>

namespace ds {

namespace {

// A header holds at most 4,096 lengths and keys.
constexpr std::size_t max_frame_bytes = max_frame_raw + max_frame_objects * 40;

[[noreturn]] void refuse(const std::string& what, std::string_view why) {
    throw CorruptObject(fmt::format("{} is damaged: {}", what, why), "run 'dsctl fsck --repair'");
}

} // namespace

PackFile::PackFile(Sha256 name, std::string path, MappedFile map, Fd fd, const HeldPlaces& places)
    : name_(name), path_(std::move(path)), what_("pack " + name.short_hex()), map_(std::move(map)),
      fd_(std::move(fd)) {
    const bool is_held = map_.view().starts_with(held_magic);
    if (is_held) {
        what_ = "held file " + name.short_hex();
    }
    footer_ = find_footer(map_.view(), what_, is_held ? held_magic : pack_magic);
    frames_end_ = footer_.start;
    if (is_held) {
        HeldHead head = parse_held_head(map_.view(), footer_.start, what_);
        frames_end_ = head.stubs_end();
        held_ = std::make_unique<const HeldBytes>(std::move(head.source), places);
    }
}

std::shared_ptr<const PackFile> PackFile::open(const std::string& path, const Sha256& name,
                                               const HeldPlaces& places) {
    std::optional<Fd> fd = try_open_read(path);
    if (!fd) {
        return nullptr;
    }
    try {
        return std::shared_ptr<const PackFile>(
            new PackFile(name, path, MappedFile::open(path), std::move(*fd), places));
    } catch (const Error& e) {
        if (e.kind() == ErrorKind::not_found) {
            return nullptr; // removed between the two calls
        }
        throw;
    }
}

PackFooter PackFile::footer() const {
    PackFooter out =
        parse_footer(map_.view(), what_, held_ ? held_magic : pack_magic, frames_begin(), frames_end_);
    if (out.name != name_) {
        refuse(what_, "its footer has another hash");
    }
    return out;
}

const char* PackFile::raw_entry(std::uint32_t i) const noexcept {
    return map_.view().data() + footer_.start + std::size_t{i} * footer_entry_bytes;
}

std::uint32_t PackFile::frame_offset(std::uint32_t i) const noexcept {
    return load_u32(raw_entry(i) + 32);
}

FooterEntry PackFile::entry(std::uint32_t i) const {
    if (i >= footer_.count) {
        refuse(what_, "the index names an object that it does not have");
    }
    return parse_footer_entry(raw_entry(i), frames_end_, what_);
}

bool PackFile::entry_is(std::uint32_t i, ObjectKind kind, const Sha256& hash) const noexcept {
    return i < footer_.count && std::memcmp(raw_entry(i), hash.bytes.data(), 32) == 0 &&
           load_u32(raw_entry(i) + 44) == static_cast<std::uint32_t>(kind);
}

FrameExtent PackFile::frame_of(std::uint32_t i) const {
    const FooterEntry e = entry(i);
    FrameExtent extent{e.frame_offset, 0, i, i + 1};
    while (extent.first > 0 && frame_offset(extent.first - 1) == e.frame_offset) {
        --extent.first;
    }
    while (extent.last < footer_.count && frame_offset(extent.last) == e.frame_offset) {
        ++extent.last;
    }
    const std::uint64_t end = extent.last < footer_.count ? frame_offset(extent.last) : frames_end_;
    if (end <= extent.offset || end > frames_end_ || end - extent.offset > max_frame_bytes ||
        extent.last - extent.first > max_frame_objects) {
        refuse(what_, "its entries are out of order");
    }
    extent.length = end - extent.offset;
    return extent;
}

SharedBytes PackFile::read_frame(const FrameExtent& extent) const {
    if (held_) {
        return SharedBytes::of(read_held(extent));
    }
    auto out = std::make_shared_for_overwrite<char[]>(extent.length);
    if (pread_full(fd_.get(), out.get(), extent.length, extent.offset, path_) != extent.length) {
        refuse(what_, "it is cut off");
    }
    const ByteView view(out.get(), extent.length);
    return {std::move(out), view};
}

ByteString PackFile::read_held(const FrameExtent& extent) const {
    if (extent.length != held_stub_bytes) {
        refuse(what_, "its entries are out of order");
    }
    std::vector<Sha256> hashes;
    std::vector<std::uint32_t> lengths;
    std::uint64_t size = 0;
    for (std::uint32_t i = extent.first; i < extent.last; ++i) {
        const FooterEntry e = entry(i);
        if (e.kind != ObjectKind::chunk || e.inner_offset != size || size + e.length > max_frame_raw) {
            refuse(what_, "its entries are out of order");
        }
        hashes.push_back(e.hash);
        lengths.push_back(e.length);
        size += e.length;
    }
    ByteString raw(size, '\0');
    held_->read(raw.data(), raw.size(), load_u64(map_.view().data() + extent.offset));
    if (!held_->looks_same()) {
        // Whoever gets the frame checks hashes anyway; this is to say what happened.
        std::size_t at = 0;
        for (std::size_t i = 0; i < hashes.size(); ++i) {
            if (sha256(ByteView(raw).substr(at, lengths[i])) != hashes[i]) {
                held_->lost();
            }
            at += lengths[i];
        }
    }
    ByteString scratch;
    ByteString out = encode_frame(ObjectKind::chunk, hashes, lengths, raw, 0, scratch).header;
    out += raw;
    return out;
}

ByteString PackFile::read_held_object(std::uint32_t i) const {
    const FooterEntry e = entry(i);
    if (e.frame_offset + held_stub_bytes > frames_end_) {
        refuse(what_, "its entries are out of order");
    }
    ByteString out(e.length, '\0');
    held_->read(out.data(), out.size(), load_u64(map_.view().data() + e.frame_offset) + e.inner_offset);
    return out;
}

bool PackFile::intact() const {
    if (!held_ || held_->looks_same()) {
        return true;
    }
    const FileStat now = held_->stat();
    const bool resembles = now.kind == FileStat::Kind::regular && now.size >= held_->source().stat.size;
    if (held_->source().kind == HeldSource::Kind::data || !resembles) {
        return false;
    }
    const std::lock_guard lock(mutex_);
    if (judged_ == now) {
        return judged_intact_;
    }
    judged_intact_ = true;
    try {
        for (std::uint32_t first = 0; first < count();) {
            const FrameExtent extent = frame_of(first);
            static_cast<void>(read_held(extent));
            first = extent.last;
        }
    } catch (const CorruptObject&) {
        judged_intact_ = false;
    }
    judged_ = now;
    return judged_intact_;
}

std::string PackCache::path_of(const Sha256& name) const {
    std::string pack = pack_path(name);
    if (path_exists(pack)) {
        return pack;
    }
    std::string held = held_path(name);
    return path_exists(held) ? held : pack;
}

std::shared_ptr<const PackFile> PackCache::open_fresh(const Sha256& name) const {
    auto pack = PackFile::open(pack_path(name), name, places_);
    return pack ? pack : PackFile::open(held_path(name), name, places_);
}

std::shared_ptr<const PackFile> PackCache::open(const Sha256& name) {
    if (auto pack = cache_.get(name)) {
        return pack;
    }
    auto pack = open_fresh(name);
    if (pack) {
        cache_.put(name, pack, 1);
    }
    return pack;
}

std::vector<Sha256> list_packs(const std::string& dir, std::string_view suffix) {
    std::vector<Sha256> out;
    if (!path_exists(dir)) {
        return out;
    }
    for (const std::string& name : list_dir(dir)) {
        if (name.size() == 64 + suffix.size() && name.ends_with(suffix)) {
            if (const auto hash = Sha256::from_hex(std::string_view(name).substr(0, 64))) {
                out.push_back(*hash);
            }
        }
    }
    return out;
}

} // namespace ds

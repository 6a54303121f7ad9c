// Opening packs and finding frames in them.
#include "store/pack_file.hpp"

#include "base/error.hpp"

#include <fmt/core.h>

namespace ds {

namespace {

// A header holds at most 4,096 lengths and keys.
constexpr std::size_t max_frame_bytes = max_frame_raw + max_frame_objects * 40;

[[noreturn]] void refuse(const std::string& what, std::string_view why) {
    throw CorruptObject(fmt::format("{} is damaged: {}", what, why), "run 'dsctl fsck --repair'");
}

} // namespace

PackFile::PackFile(Sha256 name, std::string path, MappedFile map, Fd fd)
    : name_(name), path_(std::move(path)), what_("pack " + name.short_hex()), map_(std::move(map)),
      fd_(std::move(fd)), footer_(find_footer(map_.view(), what_)) {}

std::shared_ptr<const PackFile> PackFile::open(const std::string& path, const Sha256& name) {
    std::optional<Fd> fd = try_open_read(path);
    if (!fd) {
        return nullptr;
    }
    try {
        return std::shared_ptr<const PackFile>(
            new PackFile(name, path, MappedFile::open(path), std::move(*fd)));
    } catch (const Error& e) {
        if (e.kind() == ErrorKind::not_found) {
            return nullptr; // removed between the two calls
        }
        throw;
    }
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
    return parse_footer_entry(raw_entry(i), footer_.start, what_);
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
    const std::uint64_t end = extent.last < footer_.count ? frame_offset(extent.last) : footer_.start;
    if (end <= extent.offset || end > footer_.start || end - extent.offset > max_frame_bytes ||
        extent.last - extent.first > max_frame_objects) {
        refuse(what_, "its entries are out of order");
    }
    extent.length = end - extent.offset;
    return extent;
}

ByteString PackFile::read_frame(const FrameExtent& extent) const {
    ByteString out(extent.length, '\0');
    if (pread_full(fd_.get(), out.data(), out.size(), extent.offset, path_) != out.size()) {
        refuse(what_, "it is cut off");
    }
    return out;
}

std::shared_ptr<const PackFile> PackCache::open(const Sha256& name) {
    if (auto pack = cache_.get(name)) {
        return pack;
    }
    auto pack = PackFile::open(path_of(name), name);
    if (pack) {
        cache_.put(name, pack, 1);
    }
    return pack;
}

std::vector<Sha256> list_packs(const std::string& dir) {
    std::vector<Sha256> out;
    for (const std::string& name : list_dir(dir)) {
        if (name.size() == 69 && name.ends_with(".pack")) {
            if (const auto hash = Sha256::from_hex(std::string_view(name).substr(0, 64))) {
                out.push_back(*hash);
            }
        }
    }
    return out;
}

} // namespace ds

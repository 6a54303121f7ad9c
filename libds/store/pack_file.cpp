#include "store/pack_file.hpp"

#include "base/error.hpp"

#include <cstring>
#include <fmt/core.h>

namespace ds {

namespace {
constexpr std::size_t max_open_packs = 4096;
}

PackFile::PackFile(MappedFile file, const Sha256& name)
    : file_(std::move(file)), name_(name), what_("pack " + name.short_hex()), place_(find_footer(file_.view(), what_)) {}

std::shared_ptr<const PackFile> PackFile::open(const std::string& path, const Sha256& name) {
    try {
        return std::shared_ptr<const PackFile>(new PackFile(MappedFile::open(path), name));
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::not_found) {
            return nullptr;
        }
        throw;
    }
}

FooterEntry PackFile::entry(std::uint32_t number) const {
    if (number >= place_.count) {
        throw CorruptObject(fmt::format("{} has no entry {}", what_, number), "run 'dsctl fsck --repair'");
    }
    const char* raw = file_.view().data() + place_.start + std::size_t{number} * footer_entry_bytes;
    return parse_footer_entry(raw, place_.start, what_);
}

bool PackFile::entry_is(std::uint32_t number, ObjectKind kind, const Sha256& hash) const noexcept {
    if (number >= place_.count) {
        return false;
    }
    const char* raw = file_.view().data() + place_.start + std::size_t{number} * footer_entry_bytes;
    return static_cast<unsigned char>(raw[44]) == static_cast<unsigned char>(kind) &&
           std::memcmp(raw, hash.bytes.data(), hash.bytes.size()) == 0;
}

FrameExtent PackFile::frame_of(std::uint32_t number) const {
    FrameExtent extent;
    extent.offset = entry(number).frame_offset;
    extent.first = number;
    while (extent.first > 0 && entry(extent.first - 1).frame_offset == extent.offset) {
        --extent.first;
    }
    extent.last = number + 1;
    while (extent.last < place_.count && entry(extent.last).frame_offset == extent.offset) {
        ++extent.last;
    }
    // The header says how long it is; what lies behind it is not assumed to follow at once.
    const auto rest = file_.view().substr(extent.offset, place_.start - extent.offset);
    const auto header = FrameHeader::parse(rest, what_);
    if (header.frame_length() > rest.size()) {
        throw CorruptObject(fmt::format("{} is damaged: a frame is cut off", what_), "run 'dsctl fsck --repair'");
    }
    extent.end = extent.offset + header.frame_length();
    return extent;
}

ByteString PackFile::read_frame(const FrameExtent& extent) const {
    return ByteString(file_.view().substr(extent.offset, extent.end - extent.offset));
}

std::shared_ptr<const PackFile> PackCache::open(const Sha256& name) {
    {
        const std::shared_lock lock(mutex_);
        if (const auto it = open_.find(name); it != open_.end()) {
            return it->second;
        }
    }
    auto pack = PackFile::open(path_of(name), name);
    if (!pack) {
        return nullptr;
    }
    const std::unique_lock lock(mutex_);
    if (open_.size() >= max_open_packs) {
        open_.clear();
    }
    return open_.try_emplace(name, std::move(pack)).first->second;
}

void PackCache::clear() {
    const std::unique_lock lock(mutex_);
    open_.clear();
}

std::vector<Sha256> list_packs(const std::string& dir) {
    std::vector<Sha256> names;
    for (const auto& file : list_dir(dir)) {
        if (file.size() == 69 && file.ends_with(".pack")) {
            if (const auto name = Sha256::from_hex(std::string_view(file).substr(0, 64))) {
                names.push_back(*name);
            }
        }
    }
    return names;
}

} // namespace ds

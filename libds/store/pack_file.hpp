// Packs as they are read: a mapped footer to look things up in, and frames read by pread.
//
// Frames are read, not mapped, so that a bad sector is an error with a name and not a dead process, and so
// that what was hashed is what is handed out.
#pragma once

#include "os/fd.hpp"
#include "os/file.hpp"
#include "store/byte_lru.hpp"
#include "store/frame.hpp"

#include <memory>
#include <string>
#include <vector>

namespace ds {

/// The place of one frame and the numbers [first, last) of its objects in the footer.
struct FrameExtent {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    std::uint32_t first = 0;
    std::uint32_t last = 0;
};

/// An open pack. Immutable, thread-safe.
class PackFile {
  public:
    /// Checks magic, version and the crc of the footer; the hash that is its name is fsck's to check.
    /// Nothing when the file does not exist. @throws CorruptObject, Error
    [[nodiscard]] static std::shared_ptr<const PackFile> open(const std::string& path, const Sha256& name);

    [[nodiscard]] const Sha256& name() const noexcept { return name_; }
    [[nodiscard]] const std::string& what() const noexcept { return what_; }
    [[nodiscard]] std::uint32_t count() const noexcept { return footer_.count; }
    [[nodiscard]] std::uint64_t size() const noexcept { return map_.view().size(); }
    [[nodiscard]] std::uint64_t frames_end() const noexcept { return footer_.start; }
    [[nodiscard]] ByteView bytes() const noexcept { return map_.view(); }
    /// @throws CorruptObject beyond the count or for a malformed entry
    [[nodiscard]] FooterEntry entry(std::uint32_t i) const;
    [[nodiscard]] bool entry_is(std::uint32_t i, ObjectKind kind, const Sha256& hash) const noexcept;
    /// @throws CorruptObject when it would be larger than any frame
    [[nodiscard]] FrameExtent frame_of(std::uint32_t entry) const;
    /// The frame as it is stored. @throws CorruptObject, Error
    [[nodiscard]] ByteString read_frame(const FrameExtent& extent) const;

  private:
    PackFile(Sha256 name, std::string path, MappedFile map, Fd fd);
    [[nodiscard]] const char* raw_entry(std::uint32_t i) const noexcept;
    [[nodiscard]] std::uint32_t frame_offset(std::uint32_t i) const noexcept;

    Sha256 name_;
    std::string path_;
    std::string what_;
    MappedFile map_;
    Fd fd_;
    FooterPlace footer_;
};

/// Open packs of one store, a bounded number. Thread-safe.
class PackCache {
  public:
    explicit PackCache(std::string dir) : dir_(std::move(dir)), cache_(max_open) {}
    /// Nothing when the pack is not there.
    [[nodiscard]] std::shared_ptr<const PackFile> open(const Sha256& name);
    [[nodiscard]] std::string path_of(const Sha256& name) const { return dir_ + "/" + name.hex() + ".pack"; }
    void clear() { cache_.clear(); }

  private:
    static constexpr std::size_t max_open = 128; // each takes a descriptor
    std::string dir_;
    ByteLru<Sha256, PackFile> cache_;
};

/// Names of all packs in a folder, rising. Files of other names are left out.
[[nodiscard]] std::vector<Sha256> list_packs(const std::string& dir);

} // namespace ds

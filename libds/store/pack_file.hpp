// Packs as they are read: a mapped footer to look things up in, and frames read by pread. Held files
// (held_file.hpp) are packs, too: their frames are read from where their stubs point.
//
// Frames are read, not mapped, so that a bad sector is an error with a name and not a dead process, and so
// that what was hashed is what is handed out.
#pragma once

#include "os/fd.hpp"
#include "os/file.hpp"
#include "store/byte_lru.hpp"
#include "store/frame.hpp"
#include "store/held_file.hpp"

#include <memory>
#include <mutex>
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
    [[nodiscard]] static std::shared_ptr<const PackFile> open(const std::string& path, const Sha256& name,
                                                              const HeldPlaces& places);

    [[nodiscard]] const Sha256& name() const noexcept { return name_; }
    [[nodiscard]] const std::string& what() const noexcept { return what_; }
    [[nodiscard]] std::uint32_t count() const noexcept { return footer_.count; }
    [[nodiscard]] std::uint64_t size() const noexcept { return map_.view().size(); }
    [[nodiscard]] std::uint64_t frames_end() const noexcept { return frames_end_; }
    [[nodiscard]] std::uint64_t frames_begin() const noexcept {
        return held_ ? held_head_bytes : pack_magic.size();
    }
    /// The footer, checked as a whole. @throws CorruptObject
    [[nodiscard]] PackFooter footer() const;
    /// Where the bytes of a held file lie; null for a pack.
    [[nodiscard]] const HeldBytes* held() const noexcept { return held_.get(); }
    /// Whether its objects can be relied upon: a referenced file must look as it did, or still have every
    /// byte.
    [[nodiscard]] bool intact() const;
    [[nodiscard]] ByteView bytes() const noexcept { return map_.view(); }
    /// @throws CorruptObject beyond the count or for a malformed entry
    [[nodiscard]] FooterEntry entry(std::uint32_t i) const;
    [[nodiscard]] bool entry_is(std::uint32_t i, ObjectKind kind, const Sha256& hash) const noexcept;
    /// @throws CorruptObject when it would be larger than any frame
    [[nodiscard]] FrameExtent frame_of(std::uint32_t entry) const;
    /// The frame as it is stored; of a held file the frame as it would be. @throws CorruptObject, Error
    [[nodiscard]] SharedBytes read_frame(const FrameExtent& extent) const;
    /// The bytes where an object of a held file should be, not checked. @throws CorruptObject, Error
    [[nodiscard]] ByteString read_held_object(std::uint32_t entry) const;

  private:
    PackFile(Sha256 name, std::string path, MappedFile map, Fd fd, const HeldPlaces& places);
    [[nodiscard]] ByteString read_held(const FrameExtent& extent) const;
    [[nodiscard]] const char* raw_entry(std::uint32_t i) const noexcept;
    [[nodiscard]] std::uint32_t frame_offset(std::uint32_t i) const noexcept;

    Sha256 name_;
    std::string path_;
    std::string what_;
    MappedFile map_;
    Fd fd_;
    FooterPlace footer_;
    std::uint64_t frames_end_ = 0;
    std::unique_ptr<const HeldBytes> held_;
    mutable std::mutex mutex_;
    mutable FileStat judged_; ///< the stat of a referenced file that was read again, and the judgement
    mutable bool judged_intact_ = false;
};

/// Open packs of one store, a bounded number. Thread-safe.
class PackCache {
  public:
    PackCache(std::string dir, HeldPlaces places)
        : dir_(std::move(dir)), places_(std::move(places)), cache_(max_open) {}
    /// Nothing when the pack is not there.
    [[nodiscard]] std::shared_ptr<const PackFile> open(const Sha256& name);
    /// The same, not kept, and not out of the cache.
    [[nodiscard]] std::shared_ptr<const PackFile> open_fresh(const Sha256& name) const;
    /// Where a pack lies or would lie, and where a held file would.
    [[nodiscard]] std::string pack_path(const Sha256& name) const {
        return dir_ + "/" + name.hex() + ".pack";
    }
    [[nodiscard]] std::string held_path(const Sha256& name) const {
        return places_.held_dir + "/" + name.hex() + ".held";
    }
    /// Where it is, whichever it is.
    [[nodiscard]] std::string path_of(const Sha256& name) const;
    [[nodiscard]] const HeldPlaces& places() const noexcept { return places_; }
    void clear() { cache_.clear(); }

  private:
    static constexpr std::size_t max_open = 128; // each takes a descriptor or two
    std::string dir_;
    HeldPlaces places_;
    ByteLru<Sha256, PackFile> cache_;
};

/// Names of all files in a folder that end so, rising. Files of other names are left out, and so is a folder
/// that is missing.
[[nodiscard]] std::vector<Sha256> list_packs(const std::string& dir, std::string_view suffix = ".pack");

} // namespace ds

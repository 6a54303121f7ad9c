// A finished pack of the local store: its footer table, mapped, and its frames, read where they are needed.
#pragma once

#include "os/file.hpp"
#include "store/frame.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace ds {

/// A frame and the entries [first, last) of the footer that lie in it.
struct FrameExtent {
    std::uint64_t offset = 0;
    std::uint64_t end = 0; ///< where the next frame or the footer begins
    std::uint32_t first = 0;
    std::uint32_t last = 0;
};

/// Thread-safe. Whoever reads holds it, also when the file is gone already.
class PackFile {
  public:
    /// Checks the footer's bounds and checksum; nothing when there is no such file.
    /// @throws CorruptObject naming the pack
    [[nodiscard]] static std::shared_ptr<const PackFile> open(const std::string& path, const Sha256& name);

    [[nodiscard]] const Sha256& name() const noexcept { return name_; }
    [[nodiscard]] const std::string& what() const noexcept { return what_; } ///< "pack 9f3c…"
    [[nodiscard]] std::uint32_t count() const noexcept { return place_.count; }
    [[nodiscard]] std::uint64_t footer_start() const noexcept { return place_.start; }
    [[nodiscard]] ByteView view() const noexcept { return file_.view(); }
    /// @throws CorruptObject for a number beyond the table or a place outside of the pack
    [[nodiscard]] FooterEntry entry(std::uint32_t number) const;
    [[nodiscard]] bool entry_is(std::uint32_t number, ObjectKind kind, const Sha256& hash) const noexcept;
    /// The frame of an entry; the entries of one frame stand side by side.
    [[nodiscard]] FrameExtent frame_of(std::uint32_t number) const;
    /// The bytes of a frame, its checksum not looked at yet.
    [[nodiscard]] ByteString read_frame(const FrameExtent& extent) const;

  private:
    PackFile(MappedFile file, const Sha256& name);
    MappedFile file_;
    Sha256 name_;
    std::string what_;
    FooterPlace place_;
};

/// Open packs, bounded in number. Thread-safe.
class PackCache {
  public:
    explicit PackCache(std::string dir) : dir_(std::move(dir)) {}
    [[nodiscard]] std::string path_of(const Sha256& name) const { return dir_ + "/" + name.hex() + ".pack"; }
    /// Nothing when there is no such pack. @throws CorruptObject
    [[nodiscard]] std::shared_ptr<const PackFile> open(const Sha256& name);
    void clear();

  private:
    std::string dir_;
    std::shared_mutex mutex_;
    std::unordered_map<Sha256, std::shared_ptr<const PackFile>> open_;
};

/// The names of the packs in a folder; other files are left alone.
[[nodiscard]] std::vector<Sha256> list_packs(const std::string& dir);

} // namespace ds

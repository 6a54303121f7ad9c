// Large files that the store holds as they are, instead of copying their bytes into packs.
//
// A held file is a pack whose frames are stubs: instead of a payload they say where in another file the
// payload lies. That file is either data of the store's own (a clone that shares blocks with the work tree,
// or a file that was taken over from it) or, with store.large-files = reference, the file in the work tree
// itself. Index, marks, sweeps, checks and pushes see a pack like any other: a stub is read as a frame,
// stored raw.
//
//   held   := magic:8 ("DSHELD\x01\n") crc32c:u32 stubs:u32 stub{stubs} source footer
//   stub   := offset:u64     of the frame's first byte in the source; its objects follow each other there
//   source := kind:u8 size:u64 mtime_ns:u64 ctime_ns:u64 inode:u64 name:string   (name: at most 4,096 bytes)
//     kind 1 (data):      name is 32 hex digits: <store>/held/<name>.data
//     kind 2 (reference): name is a path beneath the root of the work tree
//   footer := as that of packs (frame.hpp), chunks only; frame_offset is the place of the stub in this file
//
// crc32c covers everything between itself and the footer. kind is a persistent number. Times are two's
// complement. The name of a held file is the SHA-256 of its footer, as with packs: so its source may be
// replaced (a referenced file is taken over, or renamed by dsctl) without the index being touched.
//
//   <store>/held/<hex>.held      <store>/held/<name>.data
//
// Referenced bytes may be changed by anybody. A stat that differs is no proof of it (a file may be touched,
// or copied to another disk with its store), so that then the hashes decide.
#pragma once

#include "os/fd.hpp"
#include "os/walk.hpp"
#include "store/frame.hpp"
#include "store/reference_lost.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ds {

inline constexpr std::string_view held_magic{"DSHELD\x01\n", 8};
inline constexpr std::size_t held_head_bytes = 16; ///< before the stubs
inline constexpr std::size_t held_stub_bytes = 8;

/// Where the bytes of held frames lie.
struct HeldSource {
    /// Persistent numbers.
    enum class Kind : std::uint8_t { data = 1, reference = 2 };
    Kind kind = Kind::data;
    std::string name;
    FileStat stat; ///< size, mtime, ctime and inode when the bytes were hashed
    friend bool operator==(const HeldSource&, const HeldSource&) = default;
};

/// The folders that names of sources are relative to.
struct HeldPlaces {
    std::string held_dir; ///< <store>/held
    std::string worktree; ///< empty: references cannot be read
};

/// What stands before the footer.
struct HeldHead {
    HeldSource source;
    std::uint32_t stubs = 0;
    [[nodiscard]] std::uint64_t stubs_end() const noexcept {
        return held_head_bytes + std::uint64_t{stubs} * held_stub_bytes;
    }
};
/// @param footer_start where the footer begins @throws CorruptObject
[[nodiscard]] HeldHead parse_held_head(ByteView held, std::uint64_t footer_start, std::string_view what);
/// Everything before the footer. @param stubs as they stand in the file
[[nodiscard]] ByteString serialise_held_head(const HeldSource& source, ByteView stubs);

/// An open source. Thread-safe.
class HeldBytes {
  public:
    /// A source that is missing opens, and cannot be read.
    HeldBytes(HeldSource source, const HeldPlaces& places);
    [[nodiscard]] const HeldSource& source() const noexcept { return source_; }
    /// Whether the file looks as it did when it was hashed: data by its size, references by their whole stat.
    [[nodiscard]] bool looks_same() const noexcept;
    /// What fstat says now; kind missing when the file is gone.
    [[nodiscard]] FileStat stat() const noexcept;
    /// @throws ReferenceLost, CorruptObject when so many bytes are not there; Error
    void read(char* to, std::size_t n, std::uint64_t offset) const;
    /// Makes another link to the file, if it has but one and the file system lets us. @throws Error (no
    /// space)
    [[nodiscard]] bool link_to(const std::string& path) const;
    /// Says that the bytes are not those that were hashed. @throws ReferenceLost, CorruptObject
    [[noreturn]] void lost() const;

  private:
    HeldSource source_;
    std::string path_;
    Fd fd_;
};

} // namespace ds

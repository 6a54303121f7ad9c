// One entry of a version's file list.
#pragma once

#include "base/sha256.hpp"

#include <cstdint>
#include <string_view>

namespace ds {

/// Persistent: the numbers stand in tree nodes.
enum class EntryKind : std::uint8_t {
    file = 1,
    executable = 2,
    symlink = 3,   ///< content is the target's bytes
    empty_dir = 4, ///< exists only while nothing is below it; size 0, zero hash
};

/// What a path holds. `hash` is the SHA-256 of the content (what sha256sum prints).
struct Entry {
    EntryKind kind = EntryKind::file;
    std::uint64_t size = 0; ///< bytes of content
    Sha256 hash;
    friend bool operator==(const Entry&, const Entry&) = default;
};

inline constexpr std::uint64_t max_file_size = 1ull << 40;

/// "100644", "100755", "120000", "040000": git's modes, as they stand in listings.
[[nodiscard]] std::string_view mode_str(EntryKind kind) noexcept;
/// "file", "executable", "symlink", "folder".
[[nodiscard]] std::string_view kind_str(EntryKind kind) noexcept;
/// The hash of no bytes: e3b0c442….
[[nodiscard]] const Sha256& empty_hash() noexcept;

} // namespace ds

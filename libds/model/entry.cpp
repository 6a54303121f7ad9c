// The words for entries.
#include "model/entry.hpp"

namespace ds {

std::string_view mode_str(EntryKind kind) noexcept {
    switch (kind) {
    case EntryKind::file:
        return "100644";
    case EntryKind::executable:
        return "100755";
    case EntryKind::symlink:
        return "120000";
    case EntryKind::empty_dir:
        return "040000";
    }
    return "000000";
}

std::string_view kind_str(EntryKind kind) noexcept {
    switch (kind) {
    case EntryKind::file:
        return "file";
    case EntryKind::executable:
        return "executable";
    case EntryKind::symlink:
        return "symlink";
    case EntryKind::empty_dir:
        return "folder";
    }
    return "unknown";
}

const Sha256& empty_hash() noexcept {
    static constexpr Sha256 hash{{0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4,
                                  0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b,
                                  0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55}};
    return hash;
}

} // namespace ds

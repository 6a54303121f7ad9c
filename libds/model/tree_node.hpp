// One node of the tree: the grammar, parser and serialiser.
//
//   node   := magic:u8 (0xD7) level:u8 count:varint items
//   item   := shared:varint suffix:string value        (front-coded against the previous key)
//   leaf (level 0) key = path;  value := kind:u8 size:varint [hash:32]    (no hash for empty_dir)
//   inner (level>0) key = last path below the child;
//            value := hash:32 entries:varint bytes:varint                 (totals below the child)
//
// Keys rise strictly. `shared` is the longest common prefix (no other value is accepted, so that equal
// content has equal bytes); it is 0 for the first item. Only an empty tree has a node without
// items (a leaf). A node is named by the SHA-256 of these bytes. A reader checks all of this, and that a
// child is what its parent says; it does not check where nodes were cut.
#pragma once

#include "model/entry.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace ds {

inline constexpr std::uint8_t max_tree_level = 24;
/// Bounds of the cut rule (see tree.hpp): a node never has more items or key bytes than these.
inline constexpr std::size_t max_node_items = 1024;
inline constexpr std::size_t max_node_key_bytes = 128 * 1024 + 4096;
/// What a reader accepts as the size of one node.
inline constexpr std::size_t max_node_bytes = 512 * 1024;

struct LeafItem {
    std::string path;
    Entry entry;
};

struct InnerItem {
    std::string last_path; ///< the greatest path below the child
    Sha256 child;
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;
};

/// A parsed node: exactly one of the vectors is used, by level.
struct TreeNode {
    std::uint8_t level = 0;
    std::vector<LeafItem> leaves;
    std::vector<InnerItem> children;

    /// Strict parse; paths, order, bounds and sums are checked.
    /// @throws CorruptObject naming `id`
    [[nodiscard]] static TreeNode parse(ByteView bytes, const Sha256& id);
    [[nodiscard]] ByteString serialise() const;
    [[nodiscard]] std::uint64_t entries() const noexcept;
    [[nodiscard]] std::uint64_t bytes() const noexcept;
};

} // namespace ds

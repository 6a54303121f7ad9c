// What makes one tree out of another: how a registry keeps the file lists of commits between versions without
// keeping their nodes, let alone their content. Tiny for small changes, and proved by the root it leads to.
//
//   edits := DC version:u8 (1) from:hash to:hash count:varint edit{count}
//   edit  := path:string kind:u8 [size:varint [hash unless kind is 4] unless kind is 0]
//
// Paths rise strictly. kind 0: the path is removed, else that of the entry that is put there. At most 2 MiB.
#pragma once

#include "model/entry.hpp"
#include "model/tree.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ds {

inline constexpr std::size_t max_edits_bytes = 2u << 20;

struct TreeEdits {
    struct Edit {
        std::string path;
        std::optional<Entry> entry; ///< nothing: removed
    };
    Sha256 from;
    Sha256 to;
    std::vector<Edit> edits;

    [[nodiscard]] ByteString serialise() const;
    /// @throws CorruptObject
    [[nodiscard]] static TreeEdits parse(ByteView bytes, std::string_view what);
};

/// The edits that make `to` out of `from`; nothing when they are more than fit.
[[nodiscard]] std::optional<TreeEdits> tree_edits(NodeSource& nodes, const Sha256& from, const Sha256& to);
/// Writes the nodes of `edits.to`. @throws CorruptObject when the edits lead elsewhere
void apply_edits(NodeSource& nodes, NodeSink& sink, const TreeEdits& edits);

} // namespace ds

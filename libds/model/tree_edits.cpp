#include "model/tree_edits.hpp"

#include "base/error.hpp"
#include "base/path.hpp"
#include "model/binary_fields.hpp"

#include <fmt/format.h>

namespace ds {

namespace {
constexpr std::uint8_t edits_magic = 0xDC;
constexpr std::uint8_t edits_version = 1;
constexpr std::size_t head_bytes = 80;      ///< more than what stands before the first edit
constexpr std::size_t edit_overhead = 48;   ///< kind, size, hash and the length of the path
constexpr std::size_t removal_overhead = 4; ///< kind and the length of the path
} // namespace

ByteString TreeEdits::serialise() const {
    ByteString bytes;
    ByteWriter out(bytes);
    out.u8(edits_magic);
    out.u8(edits_version);
    out.bytes(from.view());
    out.bytes(to.view());
    out.varint(edits.size());
    for (const Edit& edit : edits) {
        out.string(edit.path);
        out.u8(edit.entry ? static_cast<std::uint8_t>(edit.entry->kind) : 0);
        if (edit.entry) {
            out.varint(edit.entry->size);
            if (edit.entry->kind != EntryKind::empty_dir) {
                out.bytes(edit.entry->hash.view());
            }
        }
    }
    return bytes;
}

TreeEdits TreeEdits::parse(ByteView bytes, std::string_view what) {
    ByteReader in(bytes, what);
    if (bytes.size() > max_edits_bytes) {
        in.fail("it is too large");
    }
    if (in.u8() != edits_magic || in.u8() != edits_version) {
        in.fail("it does not begin as tree edits do");
    }
    TreeEdits out;
    out.from = read_sha256(in);
    out.to = read_sha256(in);
    const std::size_t count = read_count(in, 3, "number of edits");
    for (std::size_t i = 0; i < count; ++i) {
        Edit edit;
        edit.path = std::string(in.string(max_path_bytes, "path"));
        check_stored_path(edit.path, what);
        if (i > 0 && edit.path <= out.edits.back().path) {
            in.fail("paths do not rise");
        }
        const std::uint8_t kind = in.u8();
        if (kind > static_cast<std::uint8_t>(EntryKind::empty_dir)) {
            in.fail(fmt::format("unknown kind {}", kind));
        }
        if (kind != 0) {
            Entry entry;
            entry.kind = static_cast<EntryKind>(kind);
            const bool folder = entry.kind == EntryKind::empty_dir;
            entry.size = in.varint_max(folder ? 0 : max_file_size, "size");
            if (!folder) {
                entry.hash = read_sha256(in);
            }
            edit.entry = entry;
        }
        out.edits.push_back(std::move(edit));
    }
    in.expect_end();
    return out;
}

std::optional<TreeEdits> tree_edits(NodeSource& nodes, const Sha256& from, const Sha256& to) {
    TreeEdits out;
    out.from = from;
    out.to = to;
    std::size_t bytes = head_bytes;
    bool fits = true;
    tree_diff(nodes, from, nodes, to, [&](const TreeChange& change) {
        bytes += change.path.size() + (change.after != nullptr ? edit_overhead : removal_overhead);
        fits = bytes <= max_edits_bytes;
        if (fits) {
            out.edits.push_back({std::string(change.path),
                                 change.after != nullptr ? std::optional(*change.after) : std::nullopt});
        }
        return fits;
    });
    return fits ? std::optional(std::move(out)) : std::nullopt;
}

void apply_edits(NodeSource& nodes, NodeSink& sink, const TreeEdits& edits) {
    TreeEditor editor(nodes, sink, edits.from);
    for (const TreeEdits::Edit& edit : edits.edits) {
        if (edit.entry) {
            editor.put(edit.path, *edit.entry);
        } else {
            editor.remove(edit.path);
        }
    }
    if (const TreeInfo made = editor.finish(); made.root != edits.to) {
        throw CorruptObject(fmt::format("the changes that lead to tree {} make {} instead",
                                        edits.to.short_hex(), made.root.short_hex()));
    }
}

} // namespace ds

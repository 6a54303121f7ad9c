// The canonical manifest: its text, and making one from a tree.
#include "model/manifest.hpp"

#include "base/error.hpp"
#include "base/number.hpp"
#include "base/path.hpp"
#include "codec/hash.hpp"

#include <array>
#include <fmt/format.h>
#include <vector>

namespace ds {

namespace {

constexpr std::size_t max_manifest_bytes = 1024;

[[noreturn]] void damaged(std::string_view why) {
    throw CorruptObject(fmt::format("manifest is damaged: {}", why));
}

/// Takes `name SP value LF` off the front of the text.
std::string_view take_line(ByteView& text, std::string_view name) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    if (end == ByteView::npos || line.size() <= name.size() || !line.starts_with(name) ||
        line[name.size()] != ' ') {
        damaged(fmt::format("line '{}' is missing", name));
    }
    text.remove_prefix(end + 1);
    return line.substr(name.size() + 1);
}

Sha256 take_hash(ByteView& text, std::string_view name) {
    constexpr std::string_view prefix = "sha256:";
    const std::string_view value = take_line(text, name);
    if (value.starts_with(prefix)) {
        if (const auto hash = Sha256::from_hex(value.substr(prefix.size()))) {
            return *hash;
        }
    }
    damaged(fmt::format("'{}' is no hash", name));
}

std::uint64_t take_number(ByteView& text, std::string_view name) {
    const std::string_view value = take_line(text, name);
    const auto number = parse_number(value);
    // One spelling per number: no leading zeros.
    if (!number || (value.size() > 1 && value[0] == '0')) {
        damaged(fmt::format("'{}' is no number", name));
    }
    return *number;
}

constexpr std::array<char, 512> make_hex_pairs() {
    constexpr std::string_view digits = "0123456789abcdef";
    std::array<char, 512> pairs{};
    for (std::size_t i = 0; i < 256; ++i) {
        pairs[2 * i] = digits[i >> 4];
        pairs[2 * i + 1] = digits[i & 15];
    }
    return pairs;
}
constexpr std::array<char, 512> hex_pairs = make_hex_pairs();

/// Holds that no entry is a file (or an empty folder) while others lie below it: such a list could
/// not be written to any file system. Paths that begin with an entry's path follow it directly in
/// byte order, so that the entries that still matter form a stack.
class FolderCheck {
  public:
    void add(std::string_view path) {
        while (depth_ > 0 && !path.starts_with(open_[depth_ - 1])) {
            --depth_;
        }
        for (std::size_t i = 0; i < depth_; ++i) {
            if (path[open_[i].size()] == '/') {
                throw CorruptObject(fmt::format("the tree holds '{}' and, below it, '{}'",
                                                printable(open_[i]), printable(path)));
            }
        }
        if (depth_ == open_.size()) {
            open_.emplace_back();
        }
        open_[depth_++].assign(path);
    }

  private:
    std::vector<std::string> open_; ///< beyond depth_: kept for reuse
    std::size_t depth_ = 0;
};

} // namespace

std::string Manifest::text() const {
    return fmt::format("dsctl-manifest 1\ntree sha256:{}\nfiles {}\nsymlinks {}\nfolders {}\nbytes {}\n"
                       "listing sha256:{}\n",
                       tree.hex(), files, symlinks, folders, bytes, listing.hex());
}

Sha256 Manifest::digest() const {
    return sha256(text());
}

Manifest Manifest::parse(ByteView text) {
    if (text.size() > max_manifest_bytes) {
        damaged(fmt::format("it has more than {} bytes", max_manifest_bytes));
    }
    const std::string_view version = take_line(text, "dsctl-manifest");
    if (version != "1") {
        damaged("it is of an unknown version");
    }
    Manifest out;
    out.tree = take_hash(text, "tree");
    out.files = take_number(text, "files");
    out.symlinks = take_number(text, "symlinks");
    out.folders = take_number(text, "folders");
    out.bytes = take_number(text, "bytes");
    out.listing = take_hash(text, "listing");
    if (!text.empty()) {
        damaged("it has more lines than it should");
    }
    return out;
}

void append_listing_line(ByteString& out, std::string_view path, const Entry& entry) {
    std::array<char, 6 + 1 + 64 + 1 + 20 + 1> head;
    char* p = head.data();
    const std::string_view mode = mode_str(entry.kind);
    std::memcpy(p, mode.data(), 6);
    p += 6;
    *p++ = ' ';
    for (const unsigned char byte : entry.hash.bytes) {
        std::memcpy(p, hex_pairs.data() + 2 * byte, 2);
        p += 2;
    }
    *p++ = ' ';
    p = std::to_chars(p, head.data() + head.size() - 1, entry.size).ptr;
    *p++ = ' ';
    out.append(head.data(), static_cast<std::size_t>(p - head.data()));
    out.append(path);
    out.push_back('\0');
}

Manifest make_manifest(NodeSource& nodes, const Sha256& root, const std::stop_token& stop) {
    constexpr std::size_t batch = 64 * 1024;
    Manifest out;
    out.tree = root;
    Sha256Stream listing;
    ByteString lines;
    lines.reserve(batch + 8 * 1024);
    FolderCheck folders;
    for (TreeCursor cursor(nodes, root); cursor.valid(); cursor.next()) {
        const Entry& entry = cursor.entry();
        folders.add(cursor.path());
        append_listing_line(lines, cursor.path(), entry);
        if (lines.size() >= batch) {
            if (stop.stop_requested()) {
                throw Interrupted();
            }
            listing.update(lines);
            lines.clear();
        }
        std::uint64_t& count = entry.kind == EntryKind::symlink     ? out.symlinks
                               : entry.kind == EntryKind::empty_dir ? out.folders
                                                                    : out.files;
        ++count;
        out.bytes += entry.size; // cannot overflow: the nodes' totals were checked
    }
    listing.update(lines);
    out.listing = listing.finish();
    return out;
}

} // namespace ds

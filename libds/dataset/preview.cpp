#include "dataset/preview.hpp"

#include "base/path.hpp"

#include <fmt/format.h>

namespace ds {

namespace {

constexpr std::uint64_t max_link_bytes = 4096;

ByteString read_range(VersionView& view, const std::string& path, const Entry& entry, std::uint64_t offset,
                      std::uint64_t length) {
    ByteString out;
    view.content().stream_range(path, entry, offset, length, [&](ByteView bytes) { out.append(bytes); });
    if (out.size() != length) {
        throw CorruptObject(
            fmt::format("'{}' gave {} bytes at {}, not {}", printable(path), out.size(), offset, length));
    }
    return out;
}

} // namespace

PreviewedFile preview_file(VersionView& view, const std::string& path, std::size_t lines) {
    PreviewedFile result;
    result.entry = file_entry(view, path);
    if (result.entry.kind == EntryKind::symlink) {
        result.link = read_range(view, path, result.entry, 0, std::min(result.entry.size, max_link_bytes));
        return result;
    }
    PreviewSource source;
    source.name = base_name(path);
    source.size = result.entry.size;
    source.read = [&](std::uint64_t offset, std::uint64_t length) {
        return read_range(view, path, result.entry, offset, length);
    };
    result.preview = preview(source, lines);
    return result;
}

} // namespace ds

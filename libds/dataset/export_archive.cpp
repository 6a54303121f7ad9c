// A version as a tar stream: the same version gives the same bytes.
#include "base/path.hpp"
#include "codec/hash.hpp"
#include "dataset/export.hpp"
#include "dataset/inspect.hpp"
#include "interchange/archive.hpp"
#include "os/live_file.hpp"
#include "os/missing_path.hpp"

#include <fmt/format.h>

namespace ds {

namespace {

constexpr std::uint64_t longest_link = 64u << 10;

bool is_gzip(const std::string& dest) {
    return dest.ends_with(".tar.gz") || dest.ends_with(".tgz");
}

void write_archive(VersionView& view, ArchiveWriter& archive, ExportResult& result, Context& context) {
    for (TreeCursor cursor(view.nodes(), view.tree().root); cursor.valid(); cursor.next()) {
        context.check_stop();
        const auto& path = cursor.path();
        const auto& entry = cursor.entry();
        ArchiveMember member;
        member.path = path;
        if (entry.kind == EntryKind::symlink) {
            member.kind = ArchiveMember::Kind::symlink;
            if (entry.size > longest_link) {
                throw Error(ErrorKind::failure,
                            fmt::format("the link '{}' is too long for an archive", printable(path)),
                            "export it to a folder");
            }
            view.content().stream(path, entry, [&](ByteView bytes) { member.target += bytes; });
        } else if (entry.kind == EntryKind::empty_dir) {
            member.kind = ArchiveMember::Kind::folder;
        } else {
            member.kind = ArchiveMember::Kind::file;
            member.size = entry.size;
            member.executable = entry.kind == EntryKind::executable;
        }
        archive.begin(member);
        if (member.kind == ArchiveMember::Kind::file && entry.size > 0) {
            view.content().stream(path, entry, [&](ByteView bytes) {
                context.check_stop();
                archive.data(bytes);
            });
        }
        ++result.written;
        result.bytes += entry.size;
        context.progress.advance(1, entry.size);
    }
    archive.finish();
}

} // namespace

bool is_archive_name(const std::string& dest) {
    return !dest.ends_with('/') && (dest.ends_with(".tar") || is_gzip(dest) || dest.ends_with(".tar.zst"));
}

ExportResult export_archive(VersionView& view, const ExportOptions& options, Context& context) {
    ExportResult result;
    const auto compression = is_gzip(options.dest)                ? ArchiveCompression::gzip
                             : options.dest.ends_with(".tar.zst") ? ArchiveCompression::zstd
                                                                  : ArchiveCompression::none;
    if (options.dest == "-") {
        ArchiveWriter archive(options.out, compression, view.time());
        write_archive(view, archive, result, context);
        return result;
    }
    const auto target = absolute_path(options.dest);
    const auto slash = target.rfind('/');
    const auto folder = slash == 0 ? std::string("/") : target.substr(0, slash);
    require_there(folder);
    // Named after the target, so that one to it finds what a killed one to it left.
    const auto prefix = ".dsctl-tmp-" + sha256(base_name(target)).short_hex() + "-";
    each_dead_file(folder, prefix, [](const std::string&) { return true; });
    LiveFile file(folder, prefix, 0644);
    ArchiveWriter archive([&](ByteView bytes) { write_full(file.fd(), bytes, target); }, compression,
                          view.time());
    write_archive(view, archive, result, context);
    file.install(target);
    return result;
}

} // namespace ds

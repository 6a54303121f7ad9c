// Parsing held files, and reading the files they stand for.
#include "store/held_file.hpp"

#include "base/error.hpp"
#include "base/path.hpp"
#include "codec/hash.hpp"
#include "model/entry.hpp"
#include "store/file_reader.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

namespace ds {

namespace {

constexpr std::size_t data_name_digits = 32;
constexpr std::size_t crc_end = 12;

[[noreturn]] void refuse(std::string_view what, std::string_view why) {
    throw CorruptObject(fmt::format("{} is damaged: {}", what, why), "run 'dsctl fsck --repair'");
}

bool is_data_name(std::string_view name) {
    return name.size() == data_name_digits && std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

std::uint64_t to_u64(std::int64_t v) noexcept {
    return static_cast<std::uint64_t>(v);
}

} // namespace

ReferenceLost::ReferenceLost(std::string_view path)
    : CorruptObject(
          fmt::format("'{}' was changed or removed since it was added, and its former content was held "
                      "only there (store.large-files = reference)",
                      printable(path)),
          "put the file back as it was, or 'dsctl add' and commit what it is now"),
      path_(path) {}

HeldHead parse_held_head(ByteView held, std::uint64_t footer_start, std::string_view what) {
    if (held.size() < held_head_bytes || footer_start > held.size() || footer_start < held_head_bytes ||
        !held.starts_with(held_magic)) {
        refuse(what, "it is no held file");
    }
    if (crc32c(held.substr(crc_end, footer_start - crc_end)) != load_u32(held.data() + held_magic.size())) {
        refuse(what, "checksum of its head differs");
    }
    HeldHead head;
    head.stubs = load_u32(held.data() + crc_end);
    if (head.stubs == 0 || head.stubs > (footer_start - held_head_bytes) / held_stub_bytes) {
        refuse(what, "its stubs are cut off");
    }
    ByteReader in(held.substr(head.stubs_end(), footer_start - head.stubs_end()), what);
    const std::uint8_t kind = in.u8();
    if (kind < 1 || kind > 2) {
        in.fail("unknown kind of source");
    }
    HeldSource& source = head.source;
    source.kind = static_cast<HeldSource::Kind>(kind);
    source.stat.kind = FileStat::Kind::regular;
    source.stat.size = in.u64();
    source.stat.mtime_ns = static_cast<std::int64_t>(in.u64());
    source.stat.ctime_ns = static_cast<std::int64_t>(in.u64());
    source.stat.inode = in.u64();
    source.name = in.string(max_path_bytes, "name");
    in.expect_end();
    if (source.stat.size > max_file_size) {
        in.fail("its source is too large");
    }
    if (source.kind == HeldSource::Kind::reference) {
        check_stored_path(source.name, what);
    } else if (!is_data_name(source.name)) {
        in.fail("its source has a wrong name");
    }
    return head;
}

ByteString serialise_held_head(const HeldSource& source, ByteView stubs) {
    ByteString out(held_magic);
    ByteWriter w(out);
    w.u32(0);
    w.u32(static_cast<std::uint32_t>(stubs.size() / held_stub_bytes));
    w.bytes(stubs);
    w.u8(static_cast<std::uint8_t>(source.kind));
    w.u64(source.stat.size);
    w.u64(to_u64(source.stat.mtime_ns));
    w.u64(to_u64(source.stat.ctime_ns));
    w.u64(source.stat.inode);
    w.string(source.name);
    store_u32(out.data() + held_magic.size(), crc32c(ByteView(out).substr(crc_end)));
    return out;
}

HeldBytes::HeldBytes(HeldSource source, const HeldPlaces& places) : source_(std::move(source)) {
    if (source_.kind == HeldSource::Kind::data) {
        path_ = places.held_dir + "/" + source_.name + ".data";
        if (auto fd = try_open_read(path_)) {
            fd_ = std::move(*fd);
        }
        return;
    }
    path_ = source_.name;
    if (places.worktree.empty()) {
        return;
    }
    try {
        const Fd root = open_file(places.worktree, O_PATH | O_DIRECTORY);
        FileStat ignored;
        fd_ = FileReader(root.get()).open(path_, ignored);
    } catch (const Error&) {
        // Gone, or not ours to read: as good as lost.
    } catch (const FileChanged&) {
        // Something else stands there now.
    }
}

FileStat HeldBytes::stat() const noexcept {
    struct stat st {};
    if (!fd_ || fstat(fd_.get(), &st) != 0 || st.st_nlink == 0) {
        return {};
    }
    return to_file_stat(st);
}

bool HeldBytes::looks_same() const noexcept {
    const FileStat now = stat();
    if (now.kind != FileStat::Kind::regular || now.size != source_.stat.size) {
        return false;
    }
    return source_.kind == HeldSource::Kind::data ||
           (now.mtime_ns == source_.stat.mtime_ns && now.ctime_ns == source_.stat.ctime_ns &&
            now.inode == source_.stat.inode);
}

bool HeldBytes::link_to(const std::string& path) const {
    struct stat st {};
    if (!fd_ || fstat(fd_.get(), &st) != 0 || st.st_nlink != 1) {
        return false;
    }
    // By the descriptor: the name may stand for another file by now.
    const std::string self = fmt::format("/proc/self/fd/{}", fd_.get());
    if (linkat(AT_FDCWD, self.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0) {
        return true;
    }
    if (errno == ENOSPC || errno == EDQUOT || errno == EIO) {
        throw_errno("cannot create", path);
    }
    return false;
}

void HeldBytes::lost() const {
    if (source_.kind == HeldSource::Kind::reference) {
        throw ReferenceLost(source_.name);
    }
    throw CorruptObject(fmt::format("held data {} is damaged or missing", source_.name.substr(0, 10)),
                        "run 'dsctl fsck --repair'");
}

void HeldBytes::read(char* to, std::size_t n, std::uint64_t offset) const {
    if (!fd_ || offset > source_.stat.size || n > source_.stat.size - offset ||
        pread_full(fd_.get(), to, n, offset, path_) != n) {
        lost();
    }
}

} // namespace ds

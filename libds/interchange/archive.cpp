#include "interchange/archive.hpp"

#include "base/error.hpp"
#include "base/path.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <cerrno>
#include <exception>
#include <fmt/format.h>
#include <utility>

namespace ds {

namespace {

constexpr std::size_t block_bytes = 256u << 10;

struct CloseRead {
    void operator()(archive* handle) const noexcept { archive_read_free(handle); }
};
struct CloseWrite {
    void operator()(archive* handle) const noexcept { archive_write_free(handle); }
};
struct FreeEntry {
    void operator()(archive_entry* entry) const noexcept { archive_entry_free(entry); }
};

std::string text(const char* words) {
    return words != nullptr ? printable(words) : std::string("it is damaged");
}

/// Names come as the bytes of the archive: this program never sets a locale, so that libarchive has nothing to convert to.
std::string bytes_of(const char* raw, const char* utf8) {
    return raw != nullptr ? raw : utf8 != nullptr ? utf8 : "";
}

} // namespace

struct ArchiveReader::Impl {
    std::function<std::size_t(char*, std::size_t)> read;
    std::string what;
    ByteString buffer;
    std::exception_ptr failed; ///< what `read` threw
    std::unique_ptr<archive, CloseRead> handle;

    static la_ssize_t take(archive* handle, void* self, const void** out) noexcept {
        auto& impl = *static_cast<Impl*>(self);
        try {
            const auto got = impl.read(impl.buffer.data(), impl.buffer.size());
            *out = impl.buffer.data();
            return static_cast<la_ssize_t>(got);
        } catch (...) {
            impl.failed = std::current_exception();
            archive_set_error(handle, EIO, "reading failed");
            return ARCHIVE_FATAL;
        }
    }
    [[noreturn]] void fail() {
        if (failed) {
            std::rethrow_exception(failed);
        }
        throw CorruptObject(fmt::format("{} cannot be read as a tar archive: {}", what,
                                        text(archive_error_string(handle.get()))),
                            "unpack it, then import the folder");
    }
};

ArchiveReader::ArchiveReader(std::function<std::size_t(char*, std::size_t)> read, std::string what)
    : impl_(std::make_unique<Impl>()) {
    impl_->read = std::move(read);
    impl_->what = std::move(what);
    impl_->buffer.resize(block_bytes);
    impl_->handle.reset(archive_read_new());
    auto* handle = impl_->handle.get();
    archive_read_support_filter_gzip(handle);
    archive_read_support_filter_zstd(handle);
    archive_read_support_format_tar(handle);
    archive_read_support_format_empty(handle);
    if (archive_read_open(handle, impl_.get(), nullptr, &Impl::take, nullptr) != ARCHIVE_OK) {
        impl_->fail();
    }
}

ArchiveReader::~ArchiveReader() = default;

bool ArchiveReader::next(ArchiveMember& member) {
    archive_entry* entry = nullptr;
    const int code = archive_read_next_header(impl_->handle.get(), &entry);
    if (code == ARCHIVE_EOF) {
        return false;
    }
    if (code != ARCHIVE_OK && code != ARCHIVE_WARN) {
        impl_->fail();
    }
    member = {};
    member.path = bytes_of(archive_entry_pathname(entry), archive_entry_pathname_utf8(entry));
    member.size = archive_entry_size_is_set(entry) != 0 && archive_entry_size(entry) > 0
                      ? static_cast<std::uint64_t>(archive_entry_size(entry))
                      : 0;
    if (const auto target = bytes_of(archive_entry_hardlink(entry), archive_entry_hardlink_utf8(entry));
        !target.empty()) {
        member.kind = ArchiveMember::Kind::hard_link;
        member.target = target;
        return true;
    }
    switch (archive_entry_filetype(entry)) {
    case AE_IFREG:
        member.kind = ArchiveMember::Kind::file;
        member.executable = (archive_entry_perm(entry) & 0111) != 0;
        break;
    case AE_IFLNK:
        member.kind = ArchiveMember::Kind::symlink;
        member.target = bytes_of(archive_entry_symlink(entry), archive_entry_symlink_utf8(entry));
        break;
    case AE_IFDIR:
        member.kind = ArchiveMember::Kind::folder;
        break;
    default:
        member.kind = ArchiveMember::Kind::other;
    }
    return true;
}

std::size_t ArchiveReader::read(char* to, std::size_t n) {
    const auto got = archive_read_data(impl_->handle.get(), to, n);
    if (got < 0) {
        impl_->fail();
    }
    return static_cast<std::size_t>(got);
}

struct ArchiveWriter::Impl {
    std::function<void(ByteView)> write;
    std::int64_t time = 0;
    std::exception_ptr failed;
    std::unique_ptr<archive, CloseWrite> handle;
    std::unique_ptr<archive_entry, FreeEntry> entry;

    static la_ssize_t give(archive* handle, void* self, const void* bytes, std::size_t n) noexcept {
        auto& impl = *static_cast<Impl*>(self);
        try {
            impl.write(ByteView(static_cast<const char*>(bytes), n));
            return static_cast<la_ssize_t>(n);
        } catch (...) {
            impl.failed = std::current_exception();
            archive_set_error(handle, EIO, "writing failed");
            return ARCHIVE_FATAL;
        }
    }
    void check(int code, std::string_view doing) {
        if (failed) {
            std::rethrow_exception(std::exchange(failed, nullptr));
        }
        if (code != ARCHIVE_OK && code != ARCHIVE_WARN) {
            throw Error(ErrorKind::failure, fmt::format("cannot {} a tar archive: {}", doing,
                                                        text(archive_error_string(handle.get()))));
        }
    }
};

ArchiveWriter::ArchiveWriter(std::function<void(ByteView)> write, ArchiveCompression compression,
                             std::int64_t time)
    : impl_(std::make_unique<Impl>()) {
    impl_->write = std::move(write);
    impl_->time = time;
    impl_->handle.reset(archive_write_new());
    impl_->entry.reset(archive_entry_new());
    auto* handle = impl_->handle.get();
    impl_->check(archive_write_set_format_gnutar(handle), "begin");
    if (compression == ArchiveCompression::gzip) {
        impl_->check(archive_write_add_filter_gzip(handle), "compress");
        // Without it the time of writing stands in the stream.
        (void)archive_write_set_filter_option(handle, "gzip", "timestamp", nullptr);
    } else if (compression == ArchiveCompression::zstd) {
        impl_->check(archive_write_add_filter_zstd(handle), "compress");
    }
    // Else the compressed stream would be padded, which zstd takes for damage.
    impl_->check(archive_write_set_bytes_in_last_block(handle, 1), "begin");
    impl_->check(archive_write_open(handle, impl_.get(), nullptr, &Impl::give, nullptr), "begin");
}

ArchiveWriter::~ArchiveWriter() = default;

void ArchiveWriter::begin(const ArchiveMember& member) {
    auto* entry = impl_->entry.get();
    archive_entry_clear(entry);
    const bool folder = member.kind == ArchiveMember::Kind::folder;
    archive_entry_set_pathname(entry, (folder ? member.path + "/" : member.path).c_str());
    archive_entry_set_mtime(entry, impl_->time, 0);
    archive_entry_set_uid(entry, 0);
    archive_entry_set_gid(entry, 0);
    archive_entry_set_size(entry, 0);
    switch (member.kind) {
    case ArchiveMember::Kind::file:
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, member.executable ? 0755 : 0644);
        archive_entry_set_size(entry, static_cast<la_int64_t>(member.size));
        break;
    case ArchiveMember::Kind::symlink:
        archive_entry_set_filetype(entry, AE_IFLNK);
        archive_entry_set_perm(entry, 0777);
        archive_entry_set_symlink(entry, member.target.c_str());
        break;
    case ArchiveMember::Kind::folder:
        archive_entry_set_filetype(entry, AE_IFDIR);
        archive_entry_set_perm(entry, 0755);
        break;
    default:
        throw Error(ErrorKind::failure, "an archive is given a member of no known kind");
    }
    impl_->check(archive_write_header(impl_->handle.get(), entry), "write");
}

void ArchiveWriter::data(ByteView bytes) {
    while (!bytes.empty()) {
        const auto wrote = archive_write_data(impl_->handle.get(), bytes.data(), bytes.size());
        if (wrote <= 0) {
            impl_->check(ARCHIVE_FATAL, "write");
        }
        bytes.remove_prefix(static_cast<std::size_t>(wrote));
    }
}

void ArchiveWriter::finish() {
    impl_->check(archive_write_close(impl_->handle.get()), "end");
}

} // namespace ds

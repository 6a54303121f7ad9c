// See stat_file.hpp. Everything in a file is believed only after its checksum, and bounded even then: a
// checksum keeps out accidents, not malice.
#include "worktree/stat_file.hpp"

#include "base/path.hpp"
#include "codec/hash.hpp"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace ds {

namespace {

constexpr std::string_view magic{"DSSTAT\x01\n", 8};
constexpr std::size_t table_entry = 16;
constexpr std::size_t tail_size = 32;
constexpr std::size_t max_block_records = 64;
constexpr std::size_t max_block_bytes = 1u << 20;
constexpr std::size_t write_buffer = 256u << 10;

enum Flags : std::uint8_t {
    is_symlink = 1,
    is_executable = 2,
    is_removed = 4,
    at_commit = 8,
    all_flags = 15
};

constexpr std::uint64_t zigzag(std::int64_t v) noexcept {
    return (static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t v) noexcept {
    return static_cast<std::int64_t>((v >> 1) ^ (~(v & 1) + 1));
}
/// Differences wrap around, so that no pair of times overflows.
constexpr std::int64_t minus(std::int64_t a, std::int64_t b) noexcept {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}
constexpr std::int64_t plus(std::int64_t a, std::int64_t b) noexcept {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

} // namespace

std::shared_ptr<const StatFile> StatFile::open(const std::string& path) {
    if (!path_exists(path)) {
        return nullptr;
    }
    const std::shared_ptr<StatFile> file(new StatFile(MappedFile::open(path), "stat index " + path));
    const ByteView all = file->map_.view();
    const auto fail = [&](const char* why) {
        throw CorruptObject(fmt::format("{}: {}", printable(file->name_), why));
    };
    if (all.size() < magic.size() + tail_size || !all.starts_with(magic)) {
        fail("not a stat index");
    }
    const char* tail = all.data() + all.size() - tail_size;
    file->records_ = load_u64(tail);
    file->stamp_ = static_cast<std::int64_t>(load_u64(tail + 8));
    const std::uint64_t table_offset = load_u64(tail + 16);
    file->blocks_ = load_u32(tail + 24);
    if (table_offset < magic.size() || table_offset > all.size() - tail_size ||
        (all.size() - tail_size - table_offset) != file->blocks_ * table_entry ||
        file->records_ > file->blocks_ * max_block_records) {
        fail("its table is out of place");
    }
    if (crc32c(all.substr(table_offset, all.size() - table_offset - 4)) != load_u32(tail + 28)) {
        fail("checksum differs");
    }
    file->table_ = all.data() + table_offset;
    std::uint64_t expected = magic.size();
    for (std::size_t i = 0; i < file->blocks_; ++i) {
        const std::uint64_t length = load_u32(file->table_ + i * table_entry + 8);
        if (load_u64(file->table_ + i * table_entry) != expected || length == 0 || length > max_block_bytes ||
            length > table_offset - expected) {
            fail("a block is out of place");
        }
        expected += length;
    }
    if (expected != table_offset) {
        fail("bytes between blocks and table");
    }
    return file;
}

ByteView StatFile::block(std::size_t at) const {
    const char* entry = table_ + at * table_entry;
    const ByteView bytes = map_.view().substr(load_u64(entry), load_u32(entry + 8));
    if (crc32c(bytes) != load_u32(entry + 12)) {
        throw CorruptObject(fmt::format("{}: checksum of block {} differs", printable(name_), at));
    }
    return bytes;
}

std::size_t StatFile::find_block(std::string_view path) const {
    // The last block whose first path is <= path; 0 if there is none.
    std::size_t low = 0;
    std::size_t high = blocks_;
    while (high - low > 1) {
        const std::size_t middle = low + (high - low) / 2;
        ByteReader in(block(middle), name_);
        in.varint_max(0, "shared");
        if (in.string(max_path_bytes, "path") <= path) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

StatFileCursor::StatFileCursor(std::shared_ptr<const StatFile> file, std::string_view path)
    : file_(std::move(file)) {
    enter(!path.empty() && file_ && file_->blocks() > 0 ? file_->find_block(path) : 0);
    while (valid_ && path_ < path) {
        next();
    }
}

void StatFileCursor::enter(std::size_t block) {
    block_ = block;
    valid_ = file_ && block < file_->blocks();
    if (!valid_) {
        return;
    }
    const ByteView bytes = file_->block(block);
    at_ = bytes.data();
    end_ = at_ + bytes.size();
    first_ = true;
    read();
}

void StatFileCursor::next() {
    if (at_ == end_) {
        enter(block_ + 1);
    } else {
        read();
    }
}

void StatFileCursor::read() {
    ByteReader in({at_, static_cast<std::size_t>(end_ - at_)}, file_->name());
    const std::size_t shared = in.varint_max(first_ ? 0 : path_.size(), "shared");
    const std::string_view rest = in.string(max_path_bytes - shared, "path");
    first_ = false;
    path_.resize(shared);
    path_.append(rest);
    const std::uint8_t flags = in.u8();
    if (flags > all_flags || path_.empty()) {
        in.fail("malformed record");
    }
    removed_ = (flags & is_removed) != 0;
    record_ = {};
    if (!removed_) {
        FileStat& st = record_.stat;
        st.kind = (flags & is_symlink) != 0 ? FileStat::Kind::symlink : FileStat::Kind::regular;
        st.executable = (flags & is_executable) != 0;
        st.size = in.varint();
        st.mtime_ns = static_cast<std::int64_t>(in.u64());
        st.ctime_ns = plus(st.mtime_ns, unzigzag(in.varint()));
        st.inode = in.varint();
        record_.recorded_ns =
            (flags & at_commit) != 0 ? file_->stamp() : plus(st.ctime_ns, unzigzag(in.varint()));
        record_.hash = Sha256::from_bytes(in.bytes(32));
    }
    at_ += in.position();
}

StatFileWriter::StatFileWriter(const std::string& path) : path_(path), file_(path), offset_(magic.size()) {
    out_ = magic;
}

void StatFileWriter::add(std::string_view path, const StatRecord* record) {
    if (!last_path_.empty() && path <= last_path_) {
        throw Error(ErrorKind::failure, fmt::format("stat index: '{}' does not follow '{}'", printable(path),
                                                    printable(last_path_)));
    }
    std::size_t shared = 0;
    if (in_block_ > 0) {
        const auto [a, b] = std::mismatch(path.begin(), path.end(), last_path_.begin(), last_path_.end());
        shared = static_cast<std::size_t>(a - path.begin());
    }
    last_path_.assign(path);
    ByteWriter out(block_);
    out.varint(shared);
    out.string(path.substr(shared));
    if (record == nullptr) {
        out.u8(is_removed);
    } else {
        const FileStat& st = record->stat;
        const bool now = record->recorded_ns == recorded_at_commit;
        out.u8(static_cast<std::uint8_t>((st.kind == FileStat::Kind::symlink ? is_symlink : 0) |
                                         (st.executable ? is_executable : 0) | (now ? at_commit : 0)));
        out.varint(st.size);
        out.u64(static_cast<std::uint64_t>(st.mtime_ns));
        out.varint(zigzag(minus(st.ctime_ns, st.mtime_ns)));
        out.varint(st.inode);
        if (!now) {
            out.varint(zigzag(minus(record->recorded_ns, st.ctime_ns)));
        }
        out.bytes(record->hash.view());
    }
    ++records_;
    if (++in_block_ == max_block_records) {
        end_block();
    }
}

void StatFileWriter::end_block() {
    if (in_block_ == 0) {
        return;
    }
    ByteWriter table(table_);
    table.u64(offset_);
    table.u32(static_cast<std::uint32_t>(block_.size()));
    table.u32(crc32c(block_));
    offset_ += block_.size();
    ++blocks_;
    out_.append(block_);
    block_.clear();
    in_block_ = 0;
    if (out_.size() >= write_buffer) {
        file_.write(out_);
        out_.clear();
    }
}

void StatFileWriter::finish() {
    end_block();
    ByteWriter tail(table_);
    const std::uint64_t blocks = blocks_;
    tail.u64(records_);
    tail.u64(static_cast<std::uint64_t>(file_system_now(path_.substr(0, path_.rfind('/')))));
    tail.u64(offset_);
    tail.u32(static_cast<std::uint32_t>(blocks));
    tail.u32(crc32c(table_));
    file_.write(out_);
    file_.write(table_);
    file_.commit(Durability::volatile_);
}

std::int64_t file_system_now(const std::string& dir) {
    // Not the system's clock: a file server has its own, and kernels stamp files with a clock that lags a few
    // milliseconds behind it.
    const std::string path = fmt::format("{}/.now-{}", dir, random_hex(8));
    const Fd fd = open_file(path, O_WRONLY | O_CREAT | O_EXCL);
    struct stat st {};
    const int result = ::fstat(fd.get(), &st);
    ::unlink(path.c_str());
    if (result != 0) {
        throw_errno("cannot stat", path);
    }
    return to_file_stat(st).mtime_ns;
}

} // namespace ds

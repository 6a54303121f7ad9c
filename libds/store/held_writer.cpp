// Beginning to hold files, and writing held files.
#include "store/held_writer.hpp"

#include "base/error.hpp"
#include "codec/hash.hpp"
#include "codec/zstd.hpp"
#include "os/clone.hpp"
#include "store/content.hpp"
#include "store/file_reader.hpp"
#include "store/store_writer_impl.hpp"

#include <algorithm>
#include <fcntl.h>
#include <fmt/core.h>

namespace ds {

namespace {

/// Chunks that are judged and described together: bounds memory, and the footer of a held file.
constexpr std::size_t group_chunks = 65536;
constexpr std::size_t samples = 8;
constexpr std::size_t sample_bytes = 64u << 10;

/// Whether compression would make a file smaller by a sixteenth or more, by samples from all of it.
bool would_shrink(const Fd& file, std::uint64_t size, std::string_view path) {
    ByteString sample(sample_bytes, '\0');
    ByteString scratch;
    std::size_t raw = 0;
    std::size_t stored = 0;
    for (std::size_t i = 0; i < samples; ++i) {
        const std::uint64_t offset = (size - std::min<std::uint64_t>(size, sample_bytes)) / (samples - 1) * i;
        const std::size_t n = pread_full(file.get(), sample.data(), sample.size(), offset, path);
        scratch.clear();
        raw += n;
        stored += n == 0 ? 0 : zstd_compress(ByteView(sample).substr(0, n), 1, scratch);
    }
    return stored <= raw - raw / 16;
}

Fd duplicate(const Fd& fd, std::string_view path) {
    Fd out(fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));
    if (!out) {
        throw_errno("cannot read", path);
    }
    return out;
}

} // namespace

std::unique_ptr<HeldFileWriter> StoreWriter::hold(const Fd& file, const std::string& root,
                                                  const std::string& path, const FileStat& stat) {
    ObjectStore::Impl& inside = *impl_->store.impl_;
    const LargeFiles wish = inside.options.large_files;
    if (wish == LargeFiles::copy) {
        return nullptr;
    }
    const std::lock_guard lock(impl_->hold_mutex);
    const bool try_clone = !impl_->cannot_clone.contains(stat.device);
    const bool refer = wish == LargeFiles::reference && root == inside.options.worktree;
    if ((!try_clone && !refer) ||
        (wish == LargeFiles::automatic && inside.params.level > 0 && would_shrink(file, stat.size, path))) {
        return nullptr;
    }
    if (impl_->holds++ == 0) {
        make_dirs(inside.held_dir(), 0700);
        sync_dir(inside.path);
    }
    if (try_clone) {
        std::string data = fmt::format("{}/clone-{}.data", impl_->dir.path(), impl_->holds);
        Fd fd = open_file(data, O_RDWR | O_CREAT | O_EXCL);
        if (clone_file(file.get(), fd.get(), data)) {
            return std::unique_ptr<HeldFileWriter>(new HeldFileWriter(
                *this, {HeldSource::Kind::data, random_hex(16), stat}, std::move(fd), data));
        }
        remove_file(data);
        impl_->cannot_clone.insert(stat.device);
    }
    if (!refer) {
        return nullptr;
    }
    return std::unique_ptr<HeldFileWriter>(
        new HeldFileWriter(*this, {HeldSource::Kind::reference, path, stat}, duplicate(file, path), {}));
}

HeldFileWriter::HeldFileWriter(StoreWriter& writer, HeldSource source, Fd fd, std::string data_path)
    : writer_(writer), source_(std::move(source)), fd_(std::move(fd)), data_path_(std::move(data_path)),
      number_(writer.impl_->holds) {}

HeldFileWriter::~HeldFileWriter() {
    try {
        for (const auto& file : written_) { // not committed
            remove_file(file->path);
        }
        if (!data_path_.empty()) {
            remove_file(data_path_);
        }
    } catch (const Error&) {
        // It goes with the session's folder.
    }
}

void HeldFileWriter::add(const Sha256& hash, std::uint64_t length) {
    group_.push_back({length, hash});
    if (group_.size() == group_chunks) {
        flush();
    }
}

bool HeldFileWriter::is_new(const Sha256& hash) const {
    ObjectStore::Impl::Trouble trouble;
    // A reference that was touched is renewed, or it would have to be read through again and again.
    return !writer_.impl_->store.impl_->visit_places(
        ObjectKind::chunk, hash,
        [](const ObjectPlace& place) {
            return place.pack->held() == nullptr || place.pack->held()->looks_same();
        },
        trouble, ObjectStore::Impl::Doubtful::leave_out);
}

void HeldFileWriter::flush() {
    std::vector<bool> fresh(group_.size());
    std::uint64_t all_bytes = 0;
    std::uint64_t new_bytes = 0;
    for (std::size_t i = 0; i < group_.size(); ++i) {
        fresh[i] = is_new(group_[i].hash);
        all_bytes += group_[i].size;
        new_bytes += fresh[i] ? group_[i].size : 0;
    }
    if (new_bytes > all_bytes / 2) {
        hold_new(fresh);
    } else if (new_bytes > 0) {
        copy_new(fresh);
    }
    begin_ += all_bytes;
    group_.clear();
}

void HeldFileWriter::copy_new(const std::vector<bool>& fresh) {
    const StoreParams& params = writer_.impl_->store.params();
    std::uint64_t offset = begin_;
    for (std::size_t i = 0; i < group_.size();) {
        std::vector<std::uint32_t> lengths;
        std::size_t size = 0;
        std::size_t end = i;
        for (; end < group_.size() && fresh[end] && size < params.frame_size; ++end) {
            lengths.push_back(static_cast<std::uint32_t>(group_[end].size));
            size += group_[end].size;
        }
        if (end == i) {
            offset += group_[i++].size;
            continue;
        }
        ByteString bytes(size, '\0');
        std::vector<RecipeItem> stored;
        if (pread_full(fd_.get(), bytes.data(), size, offset, source_.name) != size) {
            throw FileChanged{};
        }
        store_chunks(writer_, params, bytes, lengths, stored);
        if (!std::equal(stored.begin(), stored.end(), group_.begin() + static_cast<std::ptrdiff_t>(i))) {
            throw FileChanged{};
        }
        offset += size;
        i = end;
    }
}

void HeldFileWriter::hold_new(const std::vector<bool>& fresh) {
    const StoreParams& params = writer_.impl_->store.params();
    ByteString stubs;
    ByteWriter w(stubs);
    std::vector<FooterEntry> entries;
    std::uint64_t offset = begin_;
    std::uint32_t inner = 0; // bytes of the frame under way
    std::size_t objects = 0; // of it
    bool adjacent = false;
    for (std::size_t i = 0; i < group_.size(); ++i) {
        const auto length = static_cast<std::uint32_t>(group_[i].size);
        if (fresh[i]) {
            if (!adjacent || inner + length > std::max(params.frame_size, length) ||
                objects == max_frame_objects) {
                w.u64(offset);
                inner = 0;
                objects = 0;
            }
            const std::size_t place = held_head_bytes + stubs.size() - held_stub_bytes;
            entries.push_back(
                {group_[i].hash, static_cast<std::uint32_t>(place), inner, length, ObjectKind::chunk});
            inner += length;
            ++objects;
        }
        adjacent = fresh[i];
        offset += length;
    }
    const PackFooter footer = make_footer(std::move(entries));
    StoreWriter::Impl& session = *writer_.impl_;
    auto file = std::make_shared<SealedPack>();
    file->path = fmt::format("{}/held-{}-{}.held", session.dir.path(), number_, written_.size());
    file->name = footer.name;
    file->target = session.store.impl_->packs.held_path(footer.name);
    const Fd fd = open_file(file->path, O_WRONLY | O_CREAT | O_EXCL);
    written_.push_back(file);
    write_full(fd.get(), serialise_held_head(source_, stubs), file->path);
    write_full(fd.get(), footer.bytes, file->path);
}

void HeldFileWriter::commit() {
    if (!group_.empty()) {
        flush();
    }
    if (written_.empty()) {
        return; // nothing of it is held; a clone goes
    }
    StoreWriter::Impl& session = *writer_.impl_;
    ObjectStore::Impl& inside = *session.store.impl_;
    auto source = std::make_shared<SealedPack>(); // a referenced file is synced, too, and stays where it is
    source->fd = std::move(fd_);
    source->path = data_path_.empty() ? source_.name : data_path_;
    if (source_.kind == HeldSource::Kind::data) {
        source->target = inside.held_dir() + "/" + source_.name + ".data";
    }
    session.add_sealed(std::move(source));
    data_path_.clear();
    for (const auto& file : written_) {
        const auto held = PackFile::open(file->path, file->name, inside.packs.places());
        session.new_objects += held->count();
        session.on_sealed(file, held->footer().entries);
    }
    written_.clear();
}

} // namespace ds

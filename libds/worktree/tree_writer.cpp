// See tree_writer.hpp. Files are not synced one by one: whatever a power cut leaves half written has another
// stat than the index says, is seen as changed and written again.
#include "worktree/tree_writer.hpp"

#include "base/path.hpp"
#include "codec/hash.hpp"
#include "os/file.hpp"
#include "os/writeback.hpp"
#include "worktree/ignore_scope.hpp"
#include "worktree/worktree_impl.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace ds {

namespace {

/// Files of the first batch, and of the last ones: few files are to be shared among the threads, of many those of a batch
/// are to be fetched by one request.
constexpr std::size_t first_batch_files = 64;
constexpr std::size_t max_batch_files = 1024;
constexpr std::uint64_t batch_size = 4u << 20;
/// Smaller files begin anew after an interruption.
constexpr std::uint64_t worth_keeping = 8u << 20;
constexpr std::uint64_t max_link_target = 4095; // PATH_MAX less its NUL

/// Where the beginning of a file is kept: it depends on the file's name only, so that the next state of the file goes on
/// from what both share, and nothing is left behind.
std::string kept_name(std::string_view path) {
    return std::string(kept_prefix) + sha256(base_name(path)).short_hex();
}

} // namespace

TreeWriter::TreeWriter(Target target, ContentSource& content, Existing existing, Context& context,
                       std::function<void(WriteResult&)> done)
    : target_(std::move(target)), mark_(target_.marks), content_(content), existing_(existing),
      context_(context), done_(std::move(done)), batch_files_(first_batch_files),
      map_(context.jobs, 4 * std::size_t{std::max(context.jobs, 1u)},
           [this](Batch batch) { return work(std::move(batch)); }) {}

void TreeWriter::write(WriteJob job) {
    batch_bytes_ += job.entry ? job.entry->size : 0;
    batch_.push_back(std::move(job));
    if (batch_.size() >= batch_files_ || batch_bytes_ >= batch_size) {
        submit();
        batch_files_ = std::min(batch_files_ + first_batch_files, max_batch_files);
    }
}

void TreeWriter::submit() {
    context_.check_stop();
    while (map_.full()) {
        take();
    }
    map_.submit(std::move(batch_));
    batch_ = {};
    batch_bytes_ = 0;
}

void TreeWriter::take() {
    for (WriteResult& result : map_.take()) {
        if (result.entry) {
            context_.progress.advance(1, result.entry->size);
        }
        done_(result);
    }
}

void TreeWriter::finish() {
    if (!batch_.empty()) {
        submit();
    }
    while (!map_.empty()) {
        take();
    }
}

TreeWriter::Results TreeWriter::work(Batch batch) {
    std::unique_ptr<BeneathDir> files;
    {
        std::lock_guard lock(mutex_);
        if (!idle_.empty()) {
            files = std::move(idle_.back());
            idle_.pop_back();
        }
    }
    if (!files) {
        files = std::make_unique<BeneathDir>(target_.root);
    }
    Results results;
    results.reserve(batch.size());
    std::vector<std::size_t> missing;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        context_.check_stop();
        WriteJob& job = batch[i];
        results.push_back({job.path, job.entry, {}, false});
        if (job.entry && !is_right(*files, job, results.back())) {
            missing.push_back(i);
        }
    }
    std::vector<ContentSource::Wanted> wanted;
    wanted.reserve(missing.size());
    for (const std::size_t i : missing) {
        wanted.push_back({batch[i].path, *batch[i].entry});
    }
    const auto prepared = content_.prepare(wanted);
    for (const std::size_t i : missing) {
        context_.check_stop();
        write_one(*files, results[i]);
    }
    std::lock_guard lock(mutex_);
    idle_.push_back(std::move(files));
    return results;
}

/// Whether a path needs no writing; leaves in `result` what stands there.
bool TreeWriter::is_right(BeneathDir& files, const WriteJob& job, WriteResult& result) {
    const Entry& entry = *job.entry;
    if (target_.keeps_parts && base_name(job.path).starts_with(kept_prefix)) {
        // `add` never takes such a name: here it would be mistaken for the beginning of another file.
        throw Error(ErrorKind::failure,
                    fmt::format("'{}' cannot be written: dsctl keeps unfinished files under such names",
                                printable(job.path)));
    }
    if (existing_ == Existing::absent) {
        return false;
    }
    result.stat = files.lstat(job.path);
    if (!holds(files, job, result.stat)) {
        return false;
    }
    if (kind_of(result.stat) != entry.kind) { // only the x bit differs
        files.set_executable(job.path, entry.kind == EntryKind::executable);
        result.stat = files.lstat(job.path);
        result.wrote = true;
    }
    return true;
}

void TreeWriter::write_one(BeneathDir& files, WriteResult& result) {
    const std::string& path = result.path;
    const Entry& entry = *result.entry;
    if (existing_ != Existing::absent && target_.replacing) {
        target_.replacing(path);
    }
    files.make_parents(path, existing_ == Existing::replace ? BeneathDir::Obstacles::replace
                                                            : BeneathDir::Obstacles::refuse);
    clear_way(files, path, result.stat, entry.kind);
    write_content(files, path, entry);
    result.stat = files.lstat(path);
    result.wrote = true;
}

/// Whether the path holds the content already (the x bit aside).
bool TreeWriter::holds(BeneathDir& files, const WriteJob& job, const FileStat& stat) {
    const auto kind = kind_of(stat);
    if (!kind || differs_in_type(*kind, job.entry->kind)) {
        return false;
    }
    if (*kind == EntryKind::empty_dir) {
        return true;
    }
    if (stat.size != job.entry->size) {
        return false;
    }
    if (job.known && stat_matches(*job.known, stat)) {
        return job.known->hash == job.entry->hash;
    }
    return hash_path(files, job.path, stat, context_).hash == job.entry->hash;
}

void TreeWriter::clear_way(BeneathDir& files, const std::string& path, const FileStat& stat, EntryKind kind) {
    const bool folder = stat.kind == FileStat::Kind::directory;
    if (stat.kind == FileStat::Kind::missing || folder == (kind == EntryKind::empty_dir)) {
        return; // files are replaced by rename
    }
    if (!folder) {
        files.remove(path); // an empty folder is to be: a rename cannot replace a file by it
    } else if (!files.remove_empty_dir(path) && existing_ == Existing::replace) {
        remove_tree(target_.root + '/' + path); // lstat above found a folder without following links
    }
}

void TreeWriter::write_content(BeneathDir& files, const std::string& path, const Entry& entry) {
    if (entry.kind == EntryKind::empty_dir) {
        files.make_dir(path);
        return;
    }
    if (entry.kind == EntryKind::symlink) {
        if (entry.size == 0 || entry.size > max_link_target) {
            throw Error(ErrorKind::failure,
                        fmt::format("cannot create the link '{}': its target has {} bytes", printable(path),
                                    entry.size));
        }
        std::string target;
        content_.stream(path, entry, [&](ByteView bytes) { target.append(bytes); });
        if (target.find('\0') != std::string::npos) {
            throw Error(
                ErrorKind::failure,
                fmt::format("cannot create the link '{}': its target holds a NUL byte", printable(path)));
        }
        files.name_temporaries(mark_.prefix());
        files.make_symlink(path, target);
        return;
    }
    if (target_.keeps_parts && entry.size >= worth_keeping && write_resumable(files, path, entry)) {
        return;
    }
    files.name_temporaries(mark_.prefix());
    std::string temporary;
    Fd fd = files.create_temp(path, temporary, entry.kind == EntryKind::executable);
    try {
        EarlyWriteback writeback(fd.get());
        const auto sink = [&](ByteView bytes) {
            context_.check_stop();
            write_full(fd.get(), bytes, path);
            writeback.wrote(bytes.size());
        };
        try {
            content_.stream_whole(path, entry, sink);
        } catch (const CorruptObject&) {
            // Once more from the start, chunk by chunk: there may be a second copy of what is damaged.
            cut_to(fd.get(), 0, path);
            content_.stream(path, entry, sink);
        }
        fd.close_checked(path);
    } catch (...) {
        files.discard(path, temporary);
        throw;
    }
    files.install(path, temporary);
}

bool TreeWriter::write_resumable(BeneathDir& files, const std::string& path, const Entry& entry) {
    const auto name = kept_name(path);
    auto kept = files.open_kept(path, name, entry.kind == EntryKind::executable);
    if (!kept) {
        return false;
    }
    try {
        const auto read = [&](std::uint64_t offset, char* buffer, std::size_t n) {
            return pread_full(kept->get(), buffer, n, offset, path);
        };
        EarlyWriteback writeback(kept->get());
        const auto write = [&](ByteView bytes) {
            context_.check_stop();
            write_full(kept->get(), bytes, path);
            writeback.wrote(bytes.size());
        };
        /// Keeps the beginning that is proven, chunk by chunk, and goes on from there in the same way.
        const auto go_on = [&] {
            Sha256Stream whole;
            const auto begin = content_.check_prefix(path, entry, read, [&](ByteView bytes) {
                context_.check_stop();
                whole.update(bytes);
            });
            cut_to(kept->get(), begin, path); // whatever stands behind was never verified
            writeback = EarlyWriteback(kept->get());
            writeback.wrote(begin);
            content_.stream_range(path, entry, begin, entry.size - begin, [&](ByteView bytes) {
                whole.update(bytes);
                write(bytes);
            });
            if (const Sha256 found = whole.finish(); found != entry.hash) {
                files.discard(path, name);
                throw CorruptObject(
                    fmt::format("'{}' does not match its record (expected sha256 {}…, got {}…)",
                                printable(path), entry.hash.short_hex(), found.short_hex()));
            }
        };
        char first = 0;
        if (read(0, &first, 1) > 0) {
            go_on();
        } else {
            try {
                content_.stream_whole(path, entry, write);
            } catch (const CorruptObject&) {
                go_on(); // says which chunk it is, and knows of other copies of it
            }
        }
        // The lock is held until the file has its name; what closing has to say comes from a second descriptor.
        Fd(::fcntl(kept->get(), F_DUPFD_CLOEXEC, 0)).close_checked(path);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::failure) {
            files.discard(path, name); // a full disk is not to stay full
        }
        throw;
    }
    files.install(path, name);
    if (files.lstat(path).executable != (entry.kind == EntryKind::executable)) {
        files.set_executable(path, entry.kind == EntryKind::executable);
    }
    return true;
}

} // namespace ds

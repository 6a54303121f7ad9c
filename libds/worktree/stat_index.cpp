// The stat index as base and delta: lookups, the merged walk, and the decision when to merge them for good.
#include "worktree/stat_index.hpp"

#include "worktree/stat_file.hpp"

#include <atomic>

namespace ds {

namespace {

/// A delta of up to this many records is rewritten by each update; a larger one moves into base once it
/// is no longer small against it.
constexpr std::uint64_t small_delta = 4096;

std::string base_path(const std::string& dir) {
    return dir + "/base";
}
std::string delta_path(const std::string& dir) {
    return dir + "/delta";
}

} // namespace

bool stat_matches(const StatRecord& record, const FileStat& now) noexcept {
    const FileStat& then = record.stat;
    return then.kind == now.kind && then.executable == now.executable && then.size == now.size &&
           then.mtime_ns == now.mtime_ns && then.ctime_ns == now.ctime_ns && then.inode == now.inode &&
           now.mtime_ns < record.recorded_ns && now.ctime_ns < record.recorded_ns;
}

std::int64_t stat_index_now(const std::string& dir) {
    make_dirs(dir);
    return file_system_now(dir);
}

struct StatIndex::Impl {
    std::shared_ptr<const StatFile> base;
    std::shared_ptr<const StatFile> delta;
    bool damaged = false;
    /// Set when a block turns out to be damaged while it is read (by any thread).
    mutable std::atomic<bool> broken{false};
};

StatIndex StatIndex::open(const std::string& dir) {
    StatIndex index;
    index.impl_ = std::make_shared<Impl>();
    const auto load = [&](const std::string& path) -> std::shared_ptr<const StatFile> {
        try {
            return StatFile::open(path);
        } catch (const Error&) { // unreadable is as good as damaged: it is only a cache
            index.impl_->damaged = true;
            return nullptr;
        }
    };
    index.impl_->base = load(base_path(dir));
    index.impl_->delta = load(delta_path(dir));
    return index;
}

StatIndex::StatIndex() = default;
StatIndex::StatIndex(StatIndex&&) noexcept = default;
StatIndex& StatIndex::operator=(StatIndex&&) noexcept = default;
StatIndex::~StatIndex() = default;

std::optional<StatRecord> StatIndex::find(std::string_view path) const {
    for (const auto* file : {&impl_->delta, &impl_->base}) {
        if (!*file) {
            continue;
        }
        try {
            StatFileCursor cursor(*file, path);
            if (cursor.valid() && cursor.path() == path) {
                return cursor.removed() ? std::nullopt : std::optional(cursor.record());
            }
        } catch (const CorruptObject&) {
            impl_->broken = true;
        }
    }
    return std::nullopt;
}

std::uint64_t StatIndex::size_hint() const noexcept {
    return (impl_->base ? impl_->base->records() : 0) + (impl_->delta ? impl_->delta->records() : 0);
}

bool StatIndex::damaged() const noexcept {
    return impl_->damaged || impl_->broken;
}

/// Walks two files as one: the delta's records stand for the base's of the same path. A damaged file ends
/// there.
struct StatIndexCursor::Impl {
    explicit Impl(std::shared_ptr<const StatIndex::Impl> from) : index(std::move(from)) {
        open(base, index->base, {});
        open(delta, index->delta, {});
        settle();
    }

    void open(std::optional<StatFileCursor>& cursor, const std::shared_ptr<const StatFile>& file,
              std::string_view path) {
        guard(cursor, [&] { cursor.emplace(file, path); });
    }
    template <class Move>
    void guard(std::optional<StatFileCursor>& cursor, Move move) {
        try {
            move();
        } catch (const CorruptObject&) {
            index->broken = true;
            cursor.reset();
        }
    }
    void step(std::optional<StatFileCursor>& cursor) {
        guard(cursor, [&] { cursor->next(); });
    }
    static bool alive(const std::optional<StatFileCursor>& cursor) { return cursor && cursor->valid(); }

    /// Finds which of the two stands on the next record.
    void settle() {
        for (;;) {
            current = nullptr;
            while (alive(base) && base->removed()) { // only left by a delta whose base was lost
                step(base);
            }
            if (!alive(delta)) {
                current = alive(base) ? &base : nullptr;
                return;
            }
            const int order = alive(base) ? base->path().compare(delta->path()) : 1;
            if (order < 0) {
                current = &base;
                return;
            }
            if (order == 0) {
                step(base);
            }
            if (!delta->removed()) {
                current = &delta;
                return;
            }
            step(delta);
        }
    }

    std::shared_ptr<const StatIndex::Impl> index;
    std::optional<StatFileCursor> base;
    std::optional<StatFileCursor> delta;
    std::optional<StatFileCursor>* current = nullptr;
};

StatIndexCursor::StatIndexCursor(const StatIndex& index) : impl_(std::make_unique<Impl>(index.impl_)) {}
StatIndexCursor::~StatIndexCursor() = default;

bool StatIndexCursor::valid() const noexcept {
    return impl_->current != nullptr;
}
std::string_view StatIndexCursor::path() const noexcept {
    return (*impl_->current)->path();
}
const StatRecord& StatIndexCursor::record() const noexcept {
    return (*impl_->current)->record();
}
void StatIndexCursor::next() {
    impl_->step(*impl_->current);
    impl_->settle();
}
void StatIndexCursor::seek(std::string_view path) {
    impl_->open(impl_->base, impl_->index->base, path);
    impl_->open(impl_->delta, impl_->index->delta, path);
    impl_->settle();
}

/// Streams the old delta merged with the changes into a new delta.
struct StatIndexUpdate::Impl {
    Impl(std::shared_ptr<const StatIndex::Impl> from, std::string d)
        : index(std::move(from)), dir(std::move(d)) {}

    StatFileWriter& out() {
        if (!writer) {
            make_dirs(dir);
            writer.emplace(delta_path(dir));
            restart(index->delta);
        }
        return *writer;
    }
    void restart(const std::shared_ptr<const StatFile>& file) {
        try {
            old.emplace(file, std::string_view());
        } catch (const CorruptObject&) {
            old.reset();
        }
    }
    void step_old() {
        try {
            old->next();
        } catch (const CorruptObject&) {
            old.reset();
        }
    }
    /// Copies the old delta up to `path`, without a record of `path` itself.
    void copy_until(std::string_view path) {
        while (old && old->valid() && old->path() <= path) {
            if (old->path() < path) {
                writer->add(old->path(), old->removed() ? nullptr : &old->record());
            }
            step_old();
        }
    }
    void merge_into_base();

    std::shared_ptr<const StatIndex::Impl> index;
    std::string dir;
    std::optional<StatFileWriter> writer; ///< of the new delta, once there is something to write
    std::optional<StatFileCursor> old;    ///< the old delta
};

StatIndexUpdate::StatIndexUpdate(const StatIndex& index, std::string dir)
    : impl_(std::make_unique<Impl>(index.impl_, std::move(dir))) {}
StatIndexUpdate::~StatIndexUpdate() = default;

void StatIndexUpdate::put(std::string_view path, const StatRecord& record) {
    if (record.stat.kind != FileStat::Kind::regular && record.stat.kind != FileStat::Kind::symlink) {
        return;
    }
    StatFileWriter& out = impl_->out();
    impl_->copy_until(path);
    out.add(path, &record);
}

void StatIndexUpdate::remove(std::string_view path) {
    StatFileWriter& out = impl_->out();
    impl_->copy_until(path);
    if (impl_->index->base) {
        out.add(path, nullptr);
    }
}

void StatIndexUpdate::commit() {
    if (!impl_->writer) {
        return;
    }
    while (impl_->old && impl_->old->valid()) {
        impl_->writer->add(impl_->old->path(), impl_->old->removed() ? nullptr : &impl_->old->record());
        impl_->step_old();
    }
    const std::uint64_t records = impl_->writer->records();
    impl_->writer->finish();
    impl_->writer.reset();
    const std::uint64_t base_records = impl_->index->base ? impl_->index->base->records() : 0;
    if (records > small_delta && records > base_records / 16) {
        impl_->merge_into_base();
    }
}

void StatIndexUpdate::Impl::merge_into_base() {
    old.reset();
    if (!index->base) { // a delta without a base holds no removals: it is one
        rename_file(delta_path(dir), base_path(dir), Durability::volatile_);
        return;
    }
    const StatIndex fresh = StatIndex::open(dir);
    StatFileWriter merged(base_path(dir));
    for (StatIndexCursor cursor(fresh); cursor.valid(); cursor.next()) {
        merged.add(cursor.path(), &cursor.record());
    }
    merged.finish();
    // In between, delta stands above a base that holds the same: no harm.
    remove_file(delta_path(dir));
}

} // namespace ds

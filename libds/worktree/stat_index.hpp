// The stat index: what each file's lstat said when its content was known. Only a cache: losing it costs
// hashing, never correctness, and a damaged one is dropped with a warning.
//
//   <dir>/base    mapped, sorted by path in front-coded blocks with a block table, so that a reader walks
//                 it in order at memory speed or finds one path in O(log n)
//   <dir>/delta   the same format, small: changes since base was written; merged into base once it
//                 outgrows it
// Both are written whole under a temporary name and renamed (not synced: see above; a checksum over blocks
// and table tells damage). An entry says: a file with this stat holds content `hash`. Racy-clean rule: an
// entry whose mtime or ctime is not older than the moment it was recorded is never trusted.
#pragma once

#include "model/entry.hpp"
#include "os/walk.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ds {

/// For StatRecord::recorded_ns of records that are put: the time when the update is committed. Only right
/// when nobody writes to the files but we ourselves (checkout).
inline constexpr std::int64_t recorded_at_commit = INT64_MIN;

/// The device is not kept: it changes when a disk is mounted again.
struct StatRecord {
    FileStat stat;
    Sha256 hash;
    std::int64_t recorded_ns =
        0; ///< by the clock of the file system (stat_index_now()), before the content was read
};

/// The time that the file system of the index gives to files written now. @throws Error
[[nodiscard]] std::int64_t stat_index_now(const std::string& dir);

/// Whether `now` shows that the file still has the recorded content.
[[nodiscard]] bool stat_matches(const StatRecord& record, const FileStat& now) noexcept;

class StatIndexCursor;
class StatIndexUpdate;

/// A view of base + delta as of open(). Thread-safe for find(); cursors are for one thread.
class StatIndex {
  public:
    /// Missing or damaged files count as empty (`damaged()` tells).
    [[nodiscard]] static StatIndex open(const std::string& dir);
    StatIndex(StatIndex&&) noexcept;
    StatIndex& operator=(StatIndex&&) noexcept;
    ~StatIndex();
    [[nodiscard]] std::optional<StatRecord> find(std::string_view path) const;
    [[nodiscard]] std::uint64_t size_hint() const noexcept;
    [[nodiscard]] bool damaged() const noexcept;

  private:
    StatIndex();
    friend class StatIndexCursor;
    friend class StatIndexUpdate;
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

/// Walks the index in path order.
class StatIndexCursor {
  public:
    explicit StatIndexCursor(const StatIndex& index);
    ~StatIndexCursor();
    [[nodiscard]] bool valid() const noexcept;
    [[nodiscard]] std::string_view path() const noexcept;
    [[nodiscard]] const StatRecord& record() const noexcept;
    void next();
    void seek(std::string_view path);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Changes in rising path order, streamed; O(changes) while the delta stays small, one rewrite otherwise.
class StatIndexUpdate {
  public:
    StatIndexUpdate(const StatIndex& index, std::string dir);
    ~StatIndexUpdate();
    /// Puts only regular files and links.
    void put(std::string_view path, const StatRecord& record);
    void remove(std::string_view path);
    /// Writes what changed; nothing is written when nothing was put or removed. @throws Error
    void commit();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace ds

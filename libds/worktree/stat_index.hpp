// The stat index: what each file's lstat said when its content was known. Only a cache: losing it costs
// hashing, never correctness, and a damaged one is dropped with a warning.
//
//   <dir>/base    mapped, sorted by path in front-coded blocks with a block table, so that a reader walks it in
//                 order at memory speed or finds one path in O(log n)
//   <dir>/delta   the same format, small: changes since base was written; merged into base once it outgrows it
// Both are written whole under a temporary name and renamed (not synced: see above; a checksum over blocks and
// table tells damage). An entry says: a file with this stat holds content `hash`. Racy-clean rule: an entry whose
// mtime or ctime is not older than the moment it was recorded is never trusted.
#pragma once

#include "model/entry.hpp"
#include "os/walk.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ds {

struct StatRecord {
    FileStat stat;
    Sha256 hash;
    std::int64_t recorded_ns = 0; ///< when it was recorded
};

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
    void put(std::string_view path, const StatRecord& record);
    void remove(std::string_view path);
    void commit();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace ds

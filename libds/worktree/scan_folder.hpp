// One folder on the way of a walk: its names, and in segments the stats and sub-folders behind them, each a
// unit of work that any thread can do. Internal to this module.
#pragma once

#include "os/walk.hpp"
#include "worktree/ignore_scope.hpp"

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

/// A unit of work that exactly one thread does, and others may wait for.
class ScanUnit {
  public:
    /// True for the one caller who is to do the work.
    [[nodiscard]] bool claim() noexcept {
        int expected = waiting;
        return state_.compare_exchange_strong(expected, running);
    }
    void finish() noexcept {
        state_.store(done, std::memory_order_release);
        state_.notify_all();
    }
    [[nodiscard]] bool is_done() const noexcept { return state_.load(std::memory_order_acquire) == done; }
    /// Precondition: claimed by somebody.
    void wait() const noexcept { state_.wait(running, std::memory_order_acquire); }

  private:
    static constexpr int waiting = 0;
    static constexpr int running = 1;
    static constexpr int done = 2;
    std::atomic<int> state_{waiting};
};

/// The names of a folder, packed: a folder may hold a million of them. In the order of read_dir_ordered().
class FolderNames {
  public:
    void assign(std::vector<DirEntry> entries);
    [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }
    [[nodiscard]] bool empty() const noexcept { return items_.empty(); }
    [[nodiscard]] std::string_view name(std::size_t i) const noexcept {
        return {text_.data() + items_[i].at, items_[i].size};
    }
    [[nodiscard]] bool is_folder(std::size_t i) const noexcept { return items_[i].folder; }
    [[nodiscard]] bool ignored(std::size_t i) const noexcept { return items_[i].ignored; }
    void ignore(std::size_t i) noexcept { items_[i].ignored = true; }

  private:
    struct Item {
        std::uint32_t at;
        std::uint16_t size;
        bool folder;
        bool ignored;
    };
    std::string text_;
    std::vector<Item> items_;
};

struct ScanFolder {
    static constexpr std::size_t segment_items = 512;

    struct Segment {
        ScanUnit unit;
        std::exception_ptr error;
        std::vector<FileStat> stats;                       ///< of every item, meaningless for folders
        std::vector<std::shared_ptr<ScanFolder>> children; ///< of every item; empty if there are none
    };

    ScanFolder(std::string p, std::shared_ptr<const IgnoreScope> s)
        : path(std::move(p)), scope(std::move(s)) {}
    ~ScanFolder();
    ScanFolder(const ScanFolder&) = delete;
    ScanFolder& operator=(const ScanFolder&) = delete;

    std::string path;                         ///< "" is the root
    std::shared_ptr<const IgnoreScope> scope; ///< once listed: with the folder's own rules
    bool knows_own_rules = false;             ///< `scope` has them from the start
    bool all_ignored = false;                 ///< a folder above is ignored: so is everything in here
    bool read_rules = true;                   ///< whether rules count at all

    ScanUnit listing;
    std::exception_ptr error; ///< of the listing
    bool vanished = false;    ///< it is no folder any more
    FolderNames items;
    std::size_t visible = 0; ///< items that are not ignored
    std::size_t segment_count = 0;
    std::unique_ptr<Segment[]> segments;
    std::atomic<std::size_t>* ready =
        nullptr; ///< counts the stats that lie here; the rest is taken back at the end

    /// The path of an item.
    [[nodiscard]] std::string child_path(std::size_t item) const {
        std::string out;
        out.reserve(path.size() + 1 + items.name(item).size());
        out = path;
        out += path.empty() ? "" : "/";
        out += items.name(item);
        return out;
    }
    /// Fills items, visible, segments. Errors go into `error`.
    void list(int root_fd, const std::string& root) noexcept;
    /// Takes the stats of one segment and makes its sub-folders. Errors go into the segment.
    void stat_segment(int root_fd, std::size_t at) noexcept;
};

} // namespace ds

// The walk: threads list folders and take stats ahead, in the order in which the caller's thread will want
// them.
//
// Work is kept in a stack, so that threads do it in depth-first order as well; they stop once enough lies
// ready. What the caller's thread needs and nobody has begun, it does itself: there is no deadlock and no
// idle wait.
//
// Order: a folder's content sorts as "name/", but an empty folder is an entry "name", which sorts before
// "name-x". So where siblings stand between the two, the folder's own listing is asked for already at the
// first of them.
#include "worktree/scan.hpp"

#include "base/path.hpp"
#include "os/beneath.hpp"
#include "worktree/scan_folder.hpp"

#include <algorithm>
#include <condition_variable>
#include <fcntl.h>
#include <mutex>
#include <set>
#include <thread>

namespace ds {

namespace {

/// Stats that may lie ready before the caller's thread takes them.
constexpr std::size_t read_ahead = 32 * 1024;

class Walk {
  public:
    Walk(const std::string& root, const ScanOptions& options, Context& context,
         const std::function<void(const ScanEntry&)>& visit,
         const std::function<void(std::string_view, const Error&)>& unreadable)
        : root_(root), options_(options), context_(context), visit_(visit), unreadable_(unreadable),
          beneath_(root), root_fd_(open_file(root, O_RDONLY | O_DIRECTORY)) {}
    ~Walk() {
        {
            std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_all();
        for (auto& thread : threads_) {
            thread.join();
        }
    }
    Walk(const Walk&) = delete;
    Walk& operator=(const Walk&) = delete;

    void run();

  private:
    /// segment: which one, or `listing`.
    struct Task {
        std::weak_ptr<ScanFolder> folder; ///< expires once the walk has given the folder up
        std::size_t segment;
    };
    static constexpr std::size_t listing = SIZE_MAX;

    // In any thread.
    void work();
    void list(const std::shared_ptr<ScanFolder>& folder);
    void stat_segment(const std::shared_ptr<ScanFolder>& folder, std::size_t at);
    void schedule(std::vector<Task> tasks);

    // In the caller's thread.
    std::shared_ptr<ScanFolder> start_at(const std::string& path);
    void need_listing(const std::shared_ptr<ScanFolder>& folder);
    ScanFolder::Segment& need_segment(const std::shared_ptr<ScanFolder>& folder, std::size_t at);
    void release_segment(ScanFolder& folder, std::size_t at);
    std::shared_ptr<ScanFolder> child_of(const std::shared_ptr<ScanFolder>& folder, std::size_t item);
    bool is_empty(ScanFolder& folder);
    bool is_tracked(std::string_view path, bool folder) {
        return options_.tracked && options_.tracked(path, folder);
    }
    void walk(const std::shared_ptr<ScanFolder>& folder);
    void walk_item(const std::shared_ptr<ScanFolder>& folder, std::size_t item, bool reported);
    void walk_child(const std::shared_ptr<ScanFolder>& child);
    void emit(std::string_view path, const FileStat& stat);
    void report(const ScanFolder& folder, const std::exception_ptr& error);

    const std::string& root_;
    const ScanOptions& options_;
    Context& context_;
    const std::function<void(const ScanEntry&)>& visit_;
    const std::function<void(std::string_view, const Error&)>& unreadable_;
    BeneathDir beneath_;
    Fd root_fd_;
    std::size_t skip_ = 0; ///< length of the folder that is being left
    unsigned until_check_ = 0;

    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<Task> tasks_; ///< the next one at the back
    bool stopping_ = false;
    std::atomic<std::size_t> ready_{0}; ///< items of finished segments not yet taken
    std::vector<std::thread> threads_;
};

void Walk::work() {
    for (;;) {
        Task task;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [&] { return stopping_ || (!tasks_.empty() && ready_ < read_ahead); });
            if (stopping_) {
                return;
            }
            task = std::move(tasks_.back());
            tasks_.pop_back();
        }
        const auto folder = task.folder.lock();
        if (!folder) {
            continue;
        }
        if (task.segment != listing) {
            if (folder->segments[task.segment].unit.claim()) {
                stat_segment(folder, task.segment);
            }
        } else if (folder->listing.claim()) {
            list(folder);
        }
    }
}

void Walk::schedule(std::vector<Task> tasks) {
    if (tasks.empty()) {
        return;
    }
    {
        std::lock_guard lock(mutex_);
        if (threads_.empty()) {
            for (unsigned i = 0; i < std::max(context_.jobs, 1u); ++i) {
                threads_.emplace_back([this] { work(); });
            }
        }
        tasks_.insert(tasks_.end(), std::make_move_iterator(tasks.rbegin()),
                      std::make_move_iterator(tasks.rend()));
    }
    wake_.notify_all();
}

/// Precondition: claimed. A folder of one segment is done at once.
void Walk::list(const std::shared_ptr<ScanFolder>& folder) {
    folder->ready = &ready_;
    folder->list(root_fd_.get(), root_);
    const std::size_t count = folder->error ? 0 : folder->segment_count;
    const bool small = count == 1 && folder->segments[0].unit.claim();
    folder->listing.finish();
    if (small) {
        stat_segment(folder, 0);
        return;
    }
    std::vector<Task> tasks;
    tasks.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        tasks.push_back({folder, i});
    }
    schedule(std::move(tasks));
}

void Walk::stat_segment(const std::shared_ptr<ScanFolder>& folder, std::size_t at) {
    folder->stat_segment(root_fd_.get(), at);
    ScanFolder::Segment& segment = folder->segments[at];
    ready_ += segment.stats.size();
    std::vector<Task> tasks;
    for (const auto& child : segment.children) {
        if (child) {
            tasks.push_back({child, listing});
        }
    }
    segment.unit.finish();
    schedule(std::move(tasks));
}

void Walk::need_listing(const std::shared_ptr<ScanFolder>& folder) {
    if (folder->listing.claim()) {
        list(folder);
    }
    folder->listing.wait();
}

ScanFolder::Segment& Walk::need_segment(const std::shared_ptr<ScanFolder>& folder, std::size_t at) {
    ScanFolder::Segment& segment = folder->segments[at];
    if (segment.unit.claim()) {
        stat_segment(folder, at);
    }
    segment.unit.wait();
    return segment;
}

void Walk::release_segment(ScanFolder& folder, std::size_t at) {
    ScanFolder::Segment& segment = folder.segments[at];
    const std::size_t before = ready_.fetch_sub(segment.stats.size());
    segment.stats = {};
    segment.children = {};
    if (before >= read_ahead && ready_ < read_ahead) {
        { std::lock_guard lock(mutex_); } // so that nobody is between looking and sleeping
        wake_.notify_all();
    }
}

/// The sub-folder, unless it is ignored and nothing in it is tracked.
std::shared_ptr<ScanFolder> Walk::child_of(const std::shared_ptr<ScanFolder>& folder, std::size_t item) {
    constexpr std::size_t n = ScanFolder::segment_items;
    if (!folder->items.ignored(item)) {
        ScanFolder::Segment& segment = need_segment(folder, item / n);
        return segment.error ? nullptr : segment.children[item % n];
    }
    const std::string path = folder->child_path(item);
    if (!is_tracked(path, true)) {
        return nullptr;
    }
    auto child = std::make_shared<ScanFolder>(path, folder->scope);
    child->all_ignored = true;
    child->read_rules = folder->read_rules;
    return child;
}

bool Walk::is_empty(ScanFolder& folder) {
    if (folder.error || folder.vanished || folder.visible > 0) {
        return false;
    }
    if (folder.items.empty() || !is_tracked(folder.path, true)) {
        return true;
    }
    for (std::size_t i = 0; i < folder.items.size(); ++i) {
        if (is_tracked(folder.child_path(i), folder.items.is_folder(i))) {
            return false;
        }
    }
    return true;
}

void Walk::emit(std::string_view path, const FileStat& stat) {
    if (++until_check_ == 1024) {
        until_check_ = 0;
        context_.check_stop();
    }
    const ScanEntry entry{path, stat};
    visit_(entry);
    skip_ = entry.skip_folder;
}

void Walk::report(const ScanFolder& folder, const std::exception_ptr& error) {
    if (!unreadable_ || folder.path.empty()) {
        std::rethrow_exception(error);
    }
    try {
        std::rethrow_exception(error);
    } catch (const Error& e) {
        unreadable_(folder.path, e);
    }
}

void Walk::walk(const std::shared_ptr<ScanFolder>& folder) {
    need_listing(folder);
    if (folder->error) {
        report(*folder, folder->error);
        return;
    }
    // Folders whose bare name sorts before siblings that come before their content: (where to look, which).
    std::vector<std::pair<std::size_t, std::size_t>> early;
    const auto& items = folder->items;
    for (std::size_t i = 0; i < items.size(); ++i) {
        std::size_t k = i;
        if (items.is_folder(i)) {
            while (k > 0 && items.name(k - 1) > items.name(i)) {
                --k;
            }
        }
        if (k < i) {
            early.emplace_back(k, i);
        }
    }
    std::sort(early.begin(), early.end(), [&](const auto& a, const auto& b) {
        return a.first != b.first ? a.first < b.first : items.name(a.second) < items.name(b.second);
    });
    std::set<std::size_t> reported;
    auto next_early = early.begin();
    for (std::size_t i = 0; i < items.size(); ++i) {
        for (; next_early != early.end() && next_early->first == i; ++next_early) {
            const auto child = child_of(folder, next_early->second);
            if (!child) {
                continue;
            }
            need_listing(child);
            if (is_empty(*child)) {
                reported.insert(next_early->second);
                emit(child->path, FileStat{FileStat::Kind::directory});
            }
            if (skip_ > folder->path.size()) {
                skip_ = 0; // it was that folder itself, and there is nothing in it
            } else if (skip_ > 0) {
                break;
            }
        }
        if (skip_ == 0) {
            walk_item(folder, i, reported.contains(i));
        }
        if (skip_ > 0) {
            if (folder->path.size() >= skip_) {
                break; // the folder above goes on leaving, if need be
            }
            skip_ = 0;
        }
        if ((i + 1) % ScanFolder::segment_items == 0 || i + 1 == items.size()) {
            const std::size_t at = i / ScanFolder::segment_items;
            if (folder->segments[at].unit.is_done()) {
                release_segment(*folder, at);
            }
        }
    }
    for (std::size_t at = 0; at < folder->segment_count; ++at) {
        // Claimed ones would still be counted; unclaimed ones never will be.
        if (!folder->segments[at].unit.claim()) {
            folder->segments[at].unit.wait();
            release_segment(*folder, at);
        }
    }
}

void Walk::walk_item(const std::shared_ptr<ScanFolder>& folder, std::size_t item, bool reported) {
    constexpr std::size_t n = ScanFolder::segment_items;
    if (folder->items.is_folder(item)) {
        if (!reported) {
            if (const auto child = child_of(folder, item)) {
                walk_child(child);
            }
        }
        return;
    }
    const std::string path = folder->child_path(item);
    if (folder->items.ignored(item)) {
        if (is_tracked(path, false)) {
            if (const FileStat stat = beneath_.lstat(path); stat.kind != FileStat::Kind::missing) {
                emit(path, stat);
            }
        }
        return;
    }
    const ScanFolder::Segment& segment = need_segment(folder, item / n);
    if (segment.error) {
        if (path.find('/') == std::string::npos) {
            std::rethrow_exception(segment.error); // the root itself
        }
        report(*folder, segment.error);
        skip_ = folder->path.size();
        return;
    }
    const FileStat& stat = segment.stats[item % n];
    if (stat.kind == FileStat::Kind::directory) {
        const auto child = std::make_shared<ScanFolder>(path, folder->scope); // it was a file a moment ago
        child->read_rules = folder->read_rules;
        walk_child(child);
    } else if (stat.kind != FileStat::Kind::missing) {
        emit(path, stat);
    }
}

void Walk::walk_child(const std::shared_ptr<ScanFolder>& child) {
    need_listing(child);
    if (is_empty(*child)) {
        if (!child->all_ignored || is_tracked(child->path, false)) {
            emit(child->path, FileStat{FileStat::Kind::directory});
        }
    } else {
        walk(child);
    }
}

std::shared_ptr<ScanFolder> Walk::start_at(const std::string& path) {
    auto folder =
        std::make_shared<ScanFolder>(path, options_.ignore ? options_.ignore->scope(path) : nullptr);
    folder->knows_own_rules = true;
    folder->read_rules = options_.ignore != nullptr;
    if (options_.ignore != nullptr && !path.empty()) {
        const auto match = options_.ignore->explain(path, IgnoreFile::Target::folder);
        folder->all_ignored = match && !match->negated;
    }
    return folder;
}

void Walk::run() {
    struct Start {
        std::string key; ///< where it sorts
        std::string path;
        FileStat stat;
    };
    std::vector<Start> starts;
    for (const auto& path : options_.roots) {
        if (path.empty()) {
            starts.push_back({{}, {}, FileStat{FileStat::Kind::directory}});
            continue;
        }
        const FileStat stat = beneath_.lstat(path);
        if (stat.kind == FileStat::Kind::missing) {
            continue;
        }
        std::string key = path;
        if (stat.kind == FileStat::Kind::directory) {
            const auto folder = start_at(path);
            folder->list(root_fd_.get(), root_);
            key += is_empty(*folder) ? "" : "/";
        }
        starts.push_back({std::move(key), path, stat});
    }
    std::sort(starts.begin(), starts.end(), [](const Start& a, const Start& b) { return a.key < b.key; });
    for (const Start& start : starts) {
        skip_ = 0;
        if (start.stat.kind != FileStat::Kind::directory) {
            if (options_.ignore != nullptr) {
                const auto match = options_.ignore->explain(start.path, IgnoreFile::Target::file);
                if (match && !match->negated && !is_tracked(start.path, false)) {
                    continue;
                }
            }
            emit(start.path, start.stat);
        } else if (start.path.empty()) {
            walk(start_at(start.path)); // the root is no entry even when it is empty
        } else {
            const auto folder = start_at(start.path);
            if (!folder->all_ignored || is_tracked(start.path, true)) {
                walk_child(folder);
            }
        }
    }
}

} // namespace

void scan(const std::string& root, const ScanOptions& options, Context& context,
          const std::function<void(const ScanEntry&)>& visit,
          const std::function<void(std::string_view path, const Error&)>& unreadable) {
    Walk(root, options, context, visit, unreadable).run();
}

bool is_empty_folder(const std::string& root, std::string_view folder, IgnoreRules& ignore) {
    const Fd fd = open_file(root, O_RDONLY | O_DIRECTORY);
    ScanFolder listed(std::string(folder), ignore.scope(folder));
    listed.knows_own_rules = true;
    listed.list(fd.get(), root);
    if (listed.error) {
        std::rethrow_exception(listed.error);
    }
    return !listed.vanished && listed.visible == 0;
}

} // namespace ds

// A version as plain objects: the listing and the tree are walked side by side, so that only what differs is asked for
// and written, and nothing is held in memory but what is under way.
#include "base/path.hpp"
#include "dataset/export.hpp"
#include "dataset/inspect.hpp"
#include "dataset/upkeep.hpp"
#include "registry/plain_objects.hpp"
#include "task/ordered.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds {

namespace {

constexpr unsigned requests = 8;
/// Larger files go in parts of this size, or larger ones if they would be too many.
constexpr std::uint64_t part_bytes = 16u << 20;
constexpr std::uint64_t most_parts = 9000;

struct Job {
    enum class What {
        file,
        folder,
        compare,
        remove
    } what = What::file; ///< compare: a key of that size is there
    std::string key;
    Entry entry;
};
struct Done {
    bool wrote = false;
    bool removed = false;
    std::uint64_t size = 0;
};

class ObjectExport {
  public:
    ObjectExport(VersionView& view, const ExportOptions& options, Context& context)
        : view_(view), options_(options), context_(context),
          objects_(options.dest, requests, context, upload_notes_dir()),
          cursor_(view.nodes(), view.tree().root),
          work_(requests, 2 * requests, [this](const Job& job) { return run(job); }) {}

    ExportResult run() {
        objects_.abandon_dead_uploads();
        objects_.list([&](const std::string& key, std::uint64_t size) {
            context_.check_stop();
            listed(key, size);
            return true;
        });
        while (cursor_.valid()) {
            absent();
        }
        while (!work_.empty()) {
            settle();
        }
        return result_;
    }

  private:
    /// A key that is there. Folders sort differently there and here, so they are looked at one by one.
    void listed(const std::string& key, std::uint64_t size) {
        if (key.ends_with('/')) {
            const auto path = key.substr(0, key.size() - 1);
            const auto entry = tree_find(view_.nodes(), view_.tree().root, path);
            const bool folder = entry ? entry->kind == EntryKind::empty_dir
                                      : tree_has_below(view_.nodes(), view_.tree().root, path);
            if (!folder && options_.remove_others) {
                submit({Job::What::remove, key, {}});
            }
            return;
        }
        while (cursor_.valid() && cursor_.path() < key) {
            absent();
        }
        if (cursor_.valid() && cursor_.path() == key && cursor_.entry().kind != EntryKind::empty_dir) {
            submit(
                {cursor_.entry().size == size ? Job::What::compare : Job::What::file, key, cursor_.entry()});
            cursor_.next();
        } else if (options_.remove_others) {
            submit({Job::What::remove, key, {}});
        }
    }
    /// The entry under the cursor has no object.
    void absent() {
        const bool folder = cursor_.entry().kind == EntryKind::empty_dir;
        submit({folder ? Job::What::folder : Job::What::file, cursor_.path() + (folder ? "/" : ""),
                cursor_.entry()});
        cursor_.next();
    }
    void submit(Job job) {
        while (work_.full()) {
            settle();
        }
        work_.submit(std::move(job));
    }
    void settle() {
        const auto done = work_.take();
        if (done.removed) {
            ++result_.removed;
            return;
        }
        ++(done.wrote ? result_.written : result_.same);
        result_.bytes += done.wrote ? done.size : 0;
        context_.progress.advance(1, done.size);
    }
    Done run(const Job& job) {
        const auto& entry = job.entry;
        switch (job.what) {
        case Job::What::remove:
            objects_.remove(job.key);
            return {false, true, 0};
        case Job::What::folder:
            if (const auto there = objects_.look(job.key); there && there->size == 0) {
                return {};
            }
            objects_.put(job.key, {}, EntryKind::empty_dir, {});
            return {true, false, 0};
        case Job::What::compare:
            if (const auto there = objects_.look(job.key); there && there->size == entry.size &&
                                                           there->sha256 == entry.hash &&
                                                           there->kind == entry.kind) {
                return {false, false, entry.size};
            }
            break;
        case Job::What::file:
            break;
        }
        write(job.key, entry);
        return {true, false, entry.size};
    }
    void write(const std::string& key, const Entry& entry) {
        if (entry.size <= part_bytes) {
            ByteString bytes;
            bytes.reserve(entry.size);
            view_.content().stream(key, entry, [&](ByteView piece) { bytes.append(piece); });
            objects_.put(key, bytes, entry.kind, entry.hash);
            return;
        }
        const auto part = std::max(part_bytes, entry.size / most_parts + 1);
        objects_.put_parts(key, (entry.size + part - 1) / part, entry.kind, entry.hash, [&](std::uint64_t i) {
            context_.check_stop();
            ByteString bytes;
            const auto offset = i * part;
            view_.content().stream_range(key, entry, offset, std::min(part, entry.size - offset),
                                         [&](ByteView piece) { bytes.append(piece); });
            return bytes;
        });
    }

    VersionView& view_;
    const ExportOptions& options_;
    Context& context_;
    PlainObjects objects_;
    TreeCursor cursor_;
    ExportResult result_;
    OrderedMap<Job, Done> work_; ///< last: its threads use what stands above
};

} // namespace

ExportResult export_objects(VersionView& view, const ExportOptions& options, Context& context) {
    return ObjectExport(view, options, context).run();
}

} // namespace ds

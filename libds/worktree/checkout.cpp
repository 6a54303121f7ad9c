// Making the work tree show another tree. The difference of the two trees drives three passes: look for what
// would be lost, remove, write. The staged tree moves last, so that an interrupted checkout is simply run
// again: what is right already stays.
#include "base/path.hpp"
#include "os/file.hpp"
#include "worktree/ordered_ingest.hpp"
#include "worktree/tree_writer.hpp"
#include "worktree/worktree_impl.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds {

namespace {

constexpr std::size_t named_conflicts = 10;

/// A path whose content decides whether it may be touched.
struct Doubt {
    std::string path;
    std::optional<Entry> before;
    std::optional<Entry> after;
};

/// Finds local changes and untracked files that a checkout would destroy.
class PreCheck {
  public:
    PreCheck(WorktreeState& state, const Sha256& from, Context& context)
        : state_(state), from_(from), context_(context), files_(state.root), index_(state.index()),
          queue_(state.root, nullptr, state.store.params(), IngestMode::hash_only, context,
                 [this](Doubt& doubt, IngestResult* result) { settle(doubt, result); }) {}

    void look_at(const TreeChange& change) {
        const std::string path(change.path);
        const FileStat stat = files_.lstat(path);
        const auto kind = kind_of(stat);
        if (stat.kind == FileStat::Kind::missing) {
            if (change.after != nullptr) {
                look_above(path);
            }
            return;
        }
        if (stat.kind == FileStat::Kind::directory) {
            if (change.after != nullptr && change.after->kind != EntryKind::empty_dir) {
                look_below(path);
            }
            return;
        }
        const auto is = [&](const Entry* entry, const Sha256& hash) {
            return entry != nullptr && entry->kind == *kind && entry->size == stat.size &&
                   entry->hash == hash;
        };
        const auto may_be = [&](const Entry* entry) {
            return entry != nullptr && kind == entry->kind && entry->size == stat.size;
        };
        const StatRecord* record = index_.at(path);
        if (!kind || (!may_be(change.before) && !may_be(change.after))) {
            conflict(path);
        } else if (record != nullptr && stat_matches(*record, stat)) {
            if (!is(change.before, record->hash) && !is(change.after, record->hash)) {
                conflict(path);
            }
        } else {
            const auto copy = [](const Entry* entry) { return entry ? std::optional(*entry) : std::nullopt; };
            queue_.ingest({path, copy(change.before), copy(change.after)}, path, stat.kind);
        }
    }
    /// @throws Error(conflict) naming what was found
    void finish() {
        queue_.finish();
        if (count_ == 0) {
            return;
        }
        std::string names;
        for (const auto& path : conflicts_) {
            names += fmt::format("{}'{}'", names.empty() ? "" : ", ", state_.shown(path));
        }
        if (count_ > conflicts_.size()) {
            names += fmt::format(" and {} more", count_ - conflicts_.size());
        }
        throw Error(ErrorKind::conflict,
                    fmt::format("local changes would be lost in {} {}: {}", count_,
                                count_ == 1 ? "path" : "paths", names),
                    "dsctl add and commit them, or give them up with dsctl restore");
    }

  private:
    void settle(Doubt& doubt, IngestResult* result) {
        if (result->error) {
            try {
                std::rethrow_exception(result->error);
            } catch (const Error& error) {
                if (error.kind() == ErrorKind::not_found) {
                    return; // gone: nothing can be lost
                }
                throw;
            }
        }
        if (doubt.before != result->entry && doubt.after != result->entry) {
            conflict(doubt.path);
        }
    }
    /// Something that is no folder may stand where one is needed.
    void look_above(const std::string& path) {
        const std::string_view parent = parent_path(path);
        if (parent.empty() || parent == clear_parent_) {
            return;
        }
        for (std::size_t end = path.find('/'); end != std::string::npos; end = path.find('/', end + 1)) {
            const std::string above = path.substr(0, end);
            const FileStat stat = files_.lstat(above);
            if (stat.kind == FileStat::Kind::missing) {
                break;
            }
            // A tracked one goes away in this checkout and is looked at by itself.
            if (stat.kind != FileStat::Kind::directory && !tree_find(state_.store, from_, above)) {
                conflict(above);
                return;
            }
        }
        clear_parent_ = parent;
    }
    /// A folder stands where a file is to be: all in it must be tracked (and is looked at by itself).
    void look_below(const std::string& path) {
        ScanOptions options;
        options.roots = {path};
        scan(state_.root, options, context_, [&](const ScanEntry& entry) {
            if (entry.path != path && entry.stat.kind != FileStat::Kind::directory &&
                !tree_find(state_.store, from_, entry.path)) {
                conflict(std::string(entry.path));
            }
        });
    }
    void conflict(std::string path) {
        // A file in the way of many is named once.
        if (path == last_conflict_ ||
            std::find(conflicts_.begin(), conflicts_.end(), path) != conflicts_.end()) {
            return;
        }
        last_conflict_ = path;
        ++count_;
        if (conflicts_.size() < named_conflicts) {
            conflicts_.push_back(std::move(path));
        }
    }

    WorktreeState& state_;
    const Sha256& from_;
    Context& context_;
    BeneathDir files_;
    IndexWalk index_;
    std::vector<std::string> conflicts_;
    std::uint64_t count_ = 0;
    std::string last_conflict_;
    std::string clear_parent_; ///< the last folder found to be free
    OrderedIngest<Doubt> queue_;
};

/// Whether there is nothing in the folder but our own state.
bool is_pristine(const std::string& root) {
    for (const auto& name : list_dir(root)) {
        if (name != ".git" && name != ".dsctl") {
            return false;
        }
    }
    return true;
}

} // namespace

void FileRemover::remove(std::string_view path, const Entry& entry) {
    if (parent_path(path) != parent_path(last_)) {
        remove_empty_parents(files_, last_);
    }
    last_ = path;
    if (entry.kind == EntryKind::empty_dir) {
        (void)files_.remove_empty_dir(path);
    } else if (const auto kind = files_.lstat(path).kind;
               kind != FileStat::Kind::directory && kind != FileStat::Kind::missing) {
        store_.adopt(path);
        removed_ += files_.remove(path) ? 1 : 0;
    }
}

void FileRemover::finish() {
    remove_empty_parents(files_, last_);
    last_.clear();
}

CheckoutResult Worktree::checkout(const Sha256& from, const Sha256& to, ContentSource& content,
                                  const CheckoutOptions& options, Context& context) {
    ObjectStore& store = impl_->store;
    const Filter chosen = filter();
    const Wanted wanted(chosen.include, chosen.exclude);
    const Scope scope(options.paths, wanted);
    const bool fresh = tree_info(store, from).entries == 0 && is_pristine(impl_->root);
    const ProgressScope progress(context.progress, "checking out");

    const auto for_each_change = [&](const std::function<void(const TreeChange&)>& visit) {
        std::uint64_t seen = 0;
        tree_diff(store, from, store, to, [&](const TreeChange& change) {
            if (++seen % 1024 == 0) {
                context.check_stop();
            }
            if (scope(change.path)) {
                visit(change);
            }
            return true;
        });
    };

    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    bool removals = false;
    {
        std::optional<PreCheck> check;
        if (!fresh && !options.force) {
            check.emplace(*impl_, from, context);
        }
        for_each_change([&](const TreeChange& change) {
            if (change.after != nullptr) {
                ++files;
                bytes += change.after->size;
            } else {
                removals = true;
            }
            if (check) {
                check->look_at(change);
            }
        });
        if (check) {
            check->finish();
        }
    }
    context.progress.set_total(files, bytes);

    CheckoutResult result;
    if (removals) {
        FileRemover remover(impl_->root, store);
        for_each_change([&](const TreeChange& change) {
            if (change.after == nullptr) {
                remover.remove(change.path, *change.before);
            }
        });
        remover.finish();
        result.removed = remover.removed();
    }

    StatIndexUpdate update(impl_->index(), impl_->index_dir());
    const auto start = impl_->record_time();
    {
        IndexWalk index(impl_->index());
        const auto existing = fresh           ? TreeWriter::Existing::absent
                              : options.force ? TreeWriter::Existing::replace
                                              : TreeWriter::Existing::keep;
        TreeWriter writer(impl_->target(), content, existing, context, [&](WriteResult& done) {
            if (!done.entry) {
                update.remove(done.path);
                return;
            }
            if (done.wrote) {
                result.count_written(*done.entry);
            }
            if (start) {
                update.put(done.path,
                           {done.stat, done.entry->hash, done.wrote ? recorded_at_commit : *start});
            }
        });
        for_each_change([&](const TreeChange& change) {
            WriteJob job{std::string(change.path), std::nullopt, std::nullopt};
            if (change.after != nullptr) {
                job.entry = *change.after;
                if (const StatRecord* record = fresh ? nullptr : index.at(change.path)) {
                    job.known = *record;
                }
            }
            writer.write(std::move(job));
        });
        writer.finish();
    }

    Sha256 staged_now = to;
    if (!scope.whole()) {
        staged_now = impl_->stage_part(from, to, scope.paths()).root;
    }
    set_staged(staged_now);
    impl_->commit_index(update, context);
    return result;
}

} // namespace ds

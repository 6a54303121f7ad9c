// What differs between the work tree and the staged tree.
//
// A file whose stat is known is not touched; one of another size is modified without a look; the rest is
// hashed, and what that shows is recorded, so that it is done once.
#include "base/path.hpp"
#include "worktree/ordered_ingest.hpp"
#include "worktree/worktree_impl.hpp"

#include <algorithm>

namespace ds {

namespace {

/// A path to be reported, perhaps after its content was read.
struct Suspect {
    Change change;
    bool report = true; ///< a difference whatever its content is
};

class StatusSurvey final : public SurveyVisitor {
  public:
    StatusSurvey(WorktreeState& state, NodeSource& nodes, const Sha256& staged, const StatusOptions& options,
                 Context& context, const StatusVisitor& out)
        : state_(state), nodes_(nodes), staged_(staged), options_(options), roots_(outermost(options.paths)),
          out_(out), update_(state.index(), state.index_dir()),
          queue_(state.root, nullptr, state.store.params(), IngestMode::hash_only, context,
                 [this](Suspect& suspect, IngestResult* result) { settle(suspect, result); }),
          context_(context) {}

    void finish() {
        queue_.finish();
        if (recorded_any_) {
            state_.commit_index(update_, context_);
        }
    }

    void both(std::string_view path, const FileStat& disk, const Entry& staged,
              const Sha256* known) override {
        const EntryKind kind = *kind_of(disk);
        if (kind == staged.kind &&
            (kind == EntryKind::empty_dir || (known != nullptr && *known == staged.hash))) {
            return;
        }
        Suspect suspect{{ChangeKind::modified, std::string(path), {}, staged, Entry{kind, disk.size, {}}},
                        true};
        if (kind == EntryKind::empty_dir) {
            suspect.change.after->size = 0;
        }
        if (differs_in_type(kind, staged.kind)) {
            suspect.change.kind = ChangeKind::type_changed;
        } else if (known != nullptr) {
            suspect.change.after->hash = *known;
        } else if (disk.size == staged.size) {
            suspect.report = kind != staged.kind;
            if (!time_) {
                time_ = state_.record_time().value_or(0);
            }
            const std::string copy(path);
            queue_.ingest(std::move(suspect), copy, disk.kind);
            return;
        }
        queue_.pass(std::move(suspect));
    }
    void only_disk(const ScanEntry& entry) override {
        const std::string_view path = entry.path;
        if (options_.untracked == StatusOptions::Untracked::all) {
            untracked(path, entry.stat);
            return;
        }
        // The outermost folder that has nothing tracked in it stands for all below it.
        for (std::size_t end = path.find('/'); end != std::string_view::npos; end = path.find('/', end + 1)) {
            const std::string_view folder = path.substr(0, end);
            if (is_within(known_, folder) || !in_scope(folder) || has_tracked(folder)) {
                continue;
            }
            entry.skip_folder = end;
            if (options_.untracked == StatusOptions::Untracked::normal) {
                out_.untracked(std::string(folder) + '/');
            }
            return;
        }
        if (options_.untracked == StatusOptions::Untracked::normal) {
            untracked(path, entry.stat);
        }
    }
    void only_staged(std::string_view path, const Entry& staged) override {
        queue_.pass({{ChangeKind::deleted, std::string(path), {}, staged, std::nullopt}, true});
    }
    void filled(std::string_view) override {}
    void problem(std::string_view path, const std::string& why, std::optional<ErrorKind>) override {
        if (out_.warning) {
            out_.warning(std::string(path), why);
        }
    }
    void stale(std::string_view) override {}

  private:
    void untracked(std::string_view path, const FileStat& stat) {
        out_.untracked(std::string(path) + (stat.kind == FileStat::Kind::directory ? "/" : ""));
    }
    [[nodiscard]] bool in_scope(std::string_view folder) const {
        return std::any_of(roots_.begin(), roots_.end(),
                           [&](const std::string& root) { return is_within(folder, root); });
    }
    /// Whether something below is tracked; the innermost such folder is remembered.
    bool has_tracked(std::string_view folder) {
        if (!tree_has_below(nodes_, staged_, folder)) {
            return false;
        }
        known_ = folder;
        return true;
    }
    void settle(Suspect& suspect, IngestResult* result) {
        if (result != nullptr && result->error) {
            try {
                std::rethrow_exception(result->error);
            } catch (const Error& error) {
                if (error.kind() == ErrorKind::interrupted) {
                    throw;
                }
                if (error.kind() != ErrorKind::not_found) {
                    problem(suspect.change.path, error.message(), error.kind());
                    return;
                }
                suspect.change.kind = ChangeKind::deleted;
                suspect.change.after.reset();
                suspect.report = true;
            }
        } else if (result != nullptr) {
            if (options_.refresh_index && *time_ != 0) {
                update_.put(suspect.change.path, {result->stat, result->entry.hash, *time_});
                recorded_any_ = true;
            }
            suspect.report = result->entry != *suspect.change.before;
            suspect.change.after = result->entry;
        }
        if (suspect.report && out_.unstaged) {
            out_.unstaged(suspect.change);
        }
    }

    WorktreeState& state_;
    NodeSource& nodes_;
    const Sha256& staged_;
    const StatusOptions& options_;
    std::vector<std::string> roots_;
    const StatusVisitor& out_;
    StatIndexUpdate update_;
    std::optional<std::int64_t> time_; ///< 0: the index cannot be written
    bool recorded_any_ = false;
    std::string known_; ///< a folder with something tracked in it
    OrderedIngest<Suspect> queue_;
    Context& context_;
};

} // namespace

void Worktree::status(const StatusOptions& options, Context& context, const StatusVisitor& visitor) {
    const Sha256 tree = staged().root;
    const Filter chosen = filter();
    const Wanted wanted(chosen.include, chosen.exclude);
    IgnoreRules ignore = ignore_rules();
    if (impl_->index().damaged()) {
        context.log.warn("the stat index is damaged; files are hashed again");
    }
    StatusSurvey survey(*impl_, impl_->store, tree, options, context, visitor);
    Survey{impl_->root, impl_->store, tree, impl_->index(), ignore, wanted, outermost(options.paths), {}}.run(
        context, survey);
    survey.finish();
}

bool Worktree::is_modified(Context& context, std::uint64_t* untracked) {
    struct Found {};
    StatusOptions options;
    options.untracked = untracked != nullptr ? StatusOptions::Untracked::all : StatusOptions::Untracked::no;
    StatusVisitor visitor;
    std::uint64_t count = 0;
    visitor.untracked = [&](const std::string&) { ++count; };
    visitor.unstaged = [](const Change&) { throw Found{}; };
    try {
        status(options, context, visitor);
    } catch (const Found&) {
        return true;
    }
    if (untracked != nullptr) {
        *untracked = count;
    }
    return false;
}

} // namespace ds

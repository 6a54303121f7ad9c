// Staging: what the survey finds goes through ingest into the store and, in path order, into the staged tree.
//
// Order of writes: content and tree nodes (synced) -> staged file (synced) -> stat index (a cache).
#include "base/path.hpp"
#include "worktree/add_forecast.hpp"
#include "worktree/name_warnings.hpp"
#include "worktree/ordered_ingest.hpp"
#include "worktree/worktree_impl.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds {

namespace {

constexpr std::size_t max_skipped = 1000;

struct Candidate {
    enum class Action { put, remove, forget } action; ///< forget: only the stat index
    std::string path;
    std::optional<Entry> before;
    std::uint64_t size = 0; ///< as lstat said
};

class AddSurvey final : public SurveyVisitor {
  public:
    AddSurvey(WorktreeState& state, const TreeInfo& staged, const AddOptions& options, const Wanted& wanted,
              AddForecast& forecast, Context& context)
        : state_(state), options_(options), wanted_(wanted), forecast_(forecast), context_(context),
          writer_(options.dry_run ? nullptr : state.store.writer()), staged_(staged.root),
          update_(state.index(), state.index_dir()),
          time_(options.dry_run ? std::nullopt : state.record_time()), names_(context),
          queue_(state.root, writer_.get(), state.store.params(),
                 options.dry_run ? IngestMode::hash_only : IngestMode::store, context,
                 [this](Candidate& c, IngestResult* result) { settle(c, result); }) {
        result_.staged = staged;
        if (writer_) {
            nodes_.emplace(state.store, *writer_);
            editor_.emplace(*nodes_, *writer_, staged_);
        }
    }

    AddResult finish() {
        queue_.finish();
        names_.finish();
        if (!writer_) {
            return std::move(result_);
        }
        const TreeInfo after = editor_->finish();
        if (after.root != staged_ || writer_->new_objects() > 0) { // or a touched file is referred to anew
            writer_->commit();
        }
        if (after.root != staged_) {
            state_.write_staged(after.root);
        }
        result_.staged = after;
        state_.commit_index(update_, context_);
        return std::move(result_);
    }

    void both(std::string_view path, const FileStat& disk, const Entry& staged,
              const Sha256* known) override {
        const EntryKind kind = *kind_of(disk);
        if (kind == staged.kind &&
            (kind == EntryKind::empty_dir || (known != nullptr && *known == staged.hash))) {
            return;
        }
        put(path, disk, staged);
    }
    void only_disk(const ScanEntry& entry) override {
        if (options_.only_tracked) {
            return;
        }
        if (const auto why = path_problem(entry.path); !why.empty()) {
            problem(entry.path, std::string(why), ErrorKind::failure);
            return;
        }
        if (!wanted_.all() && clashes_with_absent(entry.path)) {
            problem(entry.path, "the version has something else there that this partial clone leaves out",
                    ErrorKind::conflict);
            return;
        }
        names_.look_at(entry.path);
        put(entry.path, entry.stat, std::nullopt);
    }
    void only_staged(std::string_view path, const Entry& staged) override {
        queue_.pass({Candidate::Action::remove, std::string(path), staged, 0});
    }
    void filled(std::string_view path) override {
        if (!options_.only_tracked) {
            queue_.pass({Candidate::Action::remove, std::string(path), std::nullopt, 0});
        }
    }
    void problem(std::string_view path, const std::string& why, std::optional<ErrorKind> failed) override {
        if (failed && !result_.failed) {
            result_.failed = {*failed, std::string(path), why};
        }
        ++result_.skipped_count;
        if (result_.skipped.size() < max_skipped) {
            result_.skipped.emplace_back(path, why);
        }
    }
    void stale(std::string_view path) override {
        if (!options_.dry_run) {
            queue_.pass({Candidate::Action::forget, std::string(path), std::nullopt, 0});
        }
    }

  private:
    void put(std::string_view path, const FileStat& disk, const std::optional<Entry>& before) {
        Candidate candidate{Candidate::Action::put, std::string(path), before, disk.size};
        // Without a wish to store, content only has to be read where it decides.
        const bool decides = before && before->size == disk.size && kind_of(disk) == before->kind;
        if (options_.dry_run && !decides) {
            candidate.size = disk.kind == FileStat::Kind::directory ? 0 : disk.size;
            queue_.pass(std::move(candidate));
            return;
        }
        forecast_.met(disk.size);
        queue_.ingest(std::move(candidate), std::string(path), disk.kind);
    }
    /// Whether an entry that is left out here stands where this path needs a folder, or below this path.
    bool clashes_with_absent(std::string_view path) {
        NodeSource& nodes = state_.store;
        for (std::size_t end = path.find('/'); end != std::string_view::npos; end = path.find('/', end + 1)) {
            const std::string_view above = path.substr(0, end);
            if (!wanted_(above) && tree_find(nodes, staged_, above)) {
                return true;
            }
        }
        for (RangeCursor below(nodes, staged_, ranges_of({std::string(path)})); below.valid(); below.next()) {
            if (!wanted_(below.path())) {
                return true;
            }
        }
        return false;
    }
    void settle(Candidate& candidate, IngestResult* result) {
        switch (candidate.action) {
        case Candidate::Action::forget:
            update_.remove(candidate.path);
            return;
        case Candidate::Action::remove:
            remove(candidate);
            return;
        case Candidate::Action::put:
            break;
        }
        Entry entry;
        if (result != nullptr) {
            if (result->error && !take_error(candidate, result->error)) {
                return;
            }
            entry = result->entry;
            result_.bytes += entry.size;
            if (candidate.before == entry) { // unchanged after all: worth remembering
                record(candidate.path, *result);
                return;
            }
        } else {
            result_.bytes += candidate.size; // a dry run
        }
        ++(candidate.before ? result_.modified : result_.added);
        if (editor_) {
            editor_->put(candidate.path, entry);
            record(candidate.path, *result);
        }
    }
    void record(const std::string& path, const IngestResult& result) {
        if (time_) {
            update_.put(path, {result.stat, result.entry.hash, *time_});
        }
    }
    void remove(const Candidate& candidate) {
        result_.deleted += candidate.before ? 1 : 0;
        if (editor_) {
            editor_->remove(candidate.path);
            update_.remove(candidate.path);
        }
    }
    /// False: the path is done with.
    bool take_error(Candidate& candidate, const std::exception_ptr& error) {
        try {
            std::rethrow_exception(error);
        } catch (const Error& e) {
            if (e.kind() == ErrorKind::interrupted) {
                throw;
            }
            if (e.kind() != ErrorKind::not_found) {
                problem(candidate.path, e.message(), e.kind());
            } else if (candidate.before) {
                remove(candidate); // it vanished between walk and reading
            }
        }
        return false;
    }

    WorktreeState& state_;
    const AddOptions& options_;
    const Wanted& wanted_;
    AddForecast& forecast_;
    Context& context_;
    std::unique_ptr<StoreWriter> writer_; ///< none in a dry run
    Sha256 staged_;
    std::optional<SessionNodes> nodes_;
    std::optional<TreeEditor> editor_;
    StatIndexUpdate update_;
    std::optional<std::int64_t> time_;
    NameWarnings names_;
    AddResult result_;
    OrderedIngest<Candidate> queue_; ///< last: its threads use what stands above
};

/// Refuses what cannot be meant.
void check_named_paths(const std::vector<std::string>& paths, WorktreeState& state, const Sha256& staged,
                       IgnoreRules& ignore, const AddOptions& options) {
    BeneathDir files(state.root);
    for (const auto& path : paths) {
        if (path.empty()) {
            continue;
        }
        const bool tracked =
            tree_find(state.store, staged, path) || tree_has_below(state.store, staged, path);
        if (tracked) {
            continue;
        }
        const FileStat stat = files.lstat(path);
        if (stat.kind == FileStat::Kind::missing) {
            throw Error(ErrorKind::not_found,
                        fmt::format("'{}' neither exists nor is tracked", state.shown(path)), "dsctl status");
        }
        const auto target =
            stat.kind == FileStat::Kind::directory ? IgnoreFile::Target::folder : IgnoreFile::Target::file;
        const auto match = ignore.explain(path, target);
        if (match && !match->negated && !options.only_tracked) {
            throw Error(ErrorKind::usage,
                        fmt::format("'{}' is ignored ({}:{}: {})", state.shown(path),
                                    printable(match->source), match->line, printable(match->pattern)),
                        "dsctl check-ignore -v " + state.shown(path));
        }
    }
}

} // namespace

AddResult Worktree::add(const AddOptions& options, Context& context) {
    const TreeInfo tree = staged();
    const auto paths =
        outermost(options.paths.empty() ? std::vector<std::string>{std::string()} : options.paths);
    const Filter chosen = filter();
    const Wanted wanted(chosen.include, chosen.exclude);
    IgnoreRules ignore = ignore_rules();
    check_named_paths(paths, *impl_, tree.root, ignore, options);
    const auto above =
        options.only_tracked ? std::vector<std::string>{} : entries_above(paths, impl_->store, tree.root);

    const ProgressScope progress(context.progress, "adding");
    AddForecast forecast(*impl_, tree.root, options, paths, wanted, context);
    AddSurvey survey(*impl_, tree, options, wanted, forecast, context);
    Survey{impl_->root, impl_->store, tree.root, impl_->index(), ignore, wanted, paths, above}.run(context,
                                                                                                   survey);
    return survey.finish();
}

TreeInfo Worktree::stage(const std::vector<Edit>& edits, Context&) {
    const TreeInfo before = staged();
    // What stands in the way of a new path goes: an entry above it, entries below it.
    std::vector<Edit> all;
    for (const Edit& edit : edits) {
        if (edit.entry) {
            for (auto& path : entries_above({edit.path}, impl_->store, before.root)) {
                all.push_back({std::move(path), std::nullopt});
            }
            for (RangeCursor below(impl_->store, before.root, {{edit.path + '/', edit.path + '0'}});
                 below.valid(); below.next()) {
                all.push_back({below.path(), std::nullopt});
            }
        }
    }
    all.insert(all.end(), edits.begin(), edits.end());
    std::stable_sort(all.begin(), all.end(), [](const Edit& a, const Edit& b) { return a.path < b.path; });

    const auto writer = impl_->store.writer();
    SessionNodes nodes(impl_->store, *writer);
    TreeEditor editor(nodes, *writer, before.root);
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (i + 1 < all.size() && all[i + 1].path == all[i].path) {
            continue; // the caller's own edit comes last
        }
        if (all[i].entry) {
            editor.put(all[i].path, *all[i].entry);
        } else {
            editor.remove(all[i].path);
        }
    }
    const TreeInfo after = editor.finish();
    if (after.root != before.root) {
        writer->commit();
        impl_->write_staged(after.root);
    }
    return after;
}

} // namespace ds

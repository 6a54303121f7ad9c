// rm, mv and mkdir: the work tree first, then the staged tree, so that an interruption leaves something that
// status shows and the same command finishes.
#include "base/path.hpp"
#include "os/file.hpp"
#include "worktree/worktree_impl.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds {

namespace {

[[noreturn]] void not_tracked(const WorktreeState& state, std::string_view path) {
    throw Error(ErrorKind::not_found, fmt::format("'{}' is not tracked", state.shown(path)), "dsctl status");
}

bool tracked(NodeSource& nodes, const Sha256& staged, std::string_view path) {
    return path.empty() || tree_find(nodes, staged, path) || tree_has_below(nodes, staged, path);
}

/// The command that takes away what stands at a path; what dsctl does not know it only moves aside.
std::string clear_command(const WorktreeState& state, NodeSource& nodes, const Sha256& staged,
                          std::string_view path) {
    const auto shown = state.shown(path);
    if (!tracked(nodes, staged, path)) {
        return fmt::format("mv {0} {0}.old", shown);
    }
    return fmt::format("dsctl rm {}{}", tree_has_below(nodes, staged, path) ? "-r " : "", shown);
}

/// Refuses a path that cannot be made because a file or link stands above it.
void require_folders_above(const WorktreeState& state, BeneathDir& files, const Sha256& staged,
                           std::string_view path) {
    for (std::string_view above = parent_path(path); !above.empty(); above = parent_path(above)) {
        const auto kind = files.lstat(above).kind;
        if (kind != FileStat::Kind::missing && kind != FileStat::Kind::directory) {
            throw Error(ErrorKind::conflict, fmt::format("'{}' exists and is no folder", state.shown(above)),
                        clear_command(state, state.store, staged, above));
        }
    }
}

/// Whether the file at an entry's path has other content than the entry.
bool locally_changed(BeneathDir& files, IndexWalk& index, const std::string& path, const Entry& entry,
                     Context& context) {
    const FileStat stat = files.lstat(path);
    if (stat.kind == FileStat::Kind::missing || stat.kind == FileStat::Kind::directory) {
        return false; // nothing there that would be removed
    }
    if (kind_of(stat) != entry.kind || stat.size != entry.size) {
        return true;
    }
    const StatRecord* record = index.at(path);
    const Sha256 hash = record != nullptr && stat_matches(*record, stat)
                            ? record->hash
                            : hash_path(files, path, stat, context).hash;
    return hash != entry.hash;
}

} // namespace

std::vector<std::string> Worktree::remove(const RemoveOptions& options, Context& context) {
    ObjectStore& store = impl_->store;
    const TreeInfo before = staged();
    const auto paths = outermost(options.paths);
    for (const auto& path : paths) {
        if (!tracked(store, before.root, path)) {
            not_tracked(*impl_, path);
        }
        if (!options.recursive && (path.empty() || tree_has_below(store, before.root, path))) {
            throw Error(ErrorKind::usage,
                        fmt::format("'{}' is a folder; it is only removed with -r", impl_->shown(path)),
                        "dsctl rm -r " + impl_->shown(path));
        }
    }
    BeneathDir files(impl_->root);
    if (!options.force && !options.cached) {
        IndexWalk index(impl_->index());
        for (RangeCursor cursor(store, before.root, ranges_of(paths)); cursor.valid(); cursor.next()) {
            if (locally_changed(files, index, cursor.path(), cursor.entry(), context)) {
                throw Error(
                    ErrorKind::conflict,
                    fmt::format("'{}' has local changes that would be lost", impl_->shown(cursor.path())),
                    "dsctl rm --cached keeps the file, --force removes it");
            }
        }
    }
    std::vector<std::string> removed;
    for (RangeCursor cursor(store, before.root, ranges_of(paths)); cursor.valid(); cursor.next()) {
        removed.push_back(cursor.path());
    }
    if (options.dry_run) {
        return removed;
    }
    // The folder that held a named path stays, empty if need be; those below a named folder go with it.
    if (!options.cached) {
        for (const auto& path : paths) {
            std::string last;
            for (RangeCursor cursor(store, before.root, ranges_of({path})); cursor.valid(); cursor.next()) {
                context.check_stop();
                if (!last.empty() && parent_path(last) != parent_path(cursor.path())) {
                    remove_empty_parents(files, last, parent_path(path));
                }
                last = cursor.path();
                if (cursor.entry().kind == EntryKind::empty_dir) {
                    files.remove_empty_dir(last);
                } else if (const auto kind = files.lstat(last).kind;
                           kind != FileStat::Kind::directory && kind != FileStat::Kind::missing) {
                    store.adopt(last);
                    files.remove(last);
                }
            }
            if (!last.empty()) {
                remove_empty_parents(files, last, parent_path(path));
            }
        }
    }
    const auto writer = store.writer();
    SessionNodes nodes(store, *writer);
    TreeEditor editor(nodes, *writer, before.root);
    for (const auto& path : removed) {
        editor.remove(path);
    }
    TreeInfo after = editor.finish();
    writer->commit();

    std::vector<Edit> folders;
    IgnoreRules ignore = ignore_rules();
    for (const auto& path : paths) {
        const std::string folder(parent_path(path));
        if (!folder.empty() && !tree_has_below(store, after.root, folder) &&
            files.lstat(folder).kind == FileStat::Kind::directory &&
            is_empty_folder(impl_->root, folder, ignore)) {
            folders.push_back({folder, Entry{EntryKind::empty_dir, 0, {}}});
        }
    }
    set_staged(after.root);
    if (!folders.empty()) {
        std::sort(folders.begin(), folders.end(),
                  [](const Edit& a, const Edit& b) { return a.path < b.path; });
        stage(folders, context);
    }
    StatIndexUpdate update(impl_->index(), impl_->index_dir());
    for (const auto& path : removed) {
        update.remove(path);
    }
    impl_->commit_index(update, context);
    return removed;
}

std::string Worktree::move(const std::string& from, const std::string& wanted_to, Context& context) {
    ObjectStore& store = impl_->store;
    const TreeInfo before = staged();
    if (from.empty()) {
        throw Error(ErrorKind::usage,
                    fmt::format("'{}' is the whole dataset and cannot be moved", impl_->shown(from)));
    }
    if (!tracked(store, before.root, from)) {
        not_tracked(*impl_, from);
    }
    BeneathDir files(impl_->root);
    std::string to = wanted_to;
    const bool into = to.ends_with('/');
    if (into) {
        to.pop_back();
    }
    if (to.empty() || files.lstat(to).kind == FileStat::Kind::directory) {
        to += (to.empty() ? "" : "/") + std::string(base_name(from));
    } else if (into && tree_find(store, before.root, from)) {
        throw Error(ErrorKind::not_found, fmt::format("there is no folder '{}'", impl_->shown(to)),
                    "dsctl mkdir " + impl_->shown(to));
    }
    if (is_within(to, from)) {
        throw Error(ErrorKind::usage,
                    to == from ? fmt::format("'{}' is there already", impl_->shown(from))
                               : fmt::format("'{}' cannot be moved into itself", impl_->shown(from)));
    }
    if (const auto why = path_problem(to); !why.empty()) {
        throw Error(ErrorKind::usage, fmt::format("'{}' cannot be a path: {}", printable(to), why));
    }
    // Run again after an interruption: renamed already, only not yet staged.
    const bool done = files.lstat(from).kind == FileStat::Kind::missing &&
                      files.lstat(to).kind != FileStat::Kind::missing && !tracked(store, before.root, to);
    if (!done && files.lstat(from).kind == FileStat::Kind::missing) {
        throw Error(ErrorKind::not_found,
                    fmt::format("'{}' is tracked, but not in the work tree", impl_->shown(from)),
                    "dsctl restore " + impl_->shown(from));
    }
    if (!done && (files.lstat(to).kind != FileStat::Kind::missing || tracked(store, before.root, to))) {
        throw Error(ErrorKind::conflict, fmt::format("'{}' exists", impl_->shown(to)),
                    clear_command(*impl_, store, before.root, to));
    }
    const auto single = tree_find(store, before.root, from);
    const auto known = impl_->index().find(from);
    const bool known_holds = known && stat_matches(*known, files.lstat(from));
    const auto above = entries_above({to}, store, before.root);
    if (!done) {
        require_folders_above(*impl_, files, before.root, to);
        files.make_parents(to);
        store.rename_references(from, to, [&] {
            rename_file(impl_->root + '/' + from, impl_->root + '/' + to, Durability::volatile_);
        });
    }

    // Entries keep their order under the new name, so that both sides stream, whichever comes first; the
    // records of the stat index go with them. (A renamed folder leaves the stats of what is in it alone.)
    const auto writer = store.writer();
    SessionNodes nodes(store, *writer);
    TreeEditor editor(nodes, *writer, before.root);
    StatIndexUpdate update(impl_->index(), impl_->index_dir());
    const auto leave = [&] {
        for (RangeCursor cursor(store, before.root, ranges_of({from})); cursor.valid(); cursor.next()) {
            editor.remove(cursor.path());
            update.remove(cursor.path());
        }
    };
    const auto arrive = [&] {
        IndexWalk index(impl_->index());
        for (RangeCursor cursor(store, before.root, ranges_of({from})); cursor.valid(); cursor.next()) {
            const std::string path = to + cursor.path().substr(from.size());
            const StatRecord* record = index.at(cursor.path());
            editor.put(path, cursor.entry());
            if (single && known_holds) {
                update.put(path, {files.lstat(to), known->hash, recorded_at_commit});
            } else if (!single && record != nullptr) {
                update.put(path, *record);
            }
        }
    };
    const std::string suffix = single ? "" : "/";
    auto next_above = above.begin();
    const auto pass_above = [&](const std::string& until) {
        for (; next_above != above.end() && *next_above < until; ++next_above) {
            editor.remove(*next_above);
        }
    };
    if (from + suffix < to + suffix) {
        pass_above(from);
        leave();
        pass_above(to);
        arrive();
    } else {
        pass_above(to);
        arrive();
        leave();
    }
    const TreeInfo after = editor.finish();
    writer->commit();
    impl_->write_staged(after.root);
    impl_->commit_index(update, context);

    const std::string folder(parent_path(from));
    IgnoreRules ignore = ignore_rules();
    if (!folder.empty() && !tree_has_below(store, after.root, folder) &&
        is_empty_folder(impl_->root, folder, ignore)) {
        stage({{folder, Entry{EntryKind::empty_dir, 0, {}}}}, context);
    }
    return to;
}

void Worktree::make_folder(const std::string& path, Context& context) {
    if (path.empty()) {
        return; // the root is there
    }
    if (const auto why = path_problem(path); !why.empty()) {
        throw Error(ErrorKind::usage, fmt::format("'{}' cannot be a path: {}", printable(path), why));
    }
    const TreeInfo before = staged();
    BeneathDir files(impl_->root);
    require_folders_above(*impl_, files, before.root, path + "/");
    files.make_parents(path);
    files.make_dir(path);
    IgnoreRules ignore = ignore_rules();
    if (!tree_has_below(impl_->store, before.root, path) && is_empty_folder(impl_->root, path, ignore)) {
        stage({{path, Entry{EntryKind::empty_dir, 0, {}}}}, context);
    }
}

} // namespace ds

// The state of a work tree: staged tree, filter, index; and the helpers that its verbs share.
#include "worktree/worktree.hpp"

#include "base/path.hpp"
#include "codec/hash.hpp"
#include "os/file.hpp"
#include "worktree/worktree_impl.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds {

namespace {

constexpr std::string_view staged_head = "dsctl-staged 1\ntree sha256:";
constexpr std::string_view partial_line = "partial\n";

Sha256 parse_staged(std::string_view text, const std::string& path) {
    const auto fail = [&]() -> Sha256 {
        throw CorruptObject(fmt::format("'{}' does not hold a staged tree", printable(path)),
                            "dsctl reset HEAD, which stages the last commit anew");
    };
    if (!text.starts_with(staged_head)) {
        return fail();
    }
    text.remove_prefix(staged_head.size());
    const auto tree = Sha256::from_hex(text.substr(0, 64));
    if (!tree || text.size() < 65 || text[64] != '\n') {
        return fail();
    }
    const std::string_view rest = text.substr(65);
    return rest.empty() || rest == partial_line ? *tree : fail();
}

} // namespace

const StatIndex& WorktreeState::index() {
    if (!index_) {
        index_ = StatIndex::open(index_dir());
    }
    return *index_;
}

void WorktreeState::commit_index(StatIndexUpdate& update, Context& context) noexcept {
    try {
        update.commit();
    } catch (const std::exception& error) {
        try {
            context.log.trace(fmt::format("stat index not written: {}", error.what()));
        } catch (...) { // nothing depends on it
        }
    }
    index_.reset();
}

std::optional<std::int64_t> WorktreeState::record_time() noexcept {
    try {
        return stat_index_now(index_dir());
    } catch (const std::exception&) { // a read-only checkout works without
        return std::nullopt;
    }
}

void WorktreeState::write_staged(const Sha256& tree) {
    const bool partial = path_exists(filter_path());
    write_file_atomic(staged_path(),
                      fmt::format("{}{}\n{}", staged_head, tree.hex(), partial ? partial_line : ""));
}

std::optional<EntryKind> kind_of(const FileStat& stat) noexcept {
    switch (stat.kind) {
    case FileStat::Kind::regular:
        return stat.executable ? EntryKind::executable : EntryKind::file;
    case FileStat::Kind::symlink:
        return EntryKind::symlink;
    case FileStat::Kind::directory:
        return EntryKind::empty_dir;
    default:
        return std::nullopt;
    }
}

bool differs_in_type(EntryKind a, EntryKind b) noexcept {
    const auto type = [](EntryKind kind) { return kind == EntryKind::executable ? EntryKind::file : kind; };
    return type(a) != type(b);
}

std::vector<std::string> outermost(std::vector<std::string> paths) {
    std::sort(paths.begin(), paths.end());
    std::vector<std::string> out;
    for (auto& path : paths) {
        // What a path lies within sorts before it, but not always right before it ("a", "a-b", "a/c").
        bool covered = !out.empty() && (out.front().empty() || out.back() == path);
        for (std::size_t end = path.find('/'); !covered && end != std::string::npos;
             end = path.find('/', end + 1)) {
            covered = std::binary_search(out.begin(), out.end(), path.substr(0, end));
        }
        if (!covered) {
            out.push_back(std::move(path));
        }
    }
    return out;
}

const StatRecord* IndexWalk::at(std::string_view path) {
    constexpr int patience = 64;
    for (int steps = 0; cursor_.valid() && cursor_.path() < path; ++steps) {
        if (steps == patience) {
            cursor_.seek(path);
            break;
        }
        cursor_.next();
    }
    return cursor_.valid() && cursor_.path() == path ? &cursor_.record() : nullptr;
}

bool Scope::covers(std::string_view path) const {
    if (whole()) {
        return true;
    }
    for (;; path = parent_path(path)) {
        if (path.empty() || std::binary_search(paths_.begin(), paths_.end(), path)) {
            return !path.empty();
        }
    }
}

std::vector<std::string> entries_above(const std::vector<std::string>& paths, NodeSource& nodes,
                                       const Sha256& staged) {
    std::vector<std::string> found;
    for (const auto& path : paths) {
        for (std::string_view above = parent_path(path); !above.empty(); above = parent_path(above)) {
            if (tree_find(nodes, staged, above)) {
                found.emplace_back(above);
            }
        }
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

Entry hash_path(BeneathDir& files, std::string_view path, const FileStat& stat, Context& context) {
    Entry entry;
    entry.kind = kind_of(stat).value_or(EntryKind::file);
    if (entry.kind == EntryKind::empty_dir) {
        return entry;
    }
    if (entry.kind == EntryKind::symlink) {
        const std::string target = files.read_link(path);
        entry.size = target.size();
        entry.hash = sha256(target);
        return entry;
    }
    const Fd fd = files.open_read(path);
    Sha256Stream hash;
    ByteString buffer(256u << 10, '\0');
    for (;;) {
        context.check_stop();
        const std::size_t n = read_full(fd.get(), buffer.data(), buffer.size(), path);
        hash.update({buffer.data(), n});
        entry.size += n;
        if (n < buffer.size()) {
            break;
        }
    }
    entry.hash = hash.finish();
    return entry;
}

void remove_empty_parents(BeneathDir& files, std::string_view path, std::string_view keep) {
    for (path = parent_path(path); path.size() > keep.size(); path = parent_path(path)) {
        if (!files.remove_empty_dir(path)) {
            return;
        }
    }
}

Worktree::Worktree(std::string root, std::string state_dir, ObjectStore& store)
    : impl_(std::make_unique<WorktreeState>(std::move(root), std::move(state_dir), store)) {}
Worktree::~Worktree() = default;

void Worktree::create(const std::string& state_dir, ObjectStore& store) {
    make_dirs(state_dir);
    const auto writer = store.writer();
    const TreeInfo empty = empty_tree(writer.get());
    writer->commit();
    WorktreeState({}, state_dir, store).write_staged(empty.root);
}

const std::string& Worktree::root() const noexcept {
    return impl_->root;
}

void Worktree::show_paths_from(std::string folder) {
    impl_->shown_from = std::move(folder);
}

std::string Worktree::shown(std::string_view path) const {
    return impl_->shown(path);
}

TreeInfo Worktree::staged() {
    const auto text = try_read_file(impl_->staged_path(), 4096);
    if (!text) {
        throw CorruptObject(
            fmt::format("'{}' is missing: nobody knows what is staged", printable(impl_->staged_path())),
            "dsctl reset HEAD, which stages the last commit anew");
    }
    return tree_info(impl_->store, parse_staged(*text, impl_->staged_path()));
}

void Worktree::set_staged(const Sha256& tree) {
    (void)tree_info(impl_->store, tree); // it must be there before anything refers to it
    impl_->write_staged(tree);
}

bool Worktree::Filter::wants(std::string_view path) const {
    return Wanted(include, exclude)(path);
}

Worktree::Filter Worktree::filter() {
    Filter filter;
    const auto text = try_read_file(impl_->filter_path(), 16u << 20);
    for (std::string_view rest = text ? std::string_view(*text) : std::string_view(); !rest.empty();) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        if (line.size() < 2 || (line[0] != '+' && line[0] != '-')) {
            throw CorruptObject(
                fmt::format("'{}' is no filter of a partial clone", printable(impl_->filter_path())));
        }
        (line[0] == '+' ? filter.include : filter.exclude).emplace_back(line.substr(1));
    }
    return filter;
}

void Worktree::set_filter(const Filter& filter) {
    std::string text;
    for (const auto* list : {&filter.include, &filter.exclude}) {
        for (const auto& pattern : *list) {
            if (pattern.empty() || pattern.find('\n') != std::string::npos) {
                throw Error(ErrorKind::usage,
                            fmt::format("'{}' cannot be a pattern of a filter", printable(pattern)));
            }
            text += (list == &filter.include ? "+" : "-") + pattern + "\n";
        }
    }
    const auto tree = staged().root;
    if (text.empty()) {
        remove_file(impl_->filter_path());
        sync_dir(impl_->dir);
    } else {
        write_file_atomic(impl_->filter_path(), text);
    }
    impl_->write_staged(tree);
}

IgnoreRules Worktree::ignore_rules() const {
    // info/exclude lies beside the state: .dsctl/worktree and .dsctl/info.
    return {impl_->root, impl_->dir + "/../info/exclude"};
}

std::optional<Entry> Worktree::entry_of(const std::string& path, Context& context) {
    BeneathDir files(impl_->root);
    const FileStat stat = files.lstat(path);
    const auto kind = kind_of(stat);
    if (!kind) {
        return std::nullopt;
    }
    if (*kind == EntryKind::empty_dir) {
        IgnoreRules ignore = ignore_rules();
        return is_empty_folder(impl_->root, path, ignore) ? std::optional(Entry{EntryKind::empty_dir, 0, {}})
                                                          : std::nullopt;
    }
    if (const auto record = impl_->index().find(path); record && stat_matches(*record, stat)) {
        return Entry{*kind, stat.size, record->hash};
    }
    return hash_path(files, path, stat, context);
}

} // namespace ds

// Differences of two trees as changes, with renames paired by content.
//
// Pairing needs all deletions and additions at once, but only their hashes: a first pass collects and pairs
// them, a second one tells the changes in path order.
#include "worktree/compare.hpp"

#include "base/path.hpp"
#include "worktree/worktree_impl.hpp"

#include <unordered_map>

namespace ds {

namespace {

struct Side {
    std::string path;
    Entry entry;
    bool taken = false;
};

/// Additions by path with what they were renamed from, and the paths that went.
struct Renames {
    std::unordered_map<std::string, Side> origin; ///< new path → old path and entry
    std::unordered_map<std::string, bool> gone;   ///< old paths that became others
};

bool can_move(const Entry& entry) {
    return entry.kind != EntryKind::empty_dir && entry.size > 0;
}

Renames pair_renames(std::vector<Side>& deleted, std::vector<Side>& added) {
    Renames out;
    std::unordered_map<Sha256, std::vector<std::size_t>> by_hash;
    for (std::size_t i = 0; i < deleted.size(); ++i) {
        by_hash[deleted[i].entry.hash].push_back(i);
    }
    // Among equal content the one of equal name first. Lists of equal content are walked once per name: the
    // names in them are looked up by hash as well.
    std::unordered_map<std::string, std::vector<std::size_t>> by_name;
    const auto name_key = [](const Side& side) {
        return std::string(side.entry.hash.view()) + std::string(base_name(side.path));
    };
    for (std::size_t i = deleted.size(); i-- > 0;) {
        by_name[name_key(deleted[i])].push_back(i);
    }
    for (auto& [hash, list] : by_hash) {
        std::reverse(list.begin(), list.end());
    }
    const auto pair = [&](Side& old_side, Side& new_side) {
        old_side.taken = new_side.taken = true;
        out.gone.emplace(old_side.path, true);
        out.origin.emplace(new_side.path, old_side);
    };
    for (Side& side : added) {
        const auto found = by_name.find(name_key(side));
        if (found != by_name.end() && !found->second.empty()) {
            pair(deleted[found->second.back()], side);
            found->second.pop_back();
        }
    }
    for (Side& side : added) {
        const auto found = by_hash.find(side.entry.hash);
        if (side.taken || found == by_hash.end()) {
            continue;
        }
        auto& list = found->second;
        while (!list.empty() && deleted[list.back()].taken) {
            list.pop_back();
        }
        if (!list.empty()) {
            pair(deleted[list.back()], side);
            list.pop_back();
        }
    }
    return out;
}

} // namespace

void compare_trees(NodeSource& nodes, const Sha256& before, const Sha256& after,
                   const CompareOptions& options, const std::function<void(const Change&)>& visit) {
    const Wanted everything;
    const Scope scope(options.paths, everything);
    Renames renames;
    if (options.renames) {
        std::vector<Side> deleted;
        std::vector<Side> added;
        bool too_many = false;
        tree_diff(nodes, before, nodes, after, [&](const TreeChange& change) {
            const Entry* only = change.before == nullptr ? change.after : change.before;
            if ((change.before == nullptr || change.after == nullptr) && can_move(*only) &&
                scope.covers(change.path)) {
                (change.before == nullptr ? added : deleted).push_back({std::string(change.path), *only});
                too_many = added.size() + deleted.size() > options.rename_limit;
            }
            return !too_many;
        });
        if (!too_many) {
            renames = pair_renames(deleted, added);
        }
    }
    tree_diff(nodes, before, nodes, after, [&](const TreeChange& change) {
        if (!scope.covers(change.path)) {
            return true;
        }
        Change out{ChangeKind::modified, std::string(change.path), {}, {}, {}};
        if (change.before != nullptr) {
            out.before = *change.before;
        }
        if (change.after != nullptr) {
            out.after = *change.after;
        }
        if (change.after == nullptr) {
            if (renames.gone.contains(out.path)) {
                return true;
            }
            out.kind = ChangeKind::deleted;
        } else if (change.before == nullptr) {
            out.kind = ChangeKind::added;
            if (const auto found = renames.origin.find(out.path); found != renames.origin.end()) {
                out.kind = ChangeKind::renamed;
                out.old_path = found->second.path;
                out.before = found->second.entry;
            }
        } else if (differs_in_type(change.before->kind, change.after->kind)) {
            out.kind = ChangeKind::type_changed;
        }
        visit(out);
        return true;
    });
}

} // namespace ds

// Differences of two trees, with renames paired by content.
#include "base/path.hpp"
#include "worktree/compare.hpp"

#include <algorithm>
#include <unordered_map>

namespace ds {

namespace {

Change plain_change(const TreeChange& change) {
    Change result{ChangeKind::modified, std::string(change.path), {}, {}, {}};
    if (change.before != nullptr) {
        result.before = *change.before;
    }
    if (change.after != nullptr) {
        result.after = *change.after;
    }
    if (change.before == nullptr) {
        result.kind = ChangeKind::added;
    } else if (change.after == nullptr) {
        result.kind = ChangeKind::deleted;
    } else if ((change.before->kind == EntryKind::symlink) != (change.after->kind == EntryKind::symlink) ||
               (change.before->kind == EntryKind::empty_dir) != (change.after->kind == EntryKind::empty_dir)) {
        result.kind = ChangeKind::type_changed;
    }
    return result;
}

bool can_be_renamed(const Entry& entry) { return entry.size > 0 && entry.kind != EntryKind::empty_dir; }

/// Turns pairs of a deletion and an addition of the same content into renames. O(n).
void pair_renames(std::vector<Change>& changes) {
    std::unordered_map<Sha256, std::vector<std::size_t>> deleted; // by content, not yet paired
    for (std::size_t i = 0; i < changes.size(); ++i) {
        if (changes[i].kind == ChangeKind::deleted && can_be_renamed(*changes[i].before)) {
            deleted[changes[i].before->hash].push_back(i);
        }
    }
    std::vector<bool> gone(changes.size(), false);
    const auto pair_up = [&](Change& added, std::vector<std::size_t>& sources, std::size_t choice) {
        const auto source = sources[choice];
        added.kind = ChangeKind::renamed;
        added.old_path = changes[source].path;
        added.before = changes[source].before;
        gone[source] = true;
        sources[choice] = sources.back();
        sources.pop_back();
    };
    // Among equal content, equal file names belong together; what is left is paired in order. Only the first
    // few candidates are looked at, so that a million equal files cost no more than others.
    constexpr std::size_t looked_at = 16;
    for (const bool by_name : {true, false}) {
        for (auto& change : changes) {
            if (change.kind != ChangeKind::added || !can_be_renamed(*change.after)) {
                continue;
            }
            const auto it = deleted.find(change.after->hash);
            if (it == deleted.end() || it->second.empty()) {
                continue;
            }
            auto& sources = it->second;
            if (!by_name) {
                pair_up(change, sources, 0);
                continue;
            }
            for (std::size_t i = 0; i < std::min(looked_at, sources.size()); ++i) {
                if (base_name(changes[sources[i]].path) == base_name(change.path)) {
                    pair_up(change, sources, i);
                    break;
                }
            }
        }
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < changes.size(); ++i) {
        if (!gone[i]) {
            if (kept != i) {
                changes[kept] = std::move(changes[i]);
            }
            ++kept;
        }
    }
    changes.erase(changes.begin() + static_cast<std::ptrdiff_t>(kept), changes.end());
}

} // namespace

void compare_trees(NodeSource& nodes, const Sha256& before, const Sha256& after, const CompareOptions& options,
                   const std::function<void(const Change&)>& visit) {
    const auto wanted = [&](std::string_view path) {
        return std::any_of(options.paths.begin(), options.paths.end(),
                           [&](const auto& folder) { return is_within(path, folder); });
    };
    std::vector<Change> held;
    std::size_t one_sided = 0;
    bool streaming = !options.renames;
    tree_diff(nodes, before, nodes, after, [&](const TreeChange& change) {
        if (!wanted(change.path)) {
            return true;
        }
        auto next = plain_change(change);
        if (streaming) {
            visit(next);
            return true;
        }
        one_sided += next.kind == ChangeKind::added || next.kind == ChangeKind::deleted ? 1 : 0;
        held.push_back(std::move(next));
        if (one_sided > options.rename_limit) { // too many to pair: give it up and stream
            streaming = true;
            for (const auto& one : held) {
                visit(one);
            }
            held = {};
        }
        return true;
    });
    if (!streaming) {
        pair_renames(held);
        for (const auto& change : held) {
            visit(change);
        }
    }
}

} // namespace ds

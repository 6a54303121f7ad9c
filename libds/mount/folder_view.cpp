// Folders out of a sorted list of paths.
#include "mount/folder_view.hpp"

#include "base/path.hpp"

#include <algorithm>

namespace ds {

namespace {

constexpr Inode depth_bits = 12; ///< a path of 4,096 bytes has at most 2,048 components
constexpr std::size_t boundary_leaves = 64;
/// A leaf this close behind the one fetched last means that somebody walks through all of them.
constexpr std::size_t sequential_gap = 4;

Inode entry_inode(std::uint64_t rank) noexcept {
    return (rank + 1) << depth_bits;
}

std::size_t child_index(const TreeNode& node, std::string_view key) {
    const auto at = std::lower_bound(
        node.children.begin(), node.children.end(), key,
        [](const InnerItem& item, std::string_view wanted) { return item.last_path < wanted; });
    return static_cast<std::size_t>(at - node.children.begin());
}

std::uint64_t entries_before(const TreeNode& node, std::size_t child) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < child; ++i) {
        sum += node.children[i].entries;
    }
    return sum;
}

/// The child that holds the entry of that rank; `rank` becomes relative to it.
std::size_t child_of_rank(const TreeNode& node, std::uint64_t& rank) {
    std::size_t i = 0;
    while (i < node.children.size() && rank >= node.children[i].entries) {
        rank -= node.children[i].entries;
        ++i;
    }
    return i;
}

Inode depth_of(std::string_view folder) {
    return 1 + static_cast<Inode>(std::count(folder.begin(), folder.end(), '/'));
}

std::string below(std::string_view folder) {
    return folder.empty() ? std::string() : std::string(folder) + "/";
}

/// The first key behind everything in the folder.
std::string behind(std::string_view folder) {
    return std::string(folder) + static_cast<char>('/' + 1);
}

FolderNode folder_node(Inode inode, std::string path) {
    return {inode, true, {EntryKind::empty_dir, 0, {}}, std::move(path)};
}

FolderNode entry_node(std::uint64_t rank, const LeafItem& item) {
    return {entry_inode(rank), item.entry.kind == EntryKind::empty_dir, item.entry, item.path};
}

/// The component of `path` behind `prefix`, with the slash if more follows; empty outside of the prefix.
std::string_view component(std::string_view path, std::string_view prefix) {
    if (!path.starts_with(prefix)) {
        return {};
    }
    const auto rest = path.substr(prefix.size());
    const auto slash = rest.find('/');
    return slash == std::string_view::npos ? rest : rest.substr(0, slash + 1);
}

} // namespace

FolderView::FolderView(VersionNodes& nodes, unsigned jobs) : nodes_(nodes), jobs_(std::max(jobs, 1u)) {
    const auto root = nodes_.node(nodes_.root_place());
    if (root->tree.level >= 2 && !nodes_.at_hand(VersionNodes::child_place(*root, 0))) {
        std::vector<std::size_t> inner(VersionNodes::batch(*root, 0));
        for (std::size_t i = 0; i < inner.size(); ++i) {
            inner[i] = i;
        }
        nodes_.prefetch(*root, inner, true, jobs_);
    }
}

/// Called before the leaf `index` below `parent` is fetched: takes along those that are likely to be wanted
/// next, in few requests. In a listing of the folder `listed` + "/…" these are the leaves where a child of it
/// begins.
void FolderView::read_ahead(const VersionNode& parent, std::size_t index, std::string_view listed) {
    if (nodes_.at_hand(VersionNodes::child_place(parent, index))) {
        return;
    }
    bool sequential = false;
    {
        std::lock_guard lock(mutex_);
        sequential =
            last_parent_ == parent.place.id && index > last_index_ && index - last_index_ <= sequential_gap;
        last_parent_ = parent.place.id;
        last_index_ = index;
    }
    std::vector<std::size_t> wanted{index};
    const std::size_t end = index + VersionNodes::batch(parent, index);
    for (std::size_t i = index + 1; i < end; ++i) {
        const auto& before = parent.tree.children[i - 1].last_path;
        if (sequential) {
            wanted.push_back(i);
        } else if (listed.empty() || !before.starts_with(listed) || wanted.size() == boundary_leaves) {
            break;
        } else {
            const auto name = component(before, listed);
            if (!name.ends_with('/') || component(parent.tree.children[i].last_path, listed) != name) {
                wanted.push_back(i);
            }
        }
    }
    if (wanted.size() > 1) {
        nodes_.prefetch(parent, wanted, true, jobs_);
        std::lock_guard lock(mutex_);
        last_index_ = wanted.back();
    }
}

std::optional<FolderView::Place> FolderView::seek(std::string_view key, std::string_view listed) {
    Place out;
    out.leaf = nodes_.node(nodes_.root_place());
    while (out.leaf->tree.level > 0) {
        const VersionNodePtr parent = out.leaf;
        const std::size_t i = child_index(parent->tree, key);
        if (i == parent->tree.children.size()) {
            return std::nullopt;
        }
        out.rank += entries_before(parent->tree, i);
        if (parent->tree.level == 1) {
            read_ahead(*parent, i, listed);
        }
        out.leaf = nodes_.child(*parent, i);
    }
    out.index = entry_index(out.leaf->tree, key);
    out.rank += out.index;
    return out.index == out.leaf->tree.leaves.size() ? std::nullopt : std::optional(std::move(out));
}

std::optional<FolderView::Place> FolderView::select(std::uint64_t rank) {
    Place out;
    out.rank = rank;
    out.leaf = nodes_.node(nodes_.root_place());
    while (out.leaf->tree.level > 0) {
        const VersionNodePtr parent = out.leaf;
        const std::size_t i = child_of_rank(parent->tree, rank);
        if (i == parent->tree.children.size()) {
            return std::nullopt;
        }
        out.leaf = nodes_.child(*parent, i);
    }
    out.index = static_cast<std::size_t>(rank);
    return rank < out.leaf->tree.leaves.size() ? std::optional(std::move(out)) : std::nullopt;
}

std::optional<Inode> FolderView::folder_inode(std::string_view folder) {
    if (folder.empty()) {
        return root_inode;
    }
    const std::string prefix = below(folder);
    std::uint64_t rank = 0;
    auto at = nodes_.node(nodes_.root_place());
    while (at->tree.level > 0) {
        const std::size_t i = child_index(at->tree, prefix);
        if (i == at->tree.children.size()) {
            return std::nullopt;
        }
        rank += entries_before(at->tree, i);
        if (at->tree.children[i].last_path.starts_with(prefix)) {
            return entry_inode(rank + at->tree.children[i].entries - 1) + depth_of(folder);
        }
        at = nodes_.child(*at, i);
    }
    const std::size_t i = entry_index(at->tree, prefix);
    if (i == at->tree.leaves.size() || !at->tree.leaves[i].path.starts_with(prefix)) {
        return std::nullopt;
    }
    return entry_inode(rank + i) + depth_of(folder);
}

std::optional<std::string> FolderView::path_of(Inode inode) {
    if (inode == root_inode) {
        return std::string();
    }
    if (inode < entry_inode(0)) {
        return std::nullopt;
    }
    std::uint64_t rank = (inode >> depth_bits) - 1;
    const Inode depth = inode & ((Inode{1} << depth_bits) - 1);
    std::string path;
    auto at = nodes_.node(nodes_.root_place());
    while (path.empty()) {
        if (at->tree.level == 0) {
            if (rank >= at->tree.leaves.size()) {
                return std::nullopt;
            }
            path = at->tree.leaves[static_cast<std::size_t>(rank)].path;
            break;
        }
        const std::size_t i = child_of_rank(at->tree, rank);
        if (i == at->tree.children.size()) {
            return std::nullopt;
        }
        if (rank + 1 == at->tree.children[i].entries) {
            path = at->tree.children[i].last_path; // no need to read what is below
        } else {
            at = nodes_.child(*at, i);
        }
    }
    if (depth == 0) {
        return path;
    }
    std::size_t end = 0;
    for (Inode i = 0; i < depth; ++i) {
        end = path.find('/', i == 0 ? 0 : end + 1);
        if (end == std::string::npos) {
            return std::nullopt;
        }
    }
    path.resize(end);
    return path;
}

std::optional<FolderNode> FolderView::find(std::string_view path) {
    if (path.empty()) {
        return folder_node(root_inode, "");
    }
    // The keys of inner nodes tell of large folders for nothing; then the entry, then small folders.
    const std::string prefix = below(path);
    auto at = nodes_.node(nodes_.root_place());
    while (at->tree.level > 0) {
        const std::size_t i = child_index(at->tree, prefix);
        if (i == at->tree.children.size()) {
            break;
        }
        if (at->tree.children[i].last_path.starts_with(prefix)) {
            return folder_node(folder_inode(path).value_or(root_inode), std::string(path));
        }
        if (at->tree.level == 1) {
            break;
        }
        at = nodes_.child(*at, i);
    }
    if (const auto place = seek(path)) {
        const LeafItem& item = place->leaf->tree.leaves[place->index];
        if (item.path == path) {
            return entry_node(place->rank, item);
        }
    }
    if (const auto inode = folder_inode(path)) {
        return folder_node(*inode, std::string(path));
    }
    return std::nullopt;
}

std::optional<FolderNode> FolderView::lookup(Inode folder, std::string_view name) {
    if (name.empty() || name.size() > max_component_bytes || name.find('/') != std::string_view::npos) {
        return std::nullopt;
    }
    const auto path = path_of(folder);
    if (!path) {
        return std::nullopt;
    }
    return find(below(*path) + std::string(name));
}

std::optional<LeafPosition> FolderView::position(Inode inode) {
    if (inode < entry_inode(0) || (inode & ((Inode{1} << depth_bits) - 1)) != 0) {
        return std::nullopt;
    }
    auto place = select((inode >> depth_bits) - 1);
    return place ? std::optional(LeafPosition{std::move(place->leaf), place->index}) : std::nullopt;
}

std::optional<FolderNode> FolderView::get(Inode inode) {
    if (const auto at = position(inode)) {
        return entry_node((inode >> depth_bits) - 1, at->leaf->tree.leaves[at->index]);
    }
    auto path = path_of(inode);
    return path ? std::optional(folder_node(inode, std::move(*path))) : std::nullopt;
}

bool FolderView::list(Inode folder, Inode after,
                      const std::function<bool(const FolderNode&, std::string_view)>& visit) {
    const auto path = path_of(folder);
    if (!path) {
        return false;
    }
    const std::string prefix = below(*path);
    std::string from = prefix;
    if (after != 0) {
        const auto last = get(after);
        if (!last || !last->path.starts_with(prefix)) {
            return false;
        }
        // Behind a folder's entries, or behind the entry itself: no path continues with a zero byte.
        const bool spans = (after & ((Inode{1} << depth_bits) - 1)) != 0;
        from = spans ? behind(last->path) : last->path + '\0';
    }
    auto at = seek(from, prefix);
    while (at) {
        const auto& leaves = at->leaf->tree.leaves;
        const LeafItem& item = leaves[at->index];
        if (!item.path.starts_with(prefix)) {
            return true;
        }
        const auto name = component(item.path, prefix);
        std::size_t next = at->index + 1;
        std::string key = item.path + '\0';
        if (name.ends_with('/')) {
            const auto bare = name.substr(0, name.size() - 1);
            const std::string inner = prefix + std::string(bare);
            if (!visit(folder_node(folder_inode(inner).value_or(root_inode), inner), bare)) {
                return true;
            }
            key = behind(inner);
            next = entry_index(at->leaf->tree, key);
        } else if (!visit(entry_node(at->rank, item), name)) {
            return true;
        }
        if (next < leaves.size()) {
            at->rank += next - at->index;
            at->index = next;
        } else {
            at = seek(key, prefix);
        }
    }
    return true;
}

} // namespace ds

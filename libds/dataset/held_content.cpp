#include "dataset/held_content.hpp"

#include <algorithm>

namespace ds {

namespace {

/// So many entries are looked up one by one (some 0.1 s); beyond, one of each node.
constexpr std::uint64_t every_entry_until = 50'000;

} // namespace

bool HeldContent::holds(const TreeInfo& tree) {
    return tree.entries == 0 || holds_node(tree.root);
}

bool HeldContent::holds_node(const Sha256& id) {
    repository_.context().check_stop();
    if (const auto known = judged_.find(id); known != judged_.end()) {
        return known->second;
    }
    bool held = repository_.store().has(ObjectKind::tree, id);
    if (held) {
        const auto node = TreeNode::parse(*repository_.store().load_node(id), id);
        held = node.level == 0 ? holds_leaf(node)
                               : std::all_of(node.children.begin(), node.children.end(),
                                             [&](const InnerItem& child) { return holds_node(child.child); });
    }
    judged_.emplace(id, held);
    return held;
}

bool HeldContent::holds_leaf(const TreeNode& node) {
    for (const LeafItem& item : node.leaves) {
        if (item.entry.kind == EntryKind::empty_dir || item.entry.size == 0) {
            continue;
        }
        ++looked_up_;
        if (!repository_.store().has_content(item.entry)) {
            if (!filter_) {
                filter_ = repository_.worktree().filter();
            }
            if (filter_->wants(item.path)) {
                return false;
            }
            continue; // left out on purpose
        }
        if (looked_up_ > every_entry_until) {
            break;
        }
    }
    return true;
}

} // namespace ds

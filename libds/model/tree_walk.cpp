// Roots and their totals, and the walk over nodes.
#include "codec/hash.hpp"
#include "model/tree.hpp"
#include "model/tree_path.hpp"

namespace ds {

TreeInfo tree_info(NodeSource& nodes, const Sha256& root) {
    FlatNode node;
    load_flat(nodes, root, node);
    return {root, node.entries(), node.bytes()};
}

TreeInfo empty_tree(NodeSink* sink) {
    NodeEncoder encoder(0);
    const ByteView bytes = encoder.view();
    const Sha256 root = sha256(bytes);
    if (sink != nullptr) {
        sink->save_node(root, bytes);
    }
    return {root, 0, 0};
}

namespace {

struct NodeWalk {
    NodeSource& nodes;
    const std::function<bool(const Sha256&)>& enter;
    const std::function<void(const Sha256&, const TreeNode&)>& visit;

    /// At most max_tree_level calls deep: levels fall by one.
    void below(const FlatNode& parent, std::string_view lower) {
        FlatNode child;
        for (std::size_t i = 0; i < parent.size(); ++i) {
            const Sha256& id = parent.value(i).entry.hash;
            if (enter(id)) {
                load_flat(nodes, id, child);
                check_child(parent, i, child, lower);
                visit(id, child.to_tree_node());
                if (child.level() > 0) {
                    below(child, lower);
                }
            }
            lower = parent.key(i);
        }
    }
};

} // namespace

void tree_walk_nodes(NodeSource& nodes, const Sha256& root, const std::function<bool(const Sha256&)>& enter,
                     const std::function<void(const Sha256&, const TreeNode&)>& visit) {
    if (!enter(root)) {
        return;
    }
    FlatNode node;
    load_flat(nodes, root, node);
    visit(root, node.to_tree_node());
    if (node.level() > 0) {
        NodeWalk{nodes, enter, visit}.below(node, {});
    }
}

} // namespace ds

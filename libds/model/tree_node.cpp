// TreeNode: the form of a node with plain vectors.
#include "model/tree_node.hpp"

#include "base/error.hpp"
#include "model/node_codec.hpp"

namespace ds {

TreeNode TreeNode::parse(ByteView bytes, const Sha256& id) {
    FlatNode flat;
    flat.decode(bytes, id);
    return flat.to_tree_node();
}

TreeNode FlatNode::to_tree_node() const {
    TreeNode out;
    out.level = level_;
    if (level_ == 0) {
        out.leaves.reserve(size());
    } else {
        out.children.reserve(size());
    }
    for (std::size_t i = 0; i < size(); ++i) {
        const NodeValue& v = value(i);
        if (level_ == 0) {
            out.leaves.push_back({std::string(key(i)), v.entry});
        } else {
            out.children.push_back({std::string(key(i)), v.entry.hash, v.entries, v.entry.size});
        }
    }
    return out;
}

ByteString TreeNode::serialise() const {
    NodeEncoder encoder(level);
    const auto add = [&](const std::string& key, const NodeValue& value) {
        encoder.add(key, common_prefix(encoder.last_key(), key), value);
    };
    for (const LeafItem& item : leaves) {
        add(item.path, {item.entry, 1});
    }
    for (const InnerItem& item : children) {
        add(item.last_path, {{EntryKind::file, item.bytes, item.child}, item.entries});
    }
    return ByteString(encoder.view());
}

std::uint64_t TreeNode::entries() const noexcept {
    std::uint64_t sum = leaves.size();
    for (const InnerItem& item : children) {
        sum += item.entries;
    }
    return sum;
}

std::uint64_t TreeNode::bytes() const noexcept {
    std::uint64_t sum = 0;
    for (const LeafItem& item : leaves) {
        sum += item.entry.size;
    }
    for (const InnerItem& item : children) {
        sum += item.bytes;
    }
    return sum;
}

} // namespace ds

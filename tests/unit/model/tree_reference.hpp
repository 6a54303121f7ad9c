// What the tree has to come to, written in the plainest way: all items of a level in one vector,
// cut one after the other. The builder and the editor are held against it.
#pragma once

#include "memory_nodes.hpp"
#include "model/tree.hpp"

#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace ds_test {

using Entries = std::map<std::string, ds::Entry>;

inline ds::TreeInfo reference_tree(const Entries& entries, ds::NodeSink& sink) {
    std::vector<ds::TreeNode> nodes;
    const auto save = [&](const ds::TreeNode& node) {
        const ds::ByteString bytes = node.serialise();
        const ds::Sha256 id = ds::sha256(bytes);
        sink.save_node(id, bytes);
        return id;
    };
    ds::TreeNode node;
    std::size_t key_bytes = 0;
    std::size_t items = 0;
    const auto take = [&](std::uint8_t level, const std::string& key) {
        key_bytes += key.size();
        if (ds::tree_cut(level, key, ++items, key_bytes)) {
            nodes.push_back(std::exchange(node, {}));
            node.level = level;
            key_bytes = items = 0;
        }
    };
    for (const auto& [path, entry] : entries) {
        node.leaves.push_back({path, entry});
        take(0, path);
    }
    if (items > 0 || nodes.empty()) {
        nodes.push_back(node);
    }
    for (std::uint8_t level = 1; nodes.size() > 1; ++level) {
        const std::vector<ds::TreeNode> below = std::exchange(nodes, {});
        node = {};
        node.level = level;
        key_bytes = items = 0;
        for (const ds::TreeNode& child : below) {
            const std::string& last = level == 1 ? child.leaves.back().path : child.children.back().last_path;
            node.children.push_back({last, save(child), child.entries(), child.bytes()});
            take(level, last);
        }
        if (items > 0) {
            nodes.push_back(node);
        }
    }
    return {save(nodes[0]), nodes[0].entries(), nodes[0].bytes()};
}

inline ds::TreeInfo built_tree(const Entries& entries, ds::NodeSink& sink) {
    ds::TreeBuilder builder(sink);
    for (const auto& [path, entry] : entries) {
        builder.add(path, entry);
    }
    return builder.finish();
}

inline Entries read_tree(ds::NodeSource& nodes, const ds::Sha256& root) {
    Entries out;
    for (ds::TreeCursor cursor(nodes, root); cursor.valid(); cursor.next()) {
        out.emplace_hint(out.end(), cursor.path(), cursor.entry());
    }
    return out;
}

using Random = std::mt19937_64;

/// A number below `n`.
inline std::size_t below(Random& random, std::size_t n) {
    return static_cast<std::size_t>(random() % n);
}

inline ds::Entry random_entry(Random& random) {
    ds::Entry entry;
    entry.kind = static_cast<ds::EntryKind>(1 + below(random, 4));
    if (entry.kind != ds::EntryKind::empty_dir) {
        entry.size = random() >> (24 + below(random, 40));
        for (unsigned char& byte : entry.hash.bytes) {
            byte = static_cast<unsigned char>(random());
        }
    }
    return entry;
}

} // namespace ds_test

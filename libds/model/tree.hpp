// The tree: an ordered map from path to entry, cut by content, named by its root.
//
// Same content, same root, whatever the order of edits. A node ends after a key when
//   items >= 16 and cut_hash(level, key) % 256 == 0,    or
//   items == max_node_items, or key bytes (sum of full keys) >= 128 KiB,
// counted from the previous boundary; values never matter. The level above holds the last key of every
// node; the tree ends at the first level that has one node. (A minimum of 16 bounds the height
// whatever the keys are.)  cut_hash is FNV-1a-64 over level and key, finished by murmur3's fmix64.
#pragma once

#include "model/entry.hpp"
#include "model/node_store.hpp"
#include "model/tree_node.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ds {

/// A root with its totals.
struct TreeInfo {
    Sha256 root;
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0; ///< sum of the sizes of all entries
    friend bool operator==(const TreeInfo&, const TreeInfo&) = default;
};

/// Whether a node ends after `key` as its `items`-th item, `key_bytes` being the sum so far.
[[nodiscard]] bool tree_cut(std::uint8_t level, std::string_view key, std::size_t items,
                            std::size_t key_bytes) noexcept;

/// The totals of an existing root.
[[nodiscard]] TreeInfo tree_info(NodeSource& nodes, const Sha256& root);
/// The root of the tree without entries (its node is saved to `sink` if given).
[[nodiscard]] TreeInfo empty_tree(NodeSink* sink = nullptr);

[[nodiscard]] std::optional<Entry> tree_find(NodeSource& nodes, const Sha256& root, std::string_view path);
/// Whether any entry lies below the folder `path` (path + "/…").
[[nodiscard]] bool tree_has_below(NodeSource& nodes, const Sha256& root, std::string_view folder);

/// Walks entries in path order. Memory: one node per level. Not thread-safe.
class TreeCursor {
  public:
    /// Stands on the first entry. `nodes` must outlive the cursor.
    TreeCursor(NodeSource& nodes, const Sha256& root);
    ~TreeCursor();
    TreeCursor(TreeCursor&&) noexcept;

    [[nodiscard]] bool valid() const noexcept;
    [[nodiscard]] const std::string& path() const; ///< precondition: valid()
    [[nodiscard]] const Entry& entry() const;
    void next();
    /// Moves to the first entry >= path (forward or backward).
    void seek(std::string_view path);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Builds a tree from entries in strictly rising order. Memory: O(height) nodes.
class TreeBuilder {
  public:
    explicit TreeBuilder(NodeSink& sink);
    ~TreeBuilder();
    /// @throws Error(failure) when paths do not rise
    void add(std::string_view path, const Entry& entry);
    [[nodiscard]] TreeInfo finish();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Changes a tree by edits in strictly rising path order: O(changes x height) nodes read and written.
/// Edits stream through: memory O(height) nodes however many there are. Putting what is there
/// already and removing what is not are fine and cost no write.
class TreeEditor {
  public:
    TreeEditor(NodeSource& nodes, NodeSink& sink, const Sha256& base);
    ~TreeEditor();
    void put(std::string_view path, const Entry& entry);
    void remove(std::string_view path);
    [[nodiscard]] TreeInfo finish();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// One path that differs. A null side: the path is not there. Pointers live during the call only.
struct TreeChange {
    std::string_view path;
    const Entry* before = nullptr;
    const Entry* after = nullptr;
};

/// Calls `visit` for every differing path in order; equal subtrees are never loaded. `visit`
/// returns false to stop. The two roots may come from different sources.
void tree_diff(NodeSource& nodes_a, const Sha256& a, NodeSource& nodes_b, const Sha256& b,
               const std::function<bool(const TreeChange&)>& visit);

/// Visits every node of a tree, parents before children, left to right. `enter` returns false to skip
/// what is below a node (then the node is not loaded). For marking and for push.
void tree_walk_nodes(NodeSource& nodes, const Sha256& root, const std::function<bool(const Sha256&)>& enter,
                     const std::function<void(const Sha256&, const TreeNode&)>& visit);

} // namespace ds

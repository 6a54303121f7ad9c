// A place in a tree at the grain of nodes: the way from the root down to one node, and the checks
// that tie a child to what its parent says of it. Internal to this module.
#pragma once

#include "model/node_codec.hpp"
#include "model/node_store.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace ds {

/// Loads and decodes one node into `out` (its memory is reused). @throws CorruptObject, Error(not_found)
void load_flat(NodeSource& nodes, const Sha256& id, FlatNode& out);

/// Checks a child against item `at` of its parent; `lower` is the greatest key before the child.
/// A tree whose every node was reached through this rises strictly from end to end.
/// @throws CorruptObject
void check_child(const FlatNode& parent, std::size_t at, const FlatNode& child, std::string_view lower);

/// The nodes decoded last, two per level: the levels of an editor walk the same paths.
class NodeCache {
  public:
    explicit NodeCache(NodeSource& nodes) : nodes_(nodes) {}
    [[nodiscard]] std::shared_ptr<FlatNode> load(const Sha256& id);

  private:
    struct Slots {
        std::shared_ptr<FlatNode> newest;
        std::shared_ptr<FlatNode> older;
    };
    NodeSource& nodes_;
    std::vector<Slots> levels_;
};

class TreePath {
  public:
    /// Stands on the root. @param cache shared with other paths of the same tree, or null
    TreePath(NodeSource& nodes, const Sha256& root, NodeCache* cache = nullptr);

    [[nodiscard]] const FlatNode& root() const noexcept { return *frames_.front().node; }
    /// The node it stands on.
    [[nodiscard]] const FlatNode& node() const noexcept { return *frames_[depth_].node; }
    /// Goes to the node of `level` (at most the root's) that has the first key >= `key`; to the
    /// last one if all keys are smaller.
    void seek(std::string_view key, std::uint8_t level);
    [[nodiscard]] bool has_next() const noexcept;
    /// Goes to the next node of the same level, if there is one.
    bool next();

  private:
    struct Frame {
        std::shared_ptr<FlatNode> node;
        std::size_t at = 0; ///< the item the path goes through
    };
    void descend();

    NodeSource& nodes_;
    NodeCache* cache_;
    std::vector<Frame> frames_; ///< beyond depth_: nodes kept for reuse
    std::size_t depth_ = 0;
};

} // namespace ds

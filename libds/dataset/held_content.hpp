// Whether the content of commits is in the local store, or only known to be elsewhere: after a fetch, which
// brings no content, in a partial clone, and after `gc --drop-held`.
#pragma once

#include "dataset/repository.hpp"

#include <cstdint>
#include <unordered_map>

namespace ds {

/// Judges the trees of commits one after the other. What they share is looked at once, so that a log costs
/// one tree and the changes. Not thread-safe.
class HeldContent {
  public:
    explicit HeldContent(Repository& repository) : repository_(repository) {}

    /// False when its file list, or content that the checkout's filter wants, is not here. Of trees of more
    /// than some ten thousand entries one of each node (some hundred neighbours) is looked up: what the reasons
    /// above leave out is more than single files.
    [[nodiscard]] bool holds(const TreeInfo& tree);

  private:
    [[nodiscard]] bool holds_node(const Sha256& node);
    [[nodiscard]] bool holds_leaf(const TreeNode& node);

    Repository& repository_;
    std::optional<Worktree::Filter> filter_;
    std::unordered_map<Sha256, bool> judged_; ///< nodes
    std::uint64_t looked_up_ = 0;
};

} // namespace ds

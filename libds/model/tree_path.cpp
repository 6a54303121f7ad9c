// Moving through a tree from node to node.
#include "model/tree_path.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <utility>

namespace ds {

void load_flat(NodeSource& nodes, const Sha256& id, FlatNode& out) {
    const std::shared_ptr<const ByteString> bytes = nodes.load_node(id);
    out.decode(*bytes, id);
}

void check_child(const FlatNode& parent, std::size_t at, const FlatNode& child, std::string_view lower) {
    const NodeValue& claim = parent.value(at);
    const char* problem = nullptr;
    if (child.level() + 1 != parent.level()) {
        problem = "is of another level";
    } else if (child.size() == 0 || child.last_key() != parent.key(at)) {
        problem = "ends with another path";
    } else if (child.entries() != claim.entries || child.bytes() != claim.entry.size) {
        problem = "has other totals";
    } else if (child.key(0) <= lower) {
        problem = "begins before the previous child ends";
    }
    if (problem != nullptr) {
        throw CorruptObject(fmt::format("tree node {} is damaged: its child {} {} than it says",
                                        parent.id().short_hex(), child.id().short_hex(), problem));
    }
}

std::shared_ptr<FlatNode> NodeCache::load(const Sha256& id) {
    for (const Slots& slots : levels_) {
        for (const auto& node : {slots.newest, slots.older}) {
            if (node && node->id() == id) {
                return node;
            }
        }
    }
    auto node = std::make_shared<FlatNode>();
    load_flat(nodes_, id, *node);
    if (levels_.size() <= node->level()) {
        levels_.resize(node->level() + 1u);
    }
    Slots& slots = levels_[node->level()];
    slots.older = std::exchange(slots.newest, node);
    return node;
}

TreePath::TreePath(NodeSource& nodes, const Sha256& root, NodeCache* cache) : nodes_(nodes), cache_(cache) {
    frames_.resize(1);
    if (cache_ != nullptr) {
        frames_[0].node = cache_->load(root);
    } else {
        frames_[0].node = std::make_shared<FlatNode>();
        load_flat(nodes_, root, *frames_[0].node);
    }
    frames_.resize(frames_[0].node->level() + 1u);
}

void TreePath::descend() {
    const Frame& parent = frames_[depth_];
    Frame& child = frames_[depth_ + 1];
    const Sha256& id = parent.node->value(parent.at).entry.hash;
    if (!child.node || child.node->id() != id) {
        if (cache_ != nullptr) {
            child.node = cache_->load(id);
        } else {
            if (!child.node) {
                child.node = std::make_shared<FlatNode>();
            }
            load_flat(nodes_, id, *child.node);
        }
    }
    std::string_view lower;
    for (std::size_t d = depth_ + 1; d-- > 0;) {
        if (frames_[d].at > 0) {
            lower = frames_[d].node->key(frames_[d].at - 1);
            break;
        }
    }
    check_child(*parent.node, parent.at, *child.node, lower);
    child.at = 0;
    ++depth_;
}

void TreePath::seek(std::string_view key, std::uint8_t level) {
    depth_ = 0;
    while (node().level() > level) {
        const std::size_t at = node().lower_bound(key);
        frames_[depth_].at = std::min(at, node().size() - 1);
        descend();
    }
}

bool TreePath::has_next() const noexcept {
    for (std::size_t d = 0; d < depth_; ++d) {
        if (frames_[d].at + 1 < frames_[d].node->size()) {
            return true;
        }
    }
    return false;
}

bool TreePath::next() {
    if (!has_next()) {
        return false;
    }
    const std::size_t depth = depth_;
    do {
        --depth_;
    } while (frames_[depth_].at + 1 == frames_[depth_].node->size());
    ++frames_[depth_].at;
    while (depth_ < depth) {
        descend();
    }
    return true;
}

} // namespace ds

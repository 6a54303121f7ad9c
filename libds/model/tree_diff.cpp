// Comparing two trees: both are walked as streams of items that open up only where they differ.
//
// An item is an entry or a subtree. Two subtrees that come up at the same time with the same name
// are skipped unread. Otherwise the higher of the two opens up, or both. Streams that got out of step,
// because a cut moved, are in step again at the next cut they share, and have opened a node or two
// more than needed by then.
#include "model/tree.hpp"
#include "model/tree_path.hpp"

namespace ds {

namespace {

class ItemStream {
  public:
    ItemStream(NodeSource& nodes, const Sha256& root) : nodes_(nodes) {
        push_frame();
        load_flat(nodes_, root, *frames_[0].node);
        drop_finished();
    }

    [[nodiscard]] bool valid() const noexcept { return depth_ > 0; }
    /// 0 for an entry; otherwise one more than the level of the node it names.
    [[nodiscard]] std::uint8_t level() const noexcept { return top().node->level(); }
    [[nodiscard]] std::string_view key() const noexcept { return top().node->key(top().at); }
    [[nodiscard]] const Entry& entry() const noexcept { return top().node->value(top().at).entry; }
    /// The key before this item.
    [[nodiscard]] std::string_view lower() const noexcept {
        for (std::size_t d = depth_; d-- > 0;) {
            if (frames_[d].at > 0) {
                return frames_[d].node->key(frames_[d].at - 1);
            }
        }
        return {};
    }
    void skip() {
        ++frames_[depth_ - 1].at;
        drop_finished();
    }
    /// Goes to the first item below this one, a subtree.
    void open() {
        const std::string_view bound = lower();
        push_frame();
        const Frame& parent = frames_[depth_ - 2];
        FlatNode& child = *top().node;
        load_flat(nodes_, parent.node->value(parent.at).entry.hash, child);
        check_child(*parent.node, parent.at, child, bound);
    }

  private:
    struct Frame {
        std::unique_ptr<FlatNode> node;
        std::size_t at = 0;
    };
    [[nodiscard]] const Frame& top() const noexcept { return frames_[depth_ - 1]; }
    void push_frame() {
        if (depth_ == frames_.size()) {
            frames_.push_back({std::make_unique<FlatNode>(), 0});
        }
        frames_[depth_++].at = 0;
    }
    void drop_finished() {
        while (depth_ > 0 && top().at == top().node->size()) {
            if (--depth_ > 0) {
                ++frames_[depth_ - 1].at;
            }
        }
    }

    NodeSource& nodes_;
    std::vector<Frame> frames_; ///< beyond depth_: kept for reuse
    std::size_t depth_ = 0;
};

class TreeDiff {
  public:
    TreeDiff(ItemStream& a, ItemStream& b, const std::function<bool(const TreeChange&)>& visit)
        : a_(a), b_(b), visit_(visit) {}

    void run() {
        bool more = true;
        while (more && (a_.valid() || b_.valid())) {
            if (!b_.valid()) {
                more = only_a();
            } else if (!a_.valid()) {
                more = only_b();
            } else {
                more = step();
            }
        }
    }

  private:
    bool step() {
        const std::uint8_t level_a = a_.level();
        const std::uint8_t level_b = b_.level();
        if (level_a == 0 && level_b == 0) {
            return entries();
        }
        if (level_a == level_b && a_.entry().hash == b_.entry().hash) {
            a_.skip();
            b_.skip();
            return true;
        }
        if (level_a >= level_b) {
            a_.open();
        }
        if (level_b >= level_a) {
            b_.open();
        }
        return true;
    }

    bool entries() {
        const int order = a_.key().compare(b_.key());
        if (order < 0) {
            return only_a();
        }
        if (order > 0) {
            return only_b();
        }
        const bool more = a_.entry() == b_.entry() || visit_(TreeChange{a_.key(), &a_.entry(), &b_.entry()});
        a_.skip();
        b_.skip();
        return more;
    }

    /// The whole item is on one side only.
    bool only_a() {
        if (a_.level() > 0) {
            a_.open();
            return true;
        }
        const bool more = visit_(TreeChange{a_.key(), &a_.entry(), nullptr});
        a_.skip();
        return more;
    }
    bool only_b() {
        if (b_.level() > 0) {
            b_.open();
            return true;
        }
        const bool more = visit_(TreeChange{b_.key(), nullptr, &b_.entry()});
        b_.skip();
        return more;
    }

    ItemStream& a_;
    ItemStream& b_;
    const std::function<bool(const TreeChange&)>& visit_;
};

} // namespace

void tree_diff(NodeSource& nodes_a, const Sha256& a, NodeSource& nodes_b, const Sha256& b,
               const std::function<bool(const TreeChange&)>& visit) {
    if (a == b) {
        return;
    }
    ItemStream before(nodes_a, a);
    ItemStream after(nodes_b, b);
    TreeDiff(before, after, visit).run();
}

} // namespace ds

// Changing a tree: each level re-cuts where its items changed and tells the level above which of
// its nodes went and came.
//
// A level stands idle until an edit arrives, then copies the items of the old node that holds the
// edit into a new one, applies the edit, and goes on through the following old nodes until a new
// node ends exactly where an old one does: from there on all cuts are the old ones. What it tells
// the level above rises strictly, because the end of an old node and the end of a new one with the
// same last key are held back until they can be told as one edit, or none if the nodes are equal.
// (Only the last new node may be told behind the end of an old one that went beyond it.)
// So edits stream through all levels, and no level holds more than a few nodes.
#include "codec/hash.hpp"
#include "model/node_codec.hpp"
#include "model/tree.hpp"
#include "model/tree_input.hpp"
#include "model/tree_path.hpp"

#include <deque>

namespace ds {

namespace {

/// Takes the edits that one level makes to the level above.
class EditTarget {
  public:
    virtual ~EditTarget() = default;
    /// @param value null: remove
    virtual void edit(std::size_t level, std::string_view key, const NodeValue* value) = 0;
};

class LevelEditor {
  public:
    /// @param old the path to the old nodes of this level; none if the old tree has none
    LevelEditor(std::uint8_t level, std::optional<TreePath> old, EditTarget& target, NodeSink& sink)
        : level_(level), target_(target), sink_(sink), old_(std::move(old)), out_(level) {
        state_ = old_ ? State::idle : State::tail;
        is_root_ = old_ && old_->root().level() == level;
    }

    void edit(std::string_view key, const NodeValue* value);
    /// Writes what is under way; afterwards the level above has heard everything.
    void finish();

    /// Nodes told to the level above. For the old root's level and those above it: all there are.
    [[nodiscard]] std::uint64_t nodes() const noexcept { return nodes_; }
    /// The last of them, and its bytes.
    [[nodiscard]] const NodeValue& last() const noexcept { return last_; }
    [[nodiscard]] ByteView last_bytes() const noexcept { return last_bytes_; }

  private:
    enum class State {
        idle,    ///< the new nodes end where old ones end
        copying, ///< stands at item at_ of old_->node()
        tail,    ///< no old node is left
    };
    /// The end of a node, old or new, that the level above has not heard of yet.
    struct Ending {
        bool any = false;
        bool is_old = false;
        bool is_new = false;
        std::string key;
        Sha256 old_id;
        NodeValue value;
        ByteString bytes;
    };

    void copy_until(std::size_t end);
    void leave_old_node();
    void append(std::string_view key, const NodeValue& value);
    void cut();
    Ending& ending_at(std::string_view key);
    void tell();

    std::uint8_t level_;
    EditTarget& target_;
    NodeSink& sink_;
    std::optional<TreePath> old_;
    bool is_root_ = false;
    State state_ = State::idle;
    std::size_t at_ = 0;
    NodeEncoder out_;
    Ending ending_;
    std::uint64_t nodes_ = 0;
    NodeValue last_;
    ByteString last_bytes_;
};

void LevelEditor::edit(std::string_view key, const NodeValue* value) {
    while (state_ != State::tail) {
        if (state_ == State::idle) {
            old_->seek(key, level_);
            at_ = 0;
            state_ = State::copying;
        }
        const FlatNode& node = old_->node();
        if (node.last_key() < key) {
            copy_until(node.size());
            leave_old_node();
            continue;
        }
        copy_until(node.lower_bound(key));
        // At the very end the level below tells its last new node after the removal of an old one that ended
        // later; that removal may have been our last item.
        if (at_ < node.size() && node.key(at_) == key) {
            ++at_;
        }
        break;
    }
    if (value != nullptr) {
        append(key, *value);
    }
}

void LevelEditor::finish() {
    while (state_ == State::copying) {
        copy_until(old_->node().size());
        leave_old_node();
    }
    if (out_.size() > 0) {
        cut();
    }
    tell();
}

void LevelEditor::copy_until(std::size_t end) {
    const FlatNode& node = old_->node();
    for (; at_ < end; ++at_) {
        append(node.key(at_), node.value(at_));
    }
}

void LevelEditor::leave_old_node() {
    const FlatNode& node = old_->node();
    if (node.size() > 0) { // an empty tree's only node ends nowhere
        Ending& ending = ending_at(node.last_key());
        ending.is_old = true;
        ending.old_id = node.id();
    }
    if (!old_->has_next()) {
        state_ = State::tail;
    } else if (out_.size() == 0) {
        state_ = State::idle;
    } else {
        old_->next();
        at_ = 0;
    }
}

void LevelEditor::append(std::string_view key, const NodeValue& value) {
    out_.add(key, common_prefix(out_.last_key(), key), value);
    if (tree_cut(level_, key, out_.size(), out_.key_bytes())) {
        cut();
    }
}

void LevelEditor::cut() {
    Ending& ending = ending_at(out_.last_key());
    const ByteView bytes = out_.view();
    ending.is_new = true;
    ending.value = {{EntryKind::file, out_.bytes(), sha256(bytes)}, out_.entries()};
    ending.bytes.assign(bytes);
    out_.clear();
}

LevelEditor::Ending& LevelEditor::ending_at(std::string_view key) {
    if (ending_.any && ending_.key != key) {
        tell();
    }
    ending_.any = true;
    ending_.key.assign(key);
    return ending_;
}

void LevelEditor::tell() {
    if (!ending_.any) {
        return;
    }
    const bool same = ending_.is_old && ending_.is_new && ending_.old_id == ending_.value.entry.hash;
    if (ending_.is_new && !same) {
        sink_.save_node(ending_.value.entry.hash, ending_.bytes);
    }
    // Above the old root there is no item for it yet, so that even an unchanged one is told.
    if (!ending_.is_new) {
        target_.edit(level_ + 1u, ending_.key, nullptr);
    } else if (!same || is_root_) {
        ++nodes_;
        last_ = ending_.value;
        std::swap(last_bytes_, ending_.bytes);
        target_.edit(level_ + 1u, ending_.key, &ending_.value);
    }
    ending_.any = ending_.is_old = ending_.is_new = false;
}

} // namespace

struct TreeEditor::Impl final : public EditTarget {
    Impl(NodeSource& n, NodeSink& s, const Sha256& b) : nodes(n), sink(s), base(b), cache(n) {}

    void edit(std::size_t level, std::string_view key, const NodeValue* value) override {
        if (level == levels.size()) {
            std::optional<TreePath> old;
            TreePath way(nodes, base, &cache);
            height = way.root().level();
            if (level <= height) {
                old.emplace(std::move(way));
            } else if (value == nullptr) {
                return; // nothing is there to be removed
            }
            levels.emplace_back(static_cast<std::uint8_t>(level), std::move(old), *this, sink);
        }
        levels[level].edit(key, value);
    }

    TreeInfo finish() {
        for (std::size_t i = 0; i < levels.size(); ++i) {
            levels[i].finish();
            if (i < height) {
                continue;
            }
            if (levels[i].nodes() == 0) {
                return empty_tree(&sink);
            }
            if (levels[i].nodes() == 1) {
                return collapse(i);
            }
        }
        return tree_info(nodes, base); // no edit reached the root
    }

    /// Goes down while a root has one child only: the tree ends at the first level with one node.
    TreeInfo collapse(std::size_t level) {
        NodeValue root = levels[level].last();
        FlatNode node;
        for (;;) {
            const Sha256 id = root.entry.hash;
            // What was written just now may not be readable yet.
            if (level < levels.size() && levels[level].nodes() > 0 && levels[level].last().entry.hash == id) {
                node.decode(levels[level].last_bytes(), id);
            } else {
                load_flat(nodes, id, node);
            }
            if (level == 0 || node.size() > 1) {
                return {id, root.entries, root.entry.size};
            }
            root = node.value(0);
            --level;
        }
    }

    NodeSource& nodes;
    NodeSink& sink;
    Sha256 base;
    NodeCache cache;
    std::size_t height = 0;
    std::deque<LevelEditor> levels;
    std::string last_path; ///< of the edits
};

TreeEditor::TreeEditor(NodeSource& nodes, NodeSink& sink, const Sha256& base)
    : impl_(std::make_unique<Impl>(nodes, sink, base)) {}
TreeEditor::~TreeEditor() = default;

void TreeEditor::put(std::string_view path, const Entry& entry) {
    check_rising(impl_->last_path, path);
    check_entry(path, 0, entry);
    const NodeValue value{entry, 1};
    impl_->edit(0, path, &value);
    impl_->last_path.assign(path);
}

void TreeEditor::remove(std::string_view path) {
    check_rising(impl_->last_path, path);
    impl_->edit(0, path, nullptr);
    impl_->last_path.assign(path);
}

TreeInfo TreeEditor::finish() {
    return impl_->finish();
}

} // namespace ds

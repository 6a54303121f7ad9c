// Walking the entries of a tree, and the lookups that are a seek.
#include "model/tree.hpp"

#include "model/tree_path.hpp"

namespace ds {

struct TreeCursor::Impl {
    Impl(NodeSource& nodes, const Sha256& root) : way(nodes, root) { seek({}); }

    void seek(std::string_view wanted) {
        way.seek(wanted, 0);
        at = way.node().lower_bound(wanted);
        size = way.node().size();
        load();
    }
    void next() {
        if (++at == size && way.next()) {
            at = 0;
            size = way.node().size();
        }
        load();
    }
    void load() {
        if (at < size) {
            path.assign(way.node().key(at));
        }
    }

    TreePath way;
    std::size_t at = 0;
    std::size_t size = 0; ///< of the leaf
    std::string path;
};

TreeCursor::TreeCursor(NodeSource& nodes, const Sha256& root) : impl_(std::make_unique<Impl>(nodes, root)) {}
TreeCursor::~TreeCursor() = default;
TreeCursor::TreeCursor(TreeCursor&&) noexcept = default;

bool TreeCursor::valid() const noexcept {
    return impl_->at < impl_->size;
}

const std::string& TreeCursor::path() const {
    return impl_->path;
}

const Entry& TreeCursor::entry() const {
    return impl_->way.node().value(impl_->at).entry;
}

void TreeCursor::next() {
    impl_->next();
}

void TreeCursor::seek(std::string_view path) {
    impl_->seek(path);
}

std::optional<Entry> tree_find(NodeSource& nodes, const Sha256& root, std::string_view path) {
    TreePath way(nodes, root);
    way.seek(path, 0);
    const FlatNode& leaf = way.node();
    const std::size_t at = leaf.lower_bound(path);
    if (at == leaf.size() || leaf.key(at) != path) {
        return std::nullopt;
    }
    return leaf.value(at).entry;
}

bool tree_has_below(NodeSource& nodes, const Sha256& root, std::string_view folder) {
    std::string prefix(folder);
    if (!prefix.empty()) {
        prefix += '/';
    }
    TreePath way(nodes, root);
    way.seek(prefix, 0);
    const FlatNode& leaf = way.node();
    const std::size_t at = leaf.lower_bound(prefix);
    return at < leaf.size() && leaf.key(at).starts_with(prefix);
}

} // namespace ds

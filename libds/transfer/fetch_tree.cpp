// Tree nodes of a registry's version into the local store.
//
// A node that is here implies that all below it is here: everything is committed at once at the end.
#include "transfer/fetch.hpp"

#include "base/path.hpp"
#include "transfer/version_nodes.hpp"

#include <fmt/format.h>

namespace ds {

namespace {

class TreeFetch {
  public:
    TreeFetch(VersionNodes& nodes, ObjectStore& local, Context& context)
        : nodes_(nodes), local_(local), context_(context), writer_(local.writer()) {}

    void run() {
        const NodePlace root = nodes_.root_place();
        if (local_.has(ObjectKind::tree, root.id)) {
            return;
        }
        ProgressScope progress(context_.progress, "fetching file list", root.entries);
        const auto bytes = nodes_.tree_bytes(root);
        if (TreeNode::parse(*bytes, root.id).level == 0) {
            leaf(root, nullptr);
        } else {
            inner(*nodes_.node(root));
        }
        writer_->commit();
    }

  private:
    void leaf(const NodePlace& place, const std::string* last_path) {
        const auto bytes = nodes_.tree_bytes(place);
        const TreeNode node = TreeNode::parse(*bytes, place.id);
        const bool ends_right =
            last_path == nullptr || (!node.leaves.empty() && node.leaves.back().path == *last_path);
        if (node.level != 0 || node.entries() != place.entries || node.bytes() != place.bytes ||
            !ends_right) {
            throw CorruptObject(fmt::format("tree node {} differs from what stands above it in the tree",
                                            place.id.short_hex()));
        }
        writer_->save_node(place.id, *bytes);
        context_.progress.advance(node.leaves.size(), 0);
    }

    void inner(const VersionNode& node) {
        context_.check_stop();
        writer_->save_node(node.place.id, *nodes_.tree_bytes(node.place));
        const bool above_leaves = node.tree.level == 1;
        for (std::size_t i = 0; i < node.tree.children.size();) {
            std::vector<std::size_t> missing;
            const std::size_t end = above_leaves ? i + VersionNodes::batch(node, i) : i + 1;
            for (; i < end; ++i) {
                if (local_.has(ObjectKind::tree, node.tree.children[i].child)) {
                    context_.progress.advance(node.tree.children[i].entries, 0);
                } else {
                    missing.push_back(i);
                }
            }
            if (missing.size() > 1) {
                nodes_.prefetch(node, missing, false, context_.jobs);
            }
            for (const std::size_t child : missing) {
                if (above_leaves) {
                    leaf(VersionNodes::child_place(node, child), &node.tree.children[child].last_path);
                } else {
                    inner(*nodes_.child(node, child));
                }
            }
        }
    }

    VersionNodes& nodes_;
    ObjectStore& local_;
    Context& context_;
    std::unique_ptr<StoreWriter> writer_;
};

} // namespace

void fetch_tree(RegistryVersion& version, ObjectStore& local, Context& context, TransferStats& stats) {
    const std::uint64_t before = version.bytes_read();
    TreeFetch(version.nodes(), local, context).run();
    stats.bytes += version.bytes_read() - before;
}

} // namespace ds

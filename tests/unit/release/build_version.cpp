// Packs, layouts and trees by hand.
#include "build_version.hpp"

#include "codec/hash.hpp"
#include "model/tree.hpp"
#include "model/tree_node.hpp"
#include "store/frame.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace ds_test {

namespace {

constexpr std::size_t chunk_bytes = 64;

struct MemoryNodes final : ds::NodeSink, ds::NodeSource {
    std::map<ds::Sha256, std::string> nodes;
    void save_node(const ds::Sha256& id, ds::ByteView bytes) override { nodes[id] = std::string(bytes); }
    std::shared_ptr<const ds::ByteString> load_node(const ds::Sha256& id) override {
        return std::make_shared<const ds::ByteString>(nodes.at(id));
    }
};

/// A pack being made: one frame per object.
class Pack {
  public:
    ds::Extent add(ds::ObjectKind kind, const ds::Sha256& hash, ds::ByteView bytes) {
        ds::FrameBuilder frame(kind);
        frame.add(hash, bytes);
        const auto offset = static_cast<std::uint32_t>(bytes_.size());
        auto entries = frame.encode(1, bytes_);
        for (auto& entry : entries) {
            entry.frame_offset = offset;
            entries_.push_back(entry);
        }
        return {0, offset, static_cast<std::uint32_t>(bytes_.size()) - offset, entries.at(0).inner_offset,
                entries.at(0).length};
    }
    [[nodiscard]] ds::PackRef send(ds::Registry& registry, const std::string& ns) {
        if (entries_.empty()) {
            return {};
        }
        const auto footer = ds::make_footer(entries_);
        bytes_ += footer.bytes;
        return registry.put_pack(ns, footer.name, ds::MemoryBody(bytes_));
    }

  private:
    std::string bytes_{ds::pack_magic};
    std::vector<ds::FooterEntry> entries_;
};

struct Placed {
    ds::PackRef pack; ///< zero: the pack being made
    ds::Extent at;
};

Placed here(const ds::Extent& at) {
    Placed placed;
    placed.at = at;
    return placed;
}

ds::Place place_of(const Placed& placed, const ds::Sha256& hash) {
    return {placed.pack.name,
            placed.pack.version_id,
            placed.at.frame_offset,
            placed.at.frame_length,
            placed.at.inner_offset,
            placed.at.length,
            hash};
}

} // namespace

struct VersionBuilder::Impl {
    struct Node {
        Placed tree, layout;
        ds::Sha256 layout_hash;
    };
    ds::Registry& registry;
    std::string ns;
    std::map<ds::Sha256, Placed> chunks;
    std::map<ds::Sha256, Node> nodes;

    static ds::Extent in_table(const Placed& placed, ds::PackTable& table) {
        auto at = placed.at;
        at.pack = table.index_of(placed.pack);
        return at;
    }

    ds::FileLayout file_layout(const std::string& content, ds::PackTable& table, Pack& meta) {
        ds::FileLayout file;
        ds::LayoutSegment segment;
        ds::PackTable segment_table;
        ds::SegmentPlace place;
        for (std::size_t at = 0; at < content.size(); at += chunk_bytes) {
            const auto bytes = content.substr(at, chunk_bytes);
            const auto hash = ds::sha256(bytes);
            if (file.chunks.size() < ds::max_inline_chunks) {
                file.chunks.push_back({hash, in_table(chunks.at(hash), table)});
            } else {
                segment.chunks.push_back({hash, in_table(chunks.at(hash), segment_table)});
                place.size += bytes.size();
            }
        }
        if (!segment.chunks.empty()) {
            segment.packs = segment_table.take();
            const auto bytes = segment.serialise();
            place.chunks = static_cast<std::uint32_t>(segment.chunks.size());
            place.hash = ds::sha256(bytes);
            place.at = in_table(here(meta.add(ds::ObjectKind::segment, place.hash, bytes)), table);
            file.segments.push_back(place);
        }
        return file;
    }

    void add_node(const MemoryNodes& tree, const ds::Sha256& id,
                  const std::map<std::string, std::string>& files, Pack& meta) {
        if (nodes.contains(id)) {
            return;
        }
        const auto& bytes = tree.nodes.at(id);
        const auto node = ds::TreeNode::parse(bytes, id);
        ds::LayoutNode layout;
        layout.level = node.level;
        ds::PackTable table;
        std::vector<ds::Sha256> hashes;
        for (const auto& item : node.leaves) {
            hashes.push_back(item.entry.hash);
            layout.files.push_back(file_layout(files.at(item.path), table, meta));
        }
        for (const auto& item : node.children) {
            add_node(tree, item.child, files, meta);
            const auto& child = nodes.at(item.child);
            layout.children.push_back(
                {in_table(child.tree, table), in_table(child.layout, table), child.layout_hash});
        }
        layout.packs = table.take();
        const auto layout_bytes = layout.serialise(hashes);
        Node made;
        made.layout_hash = ds::sha256(layout_bytes);
        made.tree = here(meta.add(ds::ObjectKind::tree, id, bytes));
        made.layout = here(meta.add(ds::ObjectKind::layout, made.layout_hash, layout_bytes));
        nodes.emplace(id, made);
    }
};

VersionBuilder::VersionBuilder(ds::Registry& registry, std::string ns)
    : impl_(std::make_unique<Impl>(Impl{registry, std::move(ns), {}, {}})) {}
VersionBuilder::~VersionBuilder() = default;

void VersionBuilder::forget() {
    impl_->chunks.clear();
    impl_->nodes.clear();
}

BuiltVersion VersionBuilder::build(const std::map<std::string, std::string>& files) {
    BuiltVersion result;
    const auto settle = [](ds::PackRef& pack, const ds::PackRef& made) {
        if (pack.name.is_zero()) {
            pack = made;
        }
    };
    Pack content;
    MemoryNodes tree;
    ds::TreeBuilder builder(tree);
    for (const auto& [path, bytes] : files) {
        for (std::size_t at = 0; at < bytes.size(); at += chunk_bytes) {
            const auto chunk = bytes.substr(at, chunk_bytes);
            const auto hash = ds::sha256(chunk);
            if (!impl_->chunks.contains(hash)) {
                impl_->chunks[hash] = here(content.add(ds::ObjectKind::chunk, hash, chunk));
            }
        }
        builder.add(path, {ds::EntryKind::file, bytes.size(), ds::sha256(bytes)});
    }
    result.roots.tree = builder.finish();
    result.content_pack = content.send(impl_->registry, impl_->ns);
    for (auto& [hash, placed] : impl_->chunks) {
        settle(placed.pack, result.content_pack);
    }
    Pack meta;
    impl_->add_node(tree, result.roots.tree.root, files, meta);
    result.meta_pack = meta.send(impl_->registry, impl_->ns);
    for (auto& [id, node] : impl_->nodes) {
        settle(node.tree.pack, result.meta_pack);
        settle(node.layout.pack, result.meta_pack);
    }
    const auto& root = impl_->nodes.at(result.roots.tree.root);
    result.roots.tree_place = place_of(root.tree, result.roots.tree.root);
    result.roots.layout_place = place_of(root.layout, root.layout_hash);

    ds::HistoryBundle bundle;
    bundle.objects.push_back({1, "a commit of " + result.roots.tree.root.hex()});
    const auto bytes = bundle.serialise();
    const auto hash = ds::sha256(bytes);
    Pack history;
    const auto at = history.add(ds::ObjectKind::history, hash, bytes);
    result.history_pack = history.send(impl_->registry, impl_->ns);
    result.roots.history_place = place_of({result.history_pack, at}, hash);
    result.manifest = ds::make_manifest(tree, result.roots.tree.root);
    return result;
}

std::map<std::string, std::string> many_files(std::size_t n, const std::string& salt) {
    std::map<std::string, std::string> files;
    for (std::size_t i = 0; i < n; ++i) {
        auto number = std::to_string(i);
        number.insert(0, 6 - number.size(), '0');
        files["part-" + number.substr(0, 3) + "/" + number + ".txt"] = "file " + number + (i < 3 ? salt : "");
    }
    return files;
}

} // namespace ds_test

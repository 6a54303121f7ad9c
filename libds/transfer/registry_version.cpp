// The public face of a version in a registry: walking, finding and streaming on top of its nodes.
#include "transfer/version_source.hpp"

#include "base/path.hpp"
#include "codec/hash.hpp"
#include "transfer/content_check.hpp"
#include "transfer/content_stream.hpp"
#include "transfer/history_chain.hpp"
#include "transfer/version_nodes.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds {

namespace {
constexpr unsigned walk_jobs = 2;
/// What one request spans at most, and what it may read for nothing between two frames: files that were stored beside each
/// other by several threads do not lie exactly in the order of their paths.
constexpr PackReader::Bounds prepared{.run = 4u << 20, .gap = 128u << 10, .raw = 16u << 20};
} // namespace

struct RegistryVersion::Impl {
    Impl(Registry& registry, std::string ns, VersionRoots roots, ObjectStore* local)
        : reader(registry, std::move(ns)), nodes(reader, std::move(roots), local) {}

    /// @throws Error(not_found)
    LeafPosition require(std::string_view path, const Entry& entry) {
        auto at = nodes.find(path);
        if (!at || at->leaf->tree.leaves[at->index].entry.hash != entry.hash ||
            at->leaf->tree.leaves[at->index].entry.size != entry.size) {
            throw Error(
                ErrorKind::not_found,
                fmt::format("registry '{}' does not have this content of '{}' in the version looked at",
                            reader.registry().alias(), printable(path)));
        }
        return std::move(*at);
    }

    /// `place` was asked for by `enter` already.
    void walk_below(const VersionNode& node, const std::function<bool(const Sha256&)>& enter,
                    const std::function<void(const VersionNode&)>& visit) {
        visit(node);
        for (std::size_t i = 0; i < node.tree.children.size();) {
            // Leaves are read many at a time.
            std::vector<std::size_t> wanted;
            const std::size_t end = node.tree.level == 1 ? i + VersionNodes::batch(node, i) : i + 1;
            for (; i < end; ++i) {
                if (enter(node.tree.children[i].child)) {
                    wanted.push_back(i);
                }
            }
            if (wanted.size() > 1) {
                nodes.prefetch(node, wanted, true, walk_jobs);
            }
            for (const std::size_t child : wanted) {
                walk_below(*nodes.child(node, child), enter, visit);
            }
        }
    }
    void walk(const std::function<bool(const Sha256&)>& enter,
              const std::function<void(const VersionNode&)>& visit) {
        const NodePlace root = nodes.root_place();
        if (enter(root.id)) {
            walk_below(*nodes.node(root), enter, visit);
        }
    }

    PackReader reader;
    VersionNodes nodes;
};

RegistryVersion::RegistryVersion(Registry& registry, std::string ns, VersionRoots roots, ObjectStore* local)
    : impl_(std::make_unique<Impl>(registry, std::move(ns), std::move(roots), local)) {}
RegistryVersion::~RegistryVersion() = default;

const VersionRoots& RegistryVersion::roots() const noexcept {
    return impl_->nodes.roots();
}
Registry& RegistryVersion::registry() const noexcept {
    return impl_->reader.registry();
}
const std::string& RegistryVersion::ns() const noexcept {
    return impl_->reader.ns();
}
VersionNodes& RegistryVersion::nodes() noexcept {
    return impl_->nodes;
}
std::uint64_t RegistryVersion::bytes_read() const noexcept {
    return impl_->reader.bytes_read();
}

std::shared_ptr<const ByteString> RegistryVersion::load_node(const Sha256& id) {
    return impl_->nodes.load(id);
}

void RegistryVersion::stream(std::string_view path, const Entry& entry,
                             const std::function<void(ByteView)>& sink) {
    if (entry.size == 0) {
        return;
    }
    stream_entry(impl_->nodes, impl_->require(path, entry), sink);
}

void RegistryVersion::stream_whole(std::string_view path, const Entry& entry,
                                   const std::function<void(ByteView)>& sink) {
    if (entry.size == 0) {
        return;
    }
    stream_entry(impl_->nodes, impl_->require(path, entry), sink, ChunkProof::frame);
}

void RegistryVersion::stream_range(std::string_view path, const Entry& entry, std::uint64_t offset,
                                   std::uint64_t length, const std::function<void(ByteView)>& sink) {
    if (offset >= entry.size || length == 0) {
        return;
    }
    length = std::min(length, entry.size - offset);
    const auto at = impl_->require(path, entry);
    const FileLayout& file = at.leaf->layout.files[at.index];
    read_chunks(impl_->nodes, path, file, at.leaf->layout.packs, offset, length,
                [&](const ChunkBytes& piece) {
                    const std::uint64_t skip = offset > piece.offset ? offset - piece.offset : 0;
                    const std::uint64_t end =
                        std::min<std::uint64_t>(piece.bytes.size(), offset + length - piece.offset);
                    sink(piece.bytes.substr(skip, end - skip));
                });
}

std::uint64_t RegistryVersion::check_prefix(std::string_view path, const Entry& entry, const ReadAt& have,
                                            const std::function<void(ByteView)>& sink) {
    const auto at = impl_->require(path, entry);
    const FileLayout& file = at.leaf->layout.files[at.index];
    std::uint64_t verified = 0;
    ByteString buffer;
    const auto holds = [&](const ChunkPlace& chunk) {
        if (chunk.at.length > max_frame_raw || chunk.at.length > entry.size - verified) {
            return false;
        }
        buffer.resize(chunk.at.length);
        if (have(verified, buffer.data(), buffer.size()) != buffer.size() || sha256(buffer) != chunk.hash) {
            return false;
        }
        sink(buffer);
        verified += buffer.size();
        return true;
    };
    if (!std::all_of(file.chunks.begin(), file.chunks.end(), holds)) {
        return verified;
    }
    for (const SegmentPlace& place : file.segments) { // one at a time: the end may come soon
        const auto segment = impl_->nodes.segment(place, at.leaf->layout.packs[place.at.pack]);
        if (!std::all_of(segment.chunks.begin(), segment.chunks.end(), holds)) {
            break;
        }
    }
    return verified;
}

ContentSource::Prepared RegistryVersion::prepare(std::span<const Wanted> next) {
    std::vector<FramePlace> places;
    for (const Wanted& wanted : next) {
        if (wanted.entry.kind == EntryKind::empty_dir || wanted.entry.size == 0) {
            continue;
        }
        const auto at = impl_->nodes.find(wanted.path);
        if (!at) {
            continue; // streaming it says so
        }
        const FileLayout& file = at->leaf->layout.files[at->index];
        if (file.chunks.size() == 1 && file.segments.empty()) {
            const Extent& extent = file.chunks[0].at;
            places.push_back({at->leaf->layout.packs[extent.pack], extent.frame_offset, extent.frame_length});
        }
    }
    using Frames = std::vector<std::shared_ptr<const DecodedFrame>>;
    return std::make_shared<const Frames>(impl_->reader.frames(places, 1, prepared));
}

void RegistryVersion::walk(const std::function<bool(const Sha256&)>& enter,
                           const std::function<void(const Leaf&)>& leaf,
                           const std::function<void(const Sha256&, const ByteString&)>& tree_node) {
    impl_->walk(
        enter ? enter : [](const Sha256&) { return true; },
        [&](const VersionNode& node) {
            if (tree_node) {
                tree_node(node.place.id, *impl_->nodes.tree_bytes(node.place));
            }
            if (node.tree.level == 0 && leaf) {
                leaf({node.tree, node.layout});
            }
        });
}

void RegistryVersion::walk_packs(const std::function<bool(const Sha256&)>& enter,
                                 const std::function<void(const PackRef&)>& visit) {
    impl_->walk(
        enter ? enter : [](const Sha256&) { return true; },
        [&](const VersionNode& node) {
            visit(node.place.tree_pack);
            visit(node.place.layout_pack);
            for (const PackRef& pack : node.layout.packs) {
                visit(pack);
            }
            for (const FileLayout& file : node.layout.files) {
                for (const SegmentPlace& place : file.segments) {
                    for (const PackRef& pack :
                         impl_->nodes.segment(place, node.layout.packs[place.at.pack]).packs) {
                        visit(pack);
                    }
                }
            }
        });
    for (std::optional<Place> at = roots().history_place; at && !at->hash.is_zero();) {
        visit({at->pack, at->version_id});
        at = read_history_bundle(impl_->reader, *at).previous;
    }
}

void RegistryVersion::for_each_chunk(const FileLayout& file, const std::vector<PackRef>& packs,
                                     const std::function<void(const ChunkPlace&, const PackRef&)>& visit) {
    impl_->nodes.for_each_chunk(file, packs, visit);
}

std::optional<RegistryVersion::Located> RegistryVersion::locate(std::string_view path) {
    const auto at = impl_->nodes.find(path);
    if (!at) {
        return std::nullopt;
    }
    return Located{at->leaf->tree.leaves[at->index].entry, at->leaf->layout.files[at->index],
                   at->leaf->layout.packs};
}

ByteString RegistryVersion::object(const Place& place, ObjectKind kind) {
    const Extent extent{0, place.frame_offset, place.frame_length, place.inner_offset, place.length};
    return impl_->reader.object({place.pack, place.version_id}, extent, kind, place.hash,
                                "object " + place.hash.short_hex());
}

} // namespace ds

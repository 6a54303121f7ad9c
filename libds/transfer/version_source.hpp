// Where the content of a version can be had from, chunk by chunk: the local store or a registry.
// push, fetch and copies between registries are the same walk over one of these.
#pragma once

#include "base/context.hpp"
#include "model/documents.hpp"
#include "model/layout.hpp"
#include "model/node_store.hpp"
#include "registry/registry.hpp"
#include "store/object_store.hpp"

#include <functional>
#include <memory>
#include <string>

namespace ds {

class VersionNodes;

/// A registry's packs as seen through the layout of one version: tree nodes, layouts and content, read by
/// range, verified by hash, with bounded caches. Thread-safe.
class RegistryVersion : public NodeSource, public ContentSource {
  public:
    /// @param roots from a head or record; `registry` must outlive this
    /// @param local where tree nodes may be had without asking the registry; may be null, must outlive this
    RegistryVersion(Registry& registry, std::string ns, VersionRoots roots, ObjectStore* local = nullptr);
    ~RegistryVersion() override;

    [[nodiscard]] const VersionRoots& roots() const noexcept;
    [[nodiscard]] Registry& registry() const noexcept;
    [[nodiscard]] const std::string& ns() const noexcept;

    /// Only nodes of this version's tree that were reached from its root (their places come from the
    /// layout above them). @throws Error(not_found)
    std::shared_ptr<const ByteString> load_node(const Sha256& id) override;
    /// Walks from the root to `path` (O(log n) reads).
    void stream(std::string_view path, const Entry& entry,
                const std::function<void(ByteView)>& sink) override;
    void stream_whole(std::string_view path, const Entry& entry,
                      const std::function<void(ByteView)>& sink) override;
    void stream_range(std::string_view path, const Entry& entry, std::uint64_t offset, std::uint64_t length,
                      const std::function<void(ByteView)>& sink) override;
    std::uint64_t check_prefix(std::string_view path, const Entry& entry, const ReadAt& have,
                               const std::function<void(ByteView)>& sink) override;
    [[nodiscard]] Prepared prepare(std::span<const Wanted> next) override;

    /// Visits every leaf below the root in order: the parsed tree leaf, and for each entry its
    /// layout, with pack indices resolved by `packs`. `enter(tree node id)` false skips a subtree unread.
    struct Leaf {
        const TreeNode& tree;
        const LayoutNode& layout;
    };
    void walk(const std::function<bool(const Sha256&)>& enter, const std::function<void(const Leaf&)>& leaf,
              const std::function<void(const Sha256&, const ByteString&)>& tree_node = {});
    /// Visits every pack that this version reaches: content, segments, tree, layout and history; a pack may
    /// be visited many times. `enter(tree node id)` false skips a subtree unread.
    void walk_packs(const std::function<bool(const Sha256&)>& enter,
                    const std::function<void(const PackRef&)>& visit);
    /// The chunks of one entry in order, segments loaded one at a time: (hash, pack, extent).
    void for_each_chunk(const FileLayout& file, const std::vector<PackRef>& packs,
                        const std::function<void(const ChunkPlace&, const PackRef&)>& visit);
    /// The layout of one path, with the pack table it refers to; nothing when the path is not there.
    struct Located {
        Entry entry;
        FileLayout file;
        std::vector<PackRef> packs;
    };
    [[nodiscard]] std::optional<Located> locate(std::string_view path);
    /// One verified object.
    [[nodiscard]] ByteString object(const Place& place, ObjectKind kind);
    /// Bytes read from the registry so far.
    [[nodiscard]] std::uint64_t bytes_read() const noexcept;
    /// Node by node access, for this module.
    [[nodiscard]] VersionNodes& nodes() noexcept;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace ds

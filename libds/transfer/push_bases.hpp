// What a push can leave out: subtrees, files and chunks that versions in the same namespace reach already.
// Internal to this module.
//
// Unchanged subtrees are found by their last path (keys are unique, so there is one candidate). Content that
// moved is found among the entries that the difference of the two trees says are gone: a sorted list of
// hash prefixes with the path to look near, 16 bytes an entry, since a renamed folder may be the whole
// dataset.
//
// A base of which something is missing or damaged is no longer asked: what it would have saved is sent, which
// is also how a damaged draft heals.
#pragma once

#include "model/node_store.hpp"
#include "transfer/push.hpp"
#include "transfer/version_nodes.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace ds {

/// An entry of a base, with the layout around it.
struct BaseFile {
    VersionNodePtr leaf;
    std::size_t index = 0;
    VersionNodes* nodes = nullptr;
    [[nodiscard]] const LeafItem& item() const { return leaf->tree.leaves[index]; }
    [[nodiscard]] const FileLayout& layout() const { return leaf->layout.files[index]; }
    [[nodiscard]] const std::vector<PackRef>& packs() const { return leaf->layout.packs; }
};

class PushBases {
  public:
    /// Compares the request's tree, read from `nodes`, with its bases. The request must outlive this.
    PushBases(const PushRequest& request, NodeSource& nodes, Context& context);
    ~PushBases();

    /// A base that is this very tree.
    [[nodiscard]] const VersionRoots* same_tree() const noexcept { return same_ ? &*same_ : nullptr; }
    [[nodiscard]] std::optional<NodePlace> find_node(const Sha256& id, int level, std::string_view last_path);
    /// The same content, at the same path or moved.
    [[nodiscard]] std::optional<BaseFile> find_content(std::string_view path, const Entry& entry);
    /// What stood at the path before, to find chunks that both share.
    [[nodiscard]] std::optional<BaseFile> find_path(std::string_view path);
    /// Bytes of content and entries that differ from the first base; the whole tree without one.
    [[nodiscard]] std::uint64_t changed_bytes() const noexcept { return changed_bytes_; }
    [[nodiscard]] std::uint64_t changed_entries() const noexcept { return changed_entries_; }
    /// Bytes of content that the likeliest base lacks: about what is to be sent.
    [[nodiscard]] std::uint64_t missing_bytes() const noexcept { return missing_bytes_; }

  private:
    struct Base;
    /// Takes bases until little is missing. @returns false when no more are wanted
    bool take(const std::vector<VersionRoots>& bases);
    /// Compares with one base. @returns bytes of content that it does not have at the same path
    std::uint64_t compare(Base& base);
    [[nodiscard]] static std::optional<BaseFile> find_moved(Base& base, const Entry& entry);
    /// What `look` finds in a base; nothing if the base is damaged, which is noted.
    template <class Look>
    auto ask(Base& base, const Look& look) -> decltype(look());
    void give_up(Base& base, const Error& error);

    const PushRequest& request_;
    NodeSource& nodes_;
    Context& context_;
    std::optional<VersionRoots> same_;
    std::deque<Base> bases_;
    std::uint64_t missing_bytes_;
    std::uint64_t missing_entries_;
    std::uint64_t changed_bytes_ = 0;
    std::uint64_t changed_entries_ = 0;
};

/// The chunks of an older state of a large file near a position, loaded as the position moves on.
class NearbyChunks {
  public:
    explicit NearbyChunks(BaseFile file);
    /// The place of a chunk, if the older file has it near the `index`-th chunk.
    struct Found {
        ChunkPlace chunk;
        PackRef pack;
    };
    [[nodiscard]] std::optional<Found> find(const Sha256& hash, std::uint64_t index);

  private:
    struct Near {
        Extent at;
        std::uint32_t pack = 0;
    };
    void load_more();
    void add(const ChunkPlace& chunk, const PackRef& pack);

    BaseFile file_;
    std::vector<PackRef> packs_;
    std::deque<Sha256> order_; ///< the first is the oldest
    std::unordered_map<Sha256, Near> chunks_;
    std::uint64_t loaded_ = 0;
    std::size_t next_segment_ = 0;
};

} // namespace ds

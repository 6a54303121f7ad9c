// Marking: what everything that is named in a namespace reaches. Internal to this module.
//
// Memory: the reached packs as a sorted set, and the layout nodes that were seen already, so that what versions share
// is read once; of the latter a bounded number, beyond which something may be read again. Layouts are streamed.
#pragma once

#include "model/pack_list.hpp"
#include "registry/registry.hpp"
#include "release/closure.hpp"
#include "release/collect.hpp"

#include <array>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace ds {

/// Every head and record of a namespace, by listing. @throws CorruptObject for a key that no head can have
struct NamespaceNames {
    std::vector<std::pair<DatasetName, std::string>> heads;
    std::vector<DatasetName> datasets;
};
[[nodiscard]] NamespaceNames names_in(Registry& registry, const std::string& ns);
/// A head that was listed. @throws CorruptObject when it is gone
[[nodiscard]] StoredHead existing_head(Registry& registry, const DatasetName& dataset,
                                       const std::string& version);

/// Nodes that were seen, by a fingerprint of where they lie; forgets when there are too many.
class SeenNodes {
  public:
    /// @returns false when it was seen before
    bool add(const NodePlace& place);
    bool add(const Place& bundle);

  private:
    struct Print {
        std::uint64_t high = 0, low = 0;
        friend bool operator==(const Print&, const Print&) = default;
    };
    struct Hash {
        std::size_t operator()(const Print& print) const noexcept { return print.low; }
    };
    using Set = std::unordered_set<Print, Hash>;
    static bool add(Set& set, ByteView text);

    Set leaves_, inner_, bundles_;
};

/// One pass over heads, then records. One thread.
class Marking : private ReachVisitor {
  public:
    Marking(Registry& registry, std::string ns, Context& context, const CollectPolicy& policy);

    /// @throws CorruptObject when anything that is named cannot be read: then nothing is known
    void run();
    [[nodiscard]] const PackSet& packs() const noexcept { return packs_; }
    /// Versions of notes that heads name.
    [[nodiscard]] const PackSet& notes() const noexcept { return notes_; }
    [[nodiscard]] std::uint64_t heads() const noexcept { return heads_; }
    [[nodiscard]] std::uint64_t records() const noexcept { return records_; }

  private:
    void mark_head(const DatasetName& dataset, const std::string& version);
    void mark_head(const Head& head);
    void mark_roots(const VersionRoots& roots);
    bool enter(const NodePlace& node) override { return seen_.add(node); }
    bool enter(const Place& bundle) override { return seen_.add(bundle); }
    void reach(const PackRef& pack, std::uint64_t end) override;

    Registry& registry_;
    std::string ns_;
    Context& context_;
    const CollectPolicy& policy_;
    PackSet packs_, notes_;
    PackRef last_; ///< the same pack very often
    SeenNodes seen_;
    std::uint64_t heads_ = 0, records_ = 0;
};

} // namespace ds

// The state of collection of a namespace, and what it means for everybody who writes: a pack that is condemned counts
// as missing, whoever still names it.
//
//   control  <ns>/collection       dsctl.collection/1, under compare-and-swap
//   data     <ns>/notes/<name>     the lists it names
//
// The rule for writers: read the own head first, then what is condemned, then decide what need not be sent, then
// change the head by compare-and-swap. A collector that condemned anything after the second step changes that head
// before it looks again, so that the swap fails, or sees it changed. What the own head reaches already, and what
// records reach, needs no question.
#pragma once

#include "model/pack_list.hpp"
#include "registry/registry.hpp"

#include <mutex>
#include <optional>
#include <string>

namespace ds {

struct StoredCollection {
    Collection state;
    std::string etag; ///< empty: there is none yet
};

[[nodiscard]] std::string collection_key(const std::string& ns);
/// As it stands; the state before the first collection when there is none. @throws CorruptObject
[[nodiscard]] StoredCollection read_collection(Registry& registry, const std::string& ns);
/// Compare-and-swap with read back. @returns as stored; nothing when somebody else was faster
/// @throws Error(unknown) when that cannot be told
[[nodiscard]] std::optional<StoredCollection>
change_collection(Registry& registry, const StoredCollection& expected, Collection next);

/// The condemned packs of a namespace, read when first asked for: after the own head, before the question whether a pack
/// is there. Thread-safe.
class CondemnedPacks {
  public:
    CondemnedPacks(Registry& registry, std::string ns) : registry_(registry), ns_(std::move(ns)) {}
    /// Whether nothing may rely upon that version (unless the own head or a record reaches it).
    [[nodiscard]] bool contains(const PackRef& pack);
    /// Reads them now, unless they were read.
    [[nodiscard]] bool empty();
    [[nodiscard]] std::uint64_t epoch();

  private:
    void load();

    Registry& registry_;
    std::string ns_;
    std::mutex mutex_; ///< guards what follows
    bool loaded_ = false;
    std::uint64_t epoch_ = 0;
    PackSet packs_;
};

} // namespace ds

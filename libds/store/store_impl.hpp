// The inside of ObjectStore, shared by the files that implement it.
#pragma once

#include "model/recipe.hpp"
#include "store/byte_lru.hpp"
#include "store/index_segment.hpp"
#include "store/object_store.hpp"
#include "store/pack_file.hpp"

#include <atomic>
#include <mutex>
#include <unordered_map>

namespace ds {

/// All segments at one moment. Immutable.
struct Segments {
    std::vector<std::shared_ptr<const IndexSegment>> good;
    std::vector<std::pair<std::string, std::exception_ptr>> damaged; ///< path, what is wrong
};

/// An object's place.
struct ObjectPlace {
    std::shared_ptr<const PackFile> pack;
    std::uint32_t entry = 0;
};

/// Bytes inside a decoded frame that `keep` owns.
struct ObjectBytes {
    std::shared_ptr<const ByteString> keep;
    ByteView bytes;
};

struct FrameKey {
    std::uint32_t pack = 0;
    std::uint32_t offset = 0;
    friend bool operator==(const FrameKey&, const FrameKey&) = default;
    [[nodiscard]] std::uint64_t id() const noexcept { return std::uint64_t{pack} << 32 | offset; }
};
struct FrameKeyHash {
    std::size_t operator()(const FrameKey& k) const noexcept { return k.id() * 0x9e3779b97f4a7c15u; }
};

/// A stored frame and its part of the footer, as FrameView shows it.
struct StoredFrame {
    ByteString bytes;
    std::vector<FooterEntry> objects;
};

struct ObjectStore::Impl {
    Impl(std::string store_path, const StoreParams& store_params)
        : path(std::move(store_path)), params(store_params), packs(path + "/packs") {}

    std::string path;
    StoreParams params;
    PackCache packs;
    ByteLru<FrameKey, ByteString, FrameKeyHash> decoded{8u << 20};
    ByteLru<FrameKey, StoredFrame, FrameKeyHash> stored{4u << 20};
    ByteLru<Sha256> nodes{32u << 20};

    [[nodiscard]] std::string index_dir() const { return path + "/index"; }
    [[nodiscard]] std::string packs_dir() const { return path + "/packs"; }
    [[nodiscard]] std::string tmp_dir() const { return path + "/tmp"; }

    [[nodiscard]] std::shared_ptr<const Segments> segments() const;
    /// Lists and opens segments anew; whether anything changed.
    bool refresh();
    void forget_cached();
    /// What was met beside the places of an object.
    struct Trouble {
        bool pack_missing = false;
        std::exception_ptr damage; ///< of the last pack or copy that could not be used
    };
    /// Whether `use(place)` accepted any place of the object. A CorruptObject of one place is noted, and the
    /// next is tried.
    bool visit_places(ObjectKind kind, const Sha256& hash, const std::function<bool(const ObjectPlace&)>& use,
                      Trouble& trouble);
    /// Verified bytes, from the first copy that holds; nothing when absent.
    /// @throws CorruptObject when every copy is damaged
    [[nodiscard]] std::optional<ObjectBytes> fetch(ObjectKind kind, const Sha256& hash);
    /// Like fetch; an absent object is damage, because something that is here refers to it.
    [[nodiscard]] ObjectBytes fetch_needed(ObjectKind kind, const Sha256& hash, std::string_view needed_by);
    [[nodiscard]] FrameKey frame_key(const PackFile& pack, std::uint64_t offset);
    [[nodiscard]] ObjectBytes read_at(const ObjectPlace& place);

    /// A name for a new segment, rising.
    [[nodiscard]] std::string next_segment_path() const;
    /// Merges small segments when there are many. Never fails a commit that is already durable.
    void merge_if_many(const std::string& scratch_dir);

  private:
    mutable std::mutex mutex_;
    std::shared_ptr<const Segments> segments_ = std::make_shared<Segments>();
    std::unordered_map<Sha256, std::uint32_t>
        pack_numbers_; ///< for frame keys; stable while the store is open
};

} // namespace ds

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
    std::shared_ptr<const SharedBytes> keep;
    ByteView bytes;
};

/// What proves an object that is read: its hash, or for now only the checksum of its frame, because whoever
/// reads it proves it together with others.
enum class Proof { hash, checksum };

/// A held file that refers to the work tree.
struct HeldReference {
    Sha256 name;
    HeldSource source;
    std::uint64_t bytes = 0; ///< of its objects
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
    SharedBytes bytes;
    std::vector<FooterEntry> objects;
};

struct ObjectStore::Impl {
    Impl(std::string store_path, const StoreParams& store_params, StoreOptions store_options)
        : path(std::move(store_path)), params(store_params), options(std::move(store_options)),
          packs(path + "/packs", {path + "/held", options.worktree}) {}

    std::string path;
    StoreParams params;
    StoreOptions options;
    PackCache packs;
    ByteLru<FrameKey, SharedBytes, FrameKeyHash> decoded{8u << 20};
    ByteLru<FrameKey, StoredFrame, FrameKeyHash> stored{4u << 20};
    ByteLru<Sha256> nodes{32u << 20};

    [[nodiscard]] std::string index_dir() const { return path + "/index"; }
    [[nodiscard]] std::string packs_dir() const { return path + "/packs"; }
    [[nodiscard]] std::string tmp_dir() const { return path + "/tmp"; }
    [[nodiscard]] std::string held_dir() const { return path + "/held"; }
    /// Names (without suffix) and sizes of the data of held files.
    [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> held_data() const;
    /// Names of all packs and held files, rising.
    [[nodiscard]] std::vector<Sha256> all_packs() const;

    [[nodiscard]] std::shared_ptr<const Segments> segments() const;
    /// Lists and opens segments anew; whether anything changed.
    bool refresh();
    void forget_cached();
    /// What was met beside the places of an object.
    struct Trouble {
        bool pack_missing = false;
        std::exception_ptr damage; ///< of the last pack or copy that could not be used
    };
    /// Places in held files that are not intact any more, and may yet have the object.
    enum class Doubtful { leave_out, come_last };
    /// Whether `use(place)` accepted any place of the object. A CorruptObject of one place is noted, and the
    /// next is tried.
    bool visit_places(ObjectKind kind, const Sha256& hash, const std::function<bool(const ObjectPlace&)>& use,
                      Trouble& trouble, Doubtful doubtful = Doubtful::come_last);
    /// The held files whose bytes lie in the work tree. Looks into the folder once; see forget_references.
    [[nodiscard]] std::shared_ptr<const std::vector<HeldReference>> references();
    void forget_references();
    /// Serialises adopt() of several threads.
    std::mutex adopting;
    /// Whether the store has an object itself, and not only a reference to it.
    [[nodiscard]] bool owns(ObjectKind kind, const Sha256& hash);
    /// Has the store hold, itself, what these held files (all of one source) refer to; the name of the data
    /// that was linked, or nothing when what is still there was copied into packs.
    std::optional<std::string> take_over(ObjectStore& store, const std::vector<HeldReference>& held);
    /// Copies into packs what can be read of a held file that is damaged, or whose bytes are.
    void salvage_held(const Sha256& name, StoreWriter& writer);
    /// Replaces the source of a held file, durably.
    void replace_source(const Sha256& name, const HeldSource& source);
    /// Removes data that no held file names; the bytes of it. Nothing goes on the word of a damaged file.
    /// @param gone held files that do not count
    std::uint64_t sweep_held_data(const std::function<bool(const Sha256&)>& gone, DryRun dry_run);
    /// Whether a copy is here whose pack can be opened; others do not count, so that the object is stored again.
    [[nodiscard]] bool holds(ObjectKind kind, const Sha256& hash);
    /// Verified bytes, from the first copy that holds; nothing when absent.
    /// @throws CorruptObject when every copy is damaged
    [[nodiscard]] std::optional<ObjectBytes> fetch(ObjectKind kind, const Sha256& hash,
                                                   Proof proof = Proof::hash);
    /// Like fetch; an absent object is damage, because something that is here refers to it.
    [[nodiscard]] ObjectBytes fetch_needed(ObjectKind kind, const Sha256& hash, std::string_view needed_by,
                                           Proof proof = Proof::hash);
    /// See ContentSource. Chunks are proven as `proof` says, the whole always by its hash.
    void stream(std::string_view path, const Entry& entry, Proof proof,
                const std::function<void(ByteView)>& sink);
    [[nodiscard]] FrameKey frame_key(const PackFile& pack, std::uint64_t offset);
    [[nodiscard]] ObjectBytes read_at(const ObjectPlace& place, Proof proof);

    /// A name for a new segment, rising.
    [[nodiscard]] std::string next_segment_path() const;
    /// Merges small segments when there are many. Never fails a commit that is already durable.
    void merge_if_many(const std::string& scratch_dir);

  private:
    mutable std::mutex mutex_;
    std::shared_ptr<const std::vector<HeldReference>> references_;
    std::shared_ptr<const Segments> segments_ = std::make_shared<Segments>();
    std::unordered_map<Sha256, std::uint32_t>
        pack_numbers_; ///< for frame keys; stable while the store is open
};

} // namespace ds

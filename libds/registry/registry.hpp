// A registry: names, heads and records over a pair of buckets. The protocol lives here, once for all kinds.
//
//   control  registry.json                      the registry's own description
//            <ns>/<name>/catalog                a hint about all versions, rebuildable
//            <ns>/<name>/heads/<version>        what a name is now, under compare-and-swap
//            <ns>/<name>/deprecated/<version>   that a published version should not be used
//            <ns>/collection                    where collection stands (registry/collection.hpp)
//   data     <ns>/packs/<hex>                   packs
//            <ns>/notes/<hex>                   what is too long for a head (registry/notes.hpp)
//            <ns>/samples/<hex>                 hints where content lies (registry/samples.hpp)
//            <ns>/<name>/records/<version>      published records; the oldest version of the key is the record
//
// A published name is what its oldest record says, for ever, whatever head or catalog say.
#pragma once

#include "base/names.hpp"
#include "model/documents.hpp"
#include "registry/bucket.hpp"
#include "registry/byte_cache.hpp"
#include "registry/counted.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace ds {

/// A head as read, with what a compare-and-swap needs.
struct StoredHead {
    Head head;
    std::string etag;
};

/// A record as stored.
struct StoredRecord {
    Record record;
    std::string text;       ///< exact bytes
    std::string version_id; ///< of the record object
};

/// What a head update came to.
struct HeadUpdate {
    enum class Outcome { done, conflict };
    Outcome outcome = Outcome::done;
    /// As it stands now: ours when done, theirs on conflict. When done and overtaken already, ours with
    /// an empty etag: a further update upon it is a conflict, as it would undo somebody else's.
    StoredHead current;
};

/// Heads remember so many earlier write ids.
inline constexpr std::size_t head_ring_size = 16;
/// Longer pins lie in a note beside the head.
inline constexpr std::size_t max_inline_pin = 16 * 1024;

/// Whether both heads say the same about the version: what a collector or another push notes does not count.
[[nodiscard]] bool same_content(const Head& a, const Head& b);

/// Thread-safe.
class Registry {
  public:
    /// Writes the description if there is none. @throws Error(conflict) when another one is there with other settings
    static std::unique_ptr<Registry> init(const std::string& alias, const std::string& url,
                                          const RegistryDescription& wanted,
                                          const BucketSettings& settings = {});
    /// @throws Error(not_found) when there is no registry, corrupt when its description is damaged
    [[nodiscard]] static std::unique_ptr<Registry> open(const std::string& alias, const std::string& url,
                                                        const BucketSettings& settings = {});
    /// Over given buckets (tests, fault injection).
    Registry(std::string alias, std::string url, Buckets buckets);
    ~Registry();

    [[nodiscard]] const std::string& alias() const noexcept { return alias_; }
    [[nodiscard]] const std::string& url() const noexcept { return url_; }
    [[nodiscard]] const RegistryDescription& description();
    [[nodiscard]] DataBucket::Locking locking() const;
    /// What this registry was asked so far.
    [[nodiscard]] const RequestCounts& requests() const noexcept { return *counts_; }
    /// Where readers and writers of packs keep small objects; set before anything is read. Null: nowhere.
    void set_cache(std::shared_ptr<ByteCache> cache) { cache_ = std::move(cache); }
    [[nodiscard]] ByteCache* cache() const noexcept { return cache_.get(); }

    // datasets
    /// "ns/name" of every dataset (of one namespace, if it is named), sorted.
    /// @throws Error(auth) where the keys may not list that much
    [[nodiscard]] std::vector<DatasetName> datasets(const std::string& ns = {});
    /// Creates the catalog if missing; @returns false when it exists.
    bool create_dataset(const DatasetName& dataset, const std::string& description, std::int64_t now);
    [[nodiscard]] std::optional<Catalog> catalog(const DatasetName& dataset);
    /// Changes the catalog by compare-and-swap, retried; a hint, so failure is only reported by false.
    /// `change` may run several times, each time on the catalog as read.
    bool update_catalog(const DatasetName& dataset, const std::function<void(Catalog&)>& change);
    /// From heads and records themselves, not from the catalog; also repairs it.
    [[nodiscard]] Catalog rebuild_catalog(const DatasetName& dataset);

    // heads
    [[nodiscard]] std::optional<StoredHead> head(const DatasetName& dataset, const std::string& version);
    /// Told of a version whose head or record cannot be read.
    using OnDamaged = std::function<void(const std::string& version, const CorruptObject&)>;
    /// Heads of a dataset (by listing), including dropped and published ones.
    /// @param damaged such heads are left out then; without it what is wrong is thrown
    [[nodiscard]] std::vector<StoredHead> heads(const DatasetName& dataset, const OnDamaged& damaged = {});
    /// Creates an empty head, or gives the existing one. Refuses names that differ in case only from an
    /// existing one (refuse_case_rival). @throws Error(conflict)
    [[nodiscard]] StoredHead ensure_head(const DatasetName& dataset, const VersionName& version);
    /// @throws Error(conflict) when a name that differs from `version` in case only is in use
    void refuse_case_rival(const DatasetName& dataset, const VersionName& version);
    /// Compare-and-swap with read back: applies `change` to a copy of `expected.head` (sequence, write id,
    /// ring and time are set here), puts it if the etag still matches, and reads before it judges
    /// anything ambiguous (retries identical bytes while the etag is unchanged).
    /// Done is also when somebody else made the same change (the same commit in the same state). A published head
    /// stays published: changing its state is a conflict. Only heads in state publishing keep a pin.
    /// @throws Error(unknown) "the outcome of … is not known" when it cannot be resolved
    [[nodiscard]] HeadUpdate update_head(const StoredHead& expected, const std::function<void(Head&)>& change,
                                         std::int64_t now);

    // records
    /// The oldest record of the name. @throws CorruptObject when it is unlocked (in a bucket that can lock), or does
    /// not parse, or names another registry, dataset or version: it is never skipped
    [[nodiscard]] std::optional<StoredRecord> record(const DatasetName& dataset, const std::string& version);
    /// Puts `text` with lock, then gives the OLDEST record of the name (ours or somebody else's).
    /// @throws Error(unknown) when the put may or may not take effect and no record is seen
    [[nodiscard]] StoredRecord claim_record(const DatasetName& dataset, const std::string& version,
                                            const std::string& text, const Retention& retention);
    /// All records of a dataset, by sequence.
    /// @param damaged as for heads(); for who must know all that is published it stays an error
    [[nodiscard]] std::vector<StoredRecord> records(const DatasetName& dataset,
                                                    const OnDamaged& damaged = {});
    /// The published version with the highest sequence, and how many there are. Right whatever the catalog says. One
    /// listing and one record, unless publishers took the same number at once: then all records until the next publication.
    struct Latest {
        std::optional<StoredRecord> record;
        std::uint64_t count = 0;
        /// The number of the next publication.
        [[nodiscard]] std::uint64_t next_sequence() const {
            return std::max(count, record ? record->record.sequence : 0) + 1;
        }
    };
    [[nodiscard]] Latest latest(const DatasetName& dataset);
    [[nodiscard]] std::optional<StoredRecord> newest_record(const DatasetName& dataset) {
        return latest(dataset).record;
    }
    /// The published versions by name, unread: what record_at() reads one of. One listing.
    using RecordVersions = std::map<std::string, DataBucket::Version>;
    [[nodiscard]] RecordVersions record_versions(const DatasetName& dataset);
    /// One record out of that listing; throws as record() does.
    [[nodiscard]] StoredRecord record_at(const DatasetName& dataset, const RecordVersions::value_type& at) {
        return read_record(dataset, at.first, at.second);
    }

    // packs
    [[nodiscard]] PackRef put_pack(const std::string& ns, const Sha256& name, const DataBucket::Body& body);
    /// Reads a part of a pack; see DataBucket::get.
    void read_pack(const std::string& ns, const PackRef& pack, std::uint64_t offset, std::uint64_t length,
                   ByteString& out);
    [[nodiscard]] std::optional<std::uint64_t> pack_size(const std::string& ns, const PackRef& pack);
    /// Sets the lock on a pack version and reads it back; does nothing when it is `enough` (by default: as wanted).
    /// @throws Error(not_found) when it is missing, CorruptObject when it has less than `at_least` bytes
    void retain_pack(const std::string& ns, const PackRef& pack, const Retention& wanted,
                     std::uint64_t at_least = 0, const std::optional<Retention>& enough = {});
    [[nodiscard]] Retention pack_retention(const std::string& ns, const PackRef& pack);
    /// How long the description wants locks to last from `now`. @throws Error(failure) with the way out when this
    /// registry cannot lock
    [[nodiscard]] Retention pack_lock(std::int64_t now);
    [[nodiscard]] Retention record_lock(std::int64_t now);

    [[nodiscard]] ControlBucket& control() noexcept;
    [[nodiscard]] DataBucket& data() noexcept;
    /// What the kind of bucket has to say in `registry check`.
    [[nodiscard]] std::vector<CheckLine> check_kind();

    /// Waits before the next try, longer with every attempt.
    void pause(int attempt) const;
    /// How to wait, instead of sleeping (simulations). Set it before anything else is done.
    void set_waiter(std::function<void(std::chrono::milliseconds)> waiter) { waiter_ = std::move(waiter); }

  private:
    [[nodiscard]] std::optional<std::pair<Catalog, std::string>> read_catalog(const DatasetName& dataset);
    [[nodiscard]] std::optional<ControlBucket::Object> catalog_object(const std::string& key);
    [[nodiscard]] Catalog collect_catalog(const DatasetName& dataset, const std::optional<Catalog>& old);
    [[nodiscard]] StoredRecord read_record(const DatasetName& dataset, const std::string& version,
                                           const DataBucket::Version& oldest);
    /// A head in use whose name differs in case only.
    [[nodiscard]] std::optional<StoredHead> case_rival(const DatasetName& dataset,
                                                       const VersionName& version);
    [[nodiscard]] Retention lock_for(std::int64_t now, std::uint32_t days);

    std::string alias_;
    std::string url_;
    std::shared_ptr<RequestCounts> counts_ = std::make_shared<RequestCounts>();
    Buckets buckets_;
    std::function<void(std::chrono::milliseconds)> waiter_;
    std::shared_ptr<ByteCache> cache_;
    std::mutex description_mutex_; ///< guards what follows
    std::optional<RegistryDescription> description_;
    /// Catalogs as last read: saves the next update from reading it again.
    std::map<std::string, ControlBucket::Object> read_catalogs_;
    /// Records by key and version id: what one says never changes, so each is read once.
    std::map<std::pair<std::string, std::string>, StoredRecord> read_records_;
};

// Keys; exposed for tests and for tools that look at buckets.
[[nodiscard]] std::string head_key(const DatasetName& dataset, const std::string& version);
[[nodiscard]] std::string record_key(const DatasetName& dataset, const std::string& version);
[[nodiscard]] std::string catalog_key(const DatasetName& dataset);
[[nodiscard]] std::string pack_key(const std::string& ns, const Sha256& name);
/// Where `check_registry` works: no namespace begins with a dot.
inline constexpr std::string_view check_prefix = ".check/";

/// Probes what the protocol relies on, positive and negative, under a throw-away prefix: put-if-absent and its
/// refusal, right and stale put-if-match, read-after-write of get and list, versions kept and ordered oldest first, lock
/// honoured (removal and overwrite refused), range reads, description readable.
/// Probes that the keys in use may not make are `denied`, each with the reason, and the rest is judged.
/// @param known namespaces to list where the whole is not granted
[[nodiscard]] std::vector<CheckLine> check_registry(Registry& registry,
                                                    const std::vector<std::string>& known = {});

} // namespace ds

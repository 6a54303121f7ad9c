// The JSON documents of a registry: heads, records, catalogs, descriptions. Pure parse and text.
//
// Every document has "schema". Unknown members are kept out and ignored (additive changes only);
// a schema with a higher number is refused as "a newer format". Records and heads are at most 64 KiB.
#pragma once

#include "base/names.hpp"
#include "base/sha256.hpp"
#include "model/layout.hpp"
#include "model/manifest.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ds {

/// A place in a registry's data bucket, with the hash of what lies there.
/// JSON: {"pack": hex, "version_id": s, "frame_offset": n, "frame_length": n, "inner_offset": n,
///        "length": n, "sha256": hex}
struct Place {
    Sha256 pack;
    std::string version_id;
    std::uint32_t frame_offset = 0;
    std::uint32_t frame_length = 0;
    std::uint32_t inner_offset = 0;
    std::uint32_t length = 0;
    Sha256 hash;
    friend bool operator==(const Place&, const Place&) = default;
};

/// Where a version's tree, layout and history lie.
/// JSON: {"tree": {"root": hex, "entries": n, "bytes": n}, "tree_place": place, "layout_place": place,
///        "history_place": place}
struct VersionRoots {
    TreeInfo tree;
    Place tree_place;    ///< the root tree node
    Place layout_place;  ///< the root layout node
    Place history_place; ///< the newest history bundle
    friend bool operator==(const VersionRoots&, const VersionRoots&) = default;
};

/// Where a version inherited from another dataset (or registry) came from.
/// JSON: {"ref": s, ["digest": "sha256:"hex]}
struct Origin {
    std::string ref; ///< [registry/]namespace/name:version
    Sha256 digest;   ///< the published digest, or zero for a draft
    friend bool operator==(const Origin&, const Origin&) = default;
};

/// A small immutable object of the data bucket that a head or a collection names: `<ns>/notes/<name>`.
/// JSON: {"name": hex, "version_id": s, "length": n, "sha256": hex}
struct NoteRef {
    Sha256 name; ///< random, so that the name of a removed note never comes back
    std::string version_id;
    std::uint32_t length = 0; ///< at most max_note_object_bytes
    Sha256 hash;              ///< of its bytes
    friend bool operator==(const NoteRef&, const NoteRef&) = default;
};
inline constexpr std::uint32_t max_note_object_bytes = 16u << 20;

/// Packs that a push under way has sent already: a note that holds a pack list (model/pack_list.hpp).
/// JSON: {"note": note, "time": n}
struct PendingPacks {
    NoteRef note;
    std::int64_t time = 0; ///< when it was noted
    friend bool operator==(const PendingPacks&, const PendingPacks&) = default;
};
inline constexpr std::size_t max_pending_notes = 64;

/// States of a name in a registry. Persistent as these words.
enum class HeadState { empty, draft, publishing, published, dropped };
[[nodiscard]] std::string_view head_state_str(HeadState state) noexcept;

/// A draft head: `<ns>/<name>/heads/<version>` in the control bucket ("dsctl.head/1").
/// JSON: schema, dataset, version, state, [commit], [roots], [origin], sequence, write_id, recent: [s…], epoch,
///       pending: [{"note": note, "time": n}…] (at most 64), [pinned_record | pinned_note], author, time. An empty head has
///       neither commit nor roots; draft, publishing and published ones have a commit.
struct Head {
    std::string dataset; ///< "ns/name"
    std::string version;
    HeadState state = HeadState::empty;
    std::string commit; ///< 40 hex digits, empty while state is empty
    std::optional<VersionRoots> roots;
    std::optional<Origin> origin;
    std::uint64_t sequence = 0;               ///< +1 with every update
    std::string write_id;                     ///< random, of the last update
    std::vector<std::string> recent;          ///< earlier write ids, newest first, at most 16
    std::uint64_t epoch = 0;                  ///< collection epoch it was written in
    std::vector<PendingPacks> pending;        ///< of pushes under way
    std::optional<std::string> pinned_record; ///< exact bytes of a record being published
    std::optional<NoteRef> pinned_note;       ///< where they lie when they are too long for a head
    std::string author;
    std::int64_t time = 0;

    /// With a pinned note the pinned record is left out, and parse() does not know it: who reads heads follows the note.
    [[nodiscard]] std::string text() const;
    [[nodiscard]] static Head parse(ByteView text, std::string_view what);
};

/// A published version: `<ns>/<name>/records/<version>` in the data bucket ("dsctl.record/1").
/// JSON: schema, registry_id (32 hex), dataset, version, sequence, [previous (hex)], digest ("sha256:"hex), manifest
///       (its exact text), commit (40 hex), roots, [origin], author, message, time. Digest, manifest and roots must agree.
struct Record {
    std::string registry_id;
    std::string dataset;
    std::string version;
    std::uint64_t sequence = 0; ///< of publications in this dataset, from 1
    /// SHA-256 of the text of the record that was the dataset's newest when this one was pinned.
    std::optional<Sha256> previous;
    Manifest manifest;
    Sha256 digest; ///< must equal manifest.digest(); parse checks it
    std::string commit;
    VersionRoots roots;
    std::optional<Origin> origin;
    std::string author;
    std::string message;
    std::int64_t time = 0;

    /// The exact bytes that are stored, pinned and signed.
    [[nodiscard]] std::string text() const;
    [[nodiscard]] static Record parse(ByteView text, std::string_view what);
};

/// A hint: `<ns>/<name>/catalog` in the control bucket ("dsctl.catalog/1"); rebuildable; at most 16 MiB.
/// JSON: schema, dataset, [description], created, versions: [{version, state, sequence, record_version_id, [digest],
///       entries, bytes, [from], [deprecated], time}…]
struct CatalogEntry {
    std::string version;
    HeadState state = HeadState::draft;
    std::uint64_t sequence = 0; ///< of publication; 0 for drafts
    std::string record_version_id;
    std::optional<Sha256> digest;
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;
    std::string from;       ///< version or ref it inherits from
    std::string deprecated; ///< reason, empty if not; mirrors the Deprecation
    std::int64_t time = 0;
};

struct Catalog {
    std::string dataset;
    std::string description;
    std::int64_t created = 0;
    std::vector<CatalogEntry> versions;
    [[nodiscard]] std::string text() const;
    [[nodiscard]] static Catalog parse(ByteView text, std::string_view what);
};

/// The registry's own description: `registry.json` in the control bucket ("dsctl.registry/1").
/// JSON: schema, id, retention_mode, pack_days, record_days, created
struct RegistryDescription {
    std::string id;             ///< 32 hex digits, random at init
    std::string retention_mode; ///< "COMPLIANCE", "GOVERNANCE" or "none"
    std::uint32_t pack_days = 365;
    std::uint32_t record_days = 3650;
    std::int64_t created = 0;
    [[nodiscard]] std::string text() const;
    [[nodiscard]] static RegistryDescription parse(ByteView text, std::string_view what);
};

/// Where the collection of a namespace stands. Persistent as these words.
enum class CollectionPhase {
    idle,      ///< nothing is under way
    condemned, ///< packs were chosen; heads are being given the epoch, then everything is marked again
    doomed,    ///< they were found unreached again, and go once the grace period is over
};

/// The state of collection: `<ns>/collection` in the control bucket ("dsctl.collection/1"), under compare-and-swap.
/// JSON: schema, namespace, epoch, phase, packs: [note…], notes: [note…], count, bytes, time, write_id.
/// `packs` and `notes` are pack lists: what counts as missing for every push. While idle they name what could not be
/// removed because it was locked.
struct Collection {
    std::string ns;
    std::uint64_t epoch = 0;
    CollectionPhase phase = CollectionPhase::idle;
    std::vector<NoteRef> packs; ///< lists of versions below `<ns>/packs/`
    std::vector<NoteRef> notes; ///< lists of versions below `<ns>/notes/`
    std::uint64_t count = 0;    ///< how many they list
    std::uint64_t bytes = 0;    ///< how much those have together
    std::int64_t time = 0;      ///< when they were condemned, by the collector's clock
    std::string write_id;

    [[nodiscard]] std::string text() const;
    [[nodiscard]] static Collection parse(ByteView text, std::string_view what);
};

/// That a published version should not be used: `<ns>/<name>/deprecated/<version>` in the control bucket
/// ("dsctl.deprecation/1"). JSON: schema, dataset, version, reason, author, time, write_id.
struct Deprecation {
    std::string dataset;
    std::string version;
    std::string reason; ///< empty: it was withdrawn
    std::string author;
    std::int64_t time = 0;
    std::string write_id;

    [[nodiscard]] std::string text() const;
    [[nodiscard]] static Deprecation parse(ByteView text, std::string_view what);
};

/// A bundle of history objects ("dsctl.history/1" is binary, not JSON):
///   bundle := 0xDB version:u8 (1) has_previous:u8 [previous place: pack:32 version_id:string
///             frame_offset frame_length inner_offset length (varints) hash:32] count:varint (type:u8 bytes:string)…
/// Objects are raw git objects without header (type 1 commit, 2 tree, 3 blob, 4 tag), parents before children, and
/// the file lists of commits as edits (type 5, tree_edits.hpp), each behind those that build upon its result.
struct HistoryBundle {
    struct Object {
        std::uint8_t type = 0;
        ByteString bytes;
    };
    std::optional<Place> previous;
    std::vector<Object> objects;
    [[nodiscard]] ByteString serialise() const;
    [[nodiscard]] static HistoryBundle parse(ByteView bytes, std::string_view what);
};

/// Bound of heads, records and descriptions: above it text() throws Error(failure) and parse CorruptObject.
inline constexpr std::size_t max_document_bytes = 64 * 1024;

} // namespace ds

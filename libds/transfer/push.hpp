// Uploading a version: what the registry lacks, as packs of the registry's own.
//
// The walk goes over the difference between the new tree and the trees the registry has (`bases`); unchanged
// subtrees keep their layout, moved content is found among what the bases reach in the changed region, and what
// other datasets of the namespace sent is found by samples, if much is to be sent. Data
// packs go first, in tree order, frames copied as they are where every object of theirs is wanted, else
// regrouped; then tree and layout nodes (adjacent frames, one object each), children before parents; then the
// history bundle. Nothing amended away or belonging to another dataset is ever sent. Memory is bounded by
// packs in flight.
#pragma once

#include "history/history.hpp"
#include "transfer/pack_copies.hpp"
#include "transfer/version_source.hpp"

#include <optional>
#include <vector>

namespace ds {

class StagedContent;

struct TransferStats {
    std::uint64_t files = 0;
    std::uint64_t bytes = 0; ///< bytes written to (or read from) the registry
    std::uint64_t packs = 0;
    std::uint64_t chunks = 0;
    std::uint64_t reused = 0; ///< bytes of content that the registry had already
};

/// With so many bytes missing the samples of the namespace are asked who else has sent them (push_samples.hpp): less is not
/// worth the requests.
inline constexpr std::uint64_t samples_look_from = 4u << 20;
/// Packs of so many bytes are listed in a sample for others.
inline constexpr std::uint64_t samples_list_from = 512u << 10;

struct PushRequest {
    Registry& target;
    std::string ns;
    TreeInfo tree;
    /// Exactly one of the two: local content (with a fallback for what is not held), or another registry.
    ObjectStore* local = nullptr;
    RegistryVersion* remote = nullptr;
    ContentSource* fallback = nullptr; ///< for entries `local` does not hold (partial clones)
    /// Versions that `ns` of the target has already, likeliest first (all in the same namespace). Damaged
    /// ones are passed over.
    std::vector<VersionRoots> bases;
    std::string journal_dir; ///< where acknowledged packs are noted for resuming; empty: no journal
    /// Called with every acknowledged pack, e.g. to note it in the head as pending.
    std::function<void(const PackRef&)> acknowledged;
    /// A pack is closed at this size; at most four of them are in memory (one filled, two sent, one of
    /// metadata).
    std::size_t pack_bytes = 32u << 20;
    /// Packs that a collection has condemned: where an earlier push put chunks counts for nothing then. Asked before
    /// it is found out whether the pack is there. Bases are taken as they are: those of other heads are for the
    /// caller to check (release/fill_head.hpp). Without it nothing is looked for in what other datasets sent.
    std::function<bool(const PackRef&)> condemned = {};
    /// Goes along in the last metadata pack, which saves a request; null: none.
    const HistoryBundle* history = nullptr;
    /// Further bases, asked for only if much is missing from `bases`.
    std::function<std::vector<VersionRoots>()> more_bases = {};
    /// Content of a version in another namespace of the target, which need not pass through here; may be null.
    PackCopies* copies = nullptr;
    /// Where the new tree's nodes are, when they are not all in `local`; null: there.
    NodeSource* nodes = nullptr;
    /// Content that was sent before its tree was known; asked before the others, and it has asked the samples. May be null.
    StagedContent* staged = nullptr;
    std::uint64_t look_from = samples_look_from;
    std::uint64_t sample_from = samples_list_from;
};

/// Uploads and gives the tree's places (history_place is that of `history`, or empty).
/// @throws Error(retry), Interrupted
[[nodiscard]] VersionRoots push_tree(const PushRequest& request, Context& context, TransferStats& stats);
/// Removes the journal in `journal_dir` once a head names what was pushed. Without it the next push does
/// so when it finds that tree among its bases; until then nothing that was sent is sent again, whatever the
/// head said.
void forget_push(Registry& target, const std::string& ns, const std::string& journal_dir);
/// What push_tree would send, in files and bytes of content, without sending.
[[nodiscard]] TransferStats measure_push(const PushRequest& request, Context& context);

/// The bundle of the commits reachable from `tip` that the one at `previous` (if any) lacks: the newest one,
/// to be sent along with a tree; older ones are sent. Small bundles are merged, so that their number stays
/// logarithmic. Nothing if there is nothing new: `previous` is the newest.
/// @param nodes where the trees of commits are: those of the commits between go along as edits, as far as they
/// fit; null: without
[[nodiscard]] std::optional<HistoryBundle> next_history(Registry& target, const std::string& ns,
                                                        History& history, const CommitId& tip,
                                                        const std::vector<CommitId>& known,
                                                        const std::optional<Place>& previous,
                                                        NodeSource* nodes = nullptr);
/// A bundle of given objects upon what lies at `previous`, joined with older ones while those are small: for who
/// has no repository.
[[nodiscard]] HistoryBundle history_upon(Registry& target, const std::string& ns,
                                         std::vector<RawObject> objects,
                                         const std::optional<Place>& previous);
/// The same, sent at once in a pack of its own. @returns the newest bundle's place
[[nodiscard]] Place push_history(Registry& target, const std::string& ns, History& history,
                                 const CommitId& tip, const std::vector<CommitId>& known,
                                 const std::optional<Place>& previous);

/// Copies the history bundles of another registry or namespace.
[[nodiscard]] Place copy_history(Registry& source, const std::string& source_ns, const Place& newest,
                                 Registry& target, const std::string& ns);

} // namespace ds

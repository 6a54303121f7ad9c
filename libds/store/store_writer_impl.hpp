// The inside of a write session, shared by the files that implement it.
#pragma once

#include "os/file.hpp"
#include "store/index_segment.hpp"
#include "store/key_set.hpp"
#include "store/object_store.hpp"
#include "store/pack_writer.hpp"
#include "store/pending_nodes.hpp"
#include "store/session_dir.hpp"
#include "store/store_impl.hpp"

#include <array>
#include <atomic>
#include <set>

namespace ds {

inline constexpr std::size_t stripe_count = 16;

/// Frames under construction. Every thread mostly uses one stripe of its own. Objects that look
/// incompressible go into frames of their like, so that one probe speaks for the whole frame.
struct Stripe {
    static constexpr std::size_t classes = 9; // kinds 1..7, [0]: random-looking chunks, [8] unused
    std::mutex mutex;
    std::array<std::unique_ptr<FrameBuilder>, classes> open;
    std::array<std::vector<std::unique_ptr<FrameBuilder>>, classes> spare;
};

struct StoreWriter::Impl {
    explicit Impl(ObjectStore& parent)
        : store(parent), dir(parent.impl_->tmp_dir()), keys(dir.path()),
          content(dir.path() + "/content-", parent.params().pack_size,
                  [this](auto pack, const auto& entries) { on_sealed(std::move(pack), entries); }),
          metadata(dir.path() + "/metadata-", parent.params().pack_size,
                   [this](auto pack, const auto& entries) { on_sealed(std::move(pack), entries); }) {}

    void add(ObjectKind kind, const Sha256& hash, ByteView bytes);
    void append(EncodedFrame frame);
    void flush_builder(FrameBuilder& builder);
    void flush_all();
    /// Adds a file to be synced, and to be renamed to its target by commit().
    void add_sealed(std::shared_ptr<SealedPack> file);
    void on_sealed(std::shared_ptr<SealedPack> pack, const std::vector<FooterEntry>& entries);
    void write_run();
    void commit();

    ObjectStore& store;
    SessionDir dir;
    KeySet keys;
    PendingNodes nodes;
    std::atomic<std::uint64_t> new_objects{0};
    std::atomic<std::uint64_t> stored_bytes{0};
    std::atomic<bool> failed{false};
    std::array<Stripe, stripe_count> stripes;

    std::mutex sealed_mutex;
    std::vector<std::shared_ptr<SealedPack>> sealed; ///< all packs of the session
    std::vector<Sha256> run_packs;                   ///< those of the records below
    std::vector<IndexRecord> records;
    std::vector<std::string> runs; ///< segments already written

    std::mutex hold_mutex;
    std::set<std::uint64_t> cannot_clone; ///< devices that were found not to share blocks with the store
    std::uint64_t holds = 0;              ///< large files begun to be held

    PackWriter content;
    PackWriter metadata;
    PackSyncer syncer; // last: its thread ends before what it uses goes
};

} // namespace ds

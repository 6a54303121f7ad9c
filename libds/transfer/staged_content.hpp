// Content that goes into a registry before the tree that will name it is known: packs are sent as they fill, and where
// each file's chunks went is noted on disk. So streams are read once, and neither the memory nor the disk that this
// needs depends much on their size (52 bytes on disk a chunk of some 32 KiB).
//
//   spool := { chunk… end }…        one file after the other; temporary, of this process only
//   chunk := hash:32 length:u32 pack:u32 frame_offset:u32 frame_length:u32 inner_offset:u32
//   end   := file_hash:32 size:u64 chunks:u64
//
// push_tree() then takes places from here (PushRequest::staged). Packs that an earlier attempt sent are found again
// through the push journal in the same folder. What other datasets of the namespace have is found by samples
// (push_samples.hpp): some MiB of a stream are held back until they were asked for together, and little content is sent
// without asking.
#pragma once

#include "os/fd.hpp"
#include "transfer/push_bases.hpp"
#include "transfer/push_chunks.hpp"
#include "transfer/push_journal.hpp"
#include "transfer/push_samples.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ds {

/// A pack with staged content was condemned or removed by a collector meanwhile: the content must be staged anew.
class StagedLost : public Error {
  public:
    explicit StagedLost(const std::string& registry);
};

/// A chunk that lies in the registry.
struct StagedChunk {
    Sha256 hash;
    std::uint32_t length = 0;
    PackRef pack;
    PackedAt at; ///< its pack number is of no meaning here
};

/// For one thread.
class StagedContent {
  public:
    struct Totals {
        std::uint64_t packs = 0;
        std::uint64_t bytes = 0;  ///< written to the registry
        std::uint64_t reused = 0; ///< bytes of content that it had already
        std::uint64_t chunks = 0; ///< sent
    };
    /// Who relies upon what, while a head is being filled.
    struct Guard {
        std::function<bool(const PackRef&)> condemned;
        std::function<void(const PackRef&)> acknowledged;
    };

    /// @param dir an existing folder that this process has for itself: for spool and journal
    /// @param level of compression
    StagedContent(Registry& target, std::string ns, const std::string& dir, int level, Context& context,
                  std::size_t pack_bytes = 32u << 20);
    ~StagedContent();

    /// Before content is staged or visited for a head: places of earlier rounds are asked for anew from then on.
    void begin_round(Guard guard);
    /// Where the content may be found that stood at the paths before; may be null. Must live until finish().
    void set_base(RegistryVersion* base) { base_ = base; }

    /// One file: begin, its chunks in order (already hashed), end.
    /// @param size as expected, 0 if not known: only large files are compared with what stood there before
    void begin_file(std::string_view path, std::uint64_t size);
    void add_chunk(const Sha256& hash, ByteView bytes);
    void end_file(const Sha256& hash, std::uint64_t size);
    /// Gives the file begun up (it changed while it was read).
    void abandon_file();
    /// Sends what is open. Nothing can be staged behind it, and everything can be visited.
    void finish();

    /// The chunks of an entry in order. @returns false when it was not staged
    /// @throws StagedLost
    bool visit(const Entry& entry, const std::function<void(const StagedChunk&)>& visit);

    [[nodiscard]] const Totals& totals() const noexcept { return totals_; }
    /// To be called once a head names it all.
    void forget();

  private:
    struct Waiting {
        ChunkSlot slot;
        bool is_end = false;
        Sha256 file_hash;
        std::uint64_t size = 0;
    };
    struct Known {
        std::uint64_t prefix = 0;
        std::uint64_t end_at = 0; ///< of its `end` in the spool
    };
    /// A chunk that is not placed yet; its bytes lie in held_bytes_.
    struct Held {
        ChunkSlot* slot = nullptr; ///< in waiting_
        std::size_t offset = 0;
    };
    void place(ChunkSlot& slot, const PackedAt& at);
    void hold(ChunkSlot& slot, ByteView bytes);
    /// Asks the samples for what is held, and sends what they do not know.
    void send_held();
    void write_placed();
    void spool(ByteView bytes);
    void flush_spool();
    const PackRef& pack_of(PackNumber number);

    Registry& target_;
    std::string ns_;
    std::string dir_;
    Context& context_;
    Guard guard_;
    RegistryVersion* base_ = nullptr;
    PackBook book_;
    std::optional<PushJournal> journal_;
    std::optional<PushSamples> samples_;
    PackUploads uploads_;
    ChunkSender chunks_;
    Totals totals_;

    std::string spool_path_;
    Fd spool_;
    ByteString spool_buffer_;
    std::uint64_t spool_size_ = 0; ///< with what is in the buffer
    std::vector<Known> known_;
    bool sorted_ = false;

    std::deque<Waiting> waiting_; ///< in order; a slot is filled in once its chunk has a place
    std::uint64_t file_chunks_ = 0;
    std::uint64_t written_chunks_ = 0; ///< of the file whose chunks are being spooled
    std::optional<NearbyChunks> older_;
    std::string path_; ///< of the file begun
    std::vector<Held> held_;
    ByteString held_bytes_;

    std::uint32_t round_ = 0;
    std::vector<std::uint32_t>
        sound_in_; ///< by pack number: the round in which it was last found to be there
};

} // namespace ds

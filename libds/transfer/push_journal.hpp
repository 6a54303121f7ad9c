// What an interrupted push has in the registry already: packs that were acknowledged, and the chunks in them.
// Internal to this module.
//
//   journal := "DSPUSH\x01\n" record…
//   record  := body_length:u32 crc32c(body):u32 body                       (body at most 16 MiB)
//   body    := 1:u8 pack:32 version_id:string size:u64 count:u32 chunk{count}        an acknowledged pack
//            | 2:u8 root:32                                                          a tree that was pushed
//            whole
//   chunk   := hash:32 frame_offset:u32 frame_length:u32 inner_offset:u32 length:u32
//
// One file per registry and namespace. It is read up to the first damaged record and cut there: losing it
// costs bytes, never correctness, since a pack it names is asked for before it is relied upon. It is not
// synced. It goes once a push finds a tree that it completed among its bases: then the head reaches those
// packs.
#pragma once

#include "os/file.hpp"
#include "transfer/push_packs.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ds {

/// One thread.
class PushJournal {
  public:
    /// @param dir must exist; empty: nothing is kept or found
    /// @param condemned packs that must not be relied upon; may be empty
    PushJournal(const std::string& dir, Registry& target, std::string ns, PackBook& book,
                const std::vector<Sha256>& base_roots, std::function<bool(const PackRef&)> condemned);

    /// Where an earlier push put a chunk; the registry was asked whether its pack is there.
    [[nodiscard]] std::optional<PackedAt> find(const Sha256& hash, std::uint32_t length);
    /// The packs in which find() found something, with the hashes of what they hold: nobody has listed them in a sample.
    void each_found(const std::function<void(const AckedPack&)>& visit) const;
    void add(const AckedPack& pack);
    void complete(const Sha256& root);
    [[nodiscard]] static std::string file_name(Registry& target, const std::string& ns);

  private:
    struct Known {
        std::uint64_t prefix = 0;
        std::uint64_t at = 0; ///< of the chunk in the file
        std::uint32_t pack = 0;
    };
    struct Pack {
        PackRef ref;
        std::uint64_t size = 0;
        std::uint32_t objects = 0;
        enum class State { unchecked, there, gone } state = State::unchecked;
        PackNumber number = 0;
    };
    /// Takes in what is sound. @returns false when the journal is of no further use
    bool load(const std::vector<Sha256>& base_roots);
    void append(ByteView body);

    Registry& target_;
    std::string ns_;
    PackBook& book_;
    std::function<bool(const PackRef&)> condemned_;
    std::string path_;
    std::optional<LockFile> lock_; ///< one push at a time uses the file; others do without
    Fd fd_;
    std::uint64_t end_ = 0;
    std::vector<Pack> packs_;
    std::vector<Known> known_; ///< sorted by prefix
};

} // namespace ds

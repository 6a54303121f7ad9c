// Content that the namespace has already, wherever it came from: found through samples (model/sample.hpp), so that no
// index of everything is ever read. Internal to this module.
//
// What is about to be sent is looked at a leaf, a part of a large file or some MiB of a stream ahead. A chunk of it that a sample lists leads to
// a pack; the pack's footer, which its name proves, then tells of all its chunks, so that one hit saves the pack's
// neighbours, too. Nothing that a sample says is believed: the pack must not be condemned, which is asked first; then that
// very version must be there, its footer must hash to its name, and one chunk that nobody can foresee is read and
// checked. So a lying sample costs requests, of which there is a budget, and nothing else. Nothing is looked for without
// somebody who tells what is condemned.
#pragma once

#include "base/context.hpp"
#include "transfer/pack_reader.hpp"
#include "transfer/push.hpp"
#include "transfer/push_packs.hpp"
#include "transfer/sample_index.hpp"

#include <memory>
#include <optional>
#include <set>
#include <span>
#include <unordered_map>
#include <vector>

namespace ds {

/// Where samples are asked for and left, and from how much on (see PushRequest).
struct SampleUse {
    Registry& target;
    std::string ns;
    std::function<bool(const PackRef&)> condemned; ///< empty: nothing is looked for
    std::uint64_t look_from = samples_look_from;
    std::uint64_t sample_from = samples_list_from;
};

/// One thread.
class PushSamples {
  public:
    /// Looks for nothing until enough is expected.
    PushSamples(SampleUse use, Context& context);

    /// So many more bytes of content may have to be sent: little is not worth asking for, and the more there is, the more
    /// requests it may cost.
    void expect(std::uint64_t bytes);

    /// Whether anything is looked for.
    [[nodiscard]] bool active() const noexcept {
        return !given_up_ && use_.condemned && expected_ >= use_.look_from;
    }
    /// Chunks that will be asked for next, in order. What the registry refuses ends the looking, not the push.
    void look_ahead(std::span<const Sha256> chunks);
    struct Found {
        const PackRef* pack = nullptr; ///< lives until the next look_ahead()
        Extent at;                     ///< its pack field is unused
    };
    [[nodiscard]] std::optional<Found> find(const Sha256& hash, std::uint32_t length);

    /// Notes a pack of content that this push has sent.
    void add(const AckedPack& pack);
    /// The same of one that was copied here; `chunks` are at least those of its hashes that a sample lists.
    void add(const SampledPack& pack, const std::vector<Sha256>& chunks);
    /// Writes the sample of what was sent. Never fails a push: what it cannot do is traced.
    void finish();

  private:
    struct Opened {
        PackRef ref;
        bool used = false; ///< something that is looked for lies in it
        bool paid = false; ///< what opening it cost was given back
    };
    struct Known {
        std::shared_ptr<Opened> pack;
        std::uint32_t frame_offset = 0;
        std::uint32_t frame_length = 0;
        std::uint32_t inner_offset = 0;
        std::uint32_t length = 0;
    };
    using KnownChunks = std::unordered_map<Sha256, Known>;
    [[nodiscard]] bool knows(const Sha256& hash) const {
        return known_.contains(hash) || known_before_.contains(hash);
    }
    void open_packs(std::span<const Sha256> chunks);
    /// The same with what only requests to large samples can tell.
    void open_packs_of_parts(std::span<const Sha256> chunks);
    void open_for(const Sha256& hash, const std::vector<const SampledPack*>& packs);
    /// Opens the neighbours of packs that were of use, while some chunks are not known: a pack that begins near the end
    /// of what is looked at may have no sampled chunk there.
    void open_neighbours(std::span<const Sha256> chunks);
    /// @returns the pack whose chunks are known now; null when it is of no use
    std::shared_ptr<Opened> open(const SampledPack& pack);
    [[nodiscard]] std::vector<FooterEntry> read_footer(const SampledPack& pack, std::uint64_t start);
    std::shared_ptr<Opened> remember(const PackRef& ref, const std::vector<FooterEntry>& entries,
                                     std::uint32_t end);
    void trace(std::string_view what, const std::exception& error);

    SampleUse use_;
    Context& context_;
    std::uint64_t expected_ = 0;
    bool given_up_ = false;
    RequestBudget budget_;
    SampleIndex index_;
    PackReader reader_;
    struct Unfollowed {
        const SampledPack* pack = nullptr;
        std::shared_ptr<Opened> opened;
    };
    std::vector<Unfollowed> unfollowed_; ///< opened packs whose neighbours were not tried
    std::set<PackRef> opened_;           ///< packs that were opened, or are of no use
    KnownChunks known_;                  ///< chunks of opened packs: the newer half
    KnownChunks known_before_;
    Sample own_; ///< of what this push sent
    std::uint64_t own_bytes_ = 0;
};

} // namespace ds

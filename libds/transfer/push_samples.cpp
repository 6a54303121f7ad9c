// Finding packs by samples, opening them, and writing samples.
#include "transfer/push_samples.hpp"

#include "codec/hash.hpp"
#include "os/file.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <map>
#include <utility>

namespace ds {

namespace {

/// Requests that lead nowhere: so many, and one more for so much that is looked for.
constexpr std::uint64_t base_requests = 64;
constexpr std::uint64_t bytes_a_request = 4u << 20;
/// What opening a pack costs: its footer, and one chunk.
constexpr std::uint64_t open_cost = 2;
/// Chunks of opened packs that are remembered, twice.
constexpr std::size_t remembered = 100'000;
/// Samples of one push are kept below this: the rest of a very large push is not listed until it is collected.
constexpr std::size_t max_own = 12u << 20;

} // namespace

PushSamples::PushSamples(SampleUse use, Context& context)
    : use_(std::move(use)), context_(context), budget_(base_requests),
      index_(use_.target, use_.ns, budget_,
             [this](std::string_view what, const std::exception& error) { trace(what, error); }),
      reader_(use_.target, use_.ns) {}

void PushSamples::expect(std::uint64_t bytes) {
    budget_.give_back((expected_ + bytes) / bytes_a_request - expected_ / bytes_a_request);
    expected_ += bytes;
    index_.expect(expected_);
}

void PushSamples::trace(std::string_view what, const std::exception& error) {
    context_.log.trace(fmt::format("{}: {}", what, error.what()));
}

void PushSamples::look_ahead(std::span<const Sha256> chunks) {
    if (!active() || chunks.empty()) {
        return;
    }
    try {
        open_packs(chunks);
        open_packs_of_parts(chunks);
        open_neighbours(chunks);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::interrupted) {
            throw;
        }
        given_up_ = true;
        trace("samples are not asked any more", error);
    }
}

void PushSamples::open_packs(std::span<const Sha256> chunks) {
    // Every candidate with what it would save, as far as can be told: one that holds much is opened before another
    // one that shares a chunk with it.
    std::vector<std::vector<const SampledPack*>> candidates;
    std::vector<const Sha256*> asked;
    std::map<PackRef, std::size_t> hits;
    for (const Sha256& hash : chunks) {
        if (knows(hash)) {
            continue;
        }
        std::vector<const SampledPack*> packs;
        index_.find(hash, packs);
        if (packs.empty()) {
            continue;
        }
        for (const SampledPack* pack : packs) {
            ++hits[pack->ref];
        }
        candidates.push_back(std::move(packs));
        asked.push_back(&hash);
    }
    for (std::size_t i = 0; i < asked.size(); ++i) {
        auto& packs = candidates[i];
        std::stable_sort(packs.begin(), packs.end(), [&](const SampledPack* a, const SampledPack* b) {
            return hits[a->ref] > hits[b->ref];
        });
        open_for(*asked[i], packs);
    }
}

void PushSamples::open_packs_of_parts(std::span<const Sha256> chunks) {
    std::vector<const SampledPack*> packs;
    for (const Sha256& hash : chunks) {
        if (knows(hash)) { // by the answer to an earlier one, mostly
            continue;
        }
        packs.clear();
        index_.find_in_parts(hash, packs);
        open_for(hash, packs);
    }
}

void PushSamples::open_for(const Sha256& hash, const std::vector<const SampledPack*>& packs) {
    for (const SampledPack* pack : packs) {
        if (knows(hash)) {
            return;
        }
        context_.check_stop();
        if (auto opened = open(*pack)) {
            opened->used = opened->used || knows(hash);
            unfollowed_.push_back({pack, std::move(opened)});
        }
    }
}

void PushSamples::open_neighbours(std::span<const Sha256> chunks) {
    const auto unknown = [&] {
        return std::count_if(chunks.begin(), chunks.end(), [&](const Sha256& hash) { return !knows(hash); });
    };
    for (auto left = unknown(); left > 0;) {
        const auto at = std::find_if(unfollowed_.begin(), unfollowed_.end(),
                                     [](const Unfollowed& item) { return item.opened->used; });
        if (at == unfollowed_.end()) {
            return;
        }
        const SampledPack* pack = at->pack;
        unfollowed_.erase(at);
        for (const auto side : {SampleIndex::Side::behind, SampleIndex::Side::before}) {
            const SampledPack* next = index_.neighbour(pack, side);
            context_.check_stop();
            if (auto opened = next != nullptr ? open(*next) : nullptr) {
                const auto before = std::exchange(left, unknown());
                opened->used = left < before;
                unfollowed_.push_back({next, std::move(opened)});
            }
        }
    }
}

std::shared_ptr<PushSamples::Opened> PushSamples::open(const SampledPack& pack) {
    const std::uint64_t footer = std::uint64_t{pack.objects} * footer_entry_bytes + footer_tail_bytes;
    if (opened_.contains(pack.ref) || pack.objects > 2 * upload_pack_objects ||
        pack.size < footer + pack_magic.size() || pack.size > std::numeric_limits<std::uint32_t>::max() ||
        !budget_.take(open_cost)) {
        return nullptr;
    }
    opened_.insert(pack.ref);
    if (use_.condemned(pack.ref)) { // before it is found out whether it is there
        return nullptr;
    }
    try {
        const std::uint64_t start = pack.size - footer;
        const auto entries = read_footer(pack, start);
        return remember(pack.ref, entries, static_cast<std::uint32_t>(start));
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::corrupt && error.kind() != ErrorKind::not_found) {
            throw;
        }
        trace("a pack that a sample names is of no use", error);
        return nullptr;
    }
}

std::vector<FooterEntry> PushSamples::read_footer(const SampledPack& pack, std::uint64_t start) {
    const auto what = fmt::format("pack {}", pack.ref.name.short_hex());
    ByteString bytes(pack_magic); // so that it looks like a pack whose frames lie elsewhere
    bytes += reader_.range(pack.ref, start, pack.size - start).view;
    auto footer = parse_footer(bytes, what, pack_magic, pack_magic.size(), start);
    if (footer.name != pack.ref.name) {
        throw CorruptObject(what + " does not end with the footer that its name says");
    }
    return std::move(footer.entries);
}

std::shared_ptr<PushSamples::Opened>
PushSamples::remember(const PackRef& ref, const std::vector<FooterEntry>& entries, std::uint32_t end) {
    auto opened = std::make_shared<Opened>(Opened{ref, false});
    std::vector<std::pair<Sha256, Known>> chunks;
    std::uint32_t frame_end = end;
    for (std::size_t i = entries.size(); i-- > 0;) { // backwards: a frame ends where the next one begins
        const FooterEntry& entry = entries[i];
        if (i + 1 < entries.size() && entries[i + 1].frame_offset != entry.frame_offset) {
            frame_end = entries[i + 1].frame_offset;
        }
        const std::uint32_t length = frame_end - entry.frame_offset;
        if (entry.kind == ObjectKind::chunk && length <= max_frame_bytes) {
            chunks.emplace_back(entry.hash,
                                Known{opened, entry.frame_offset, length, entry.inner_offset, entry.length});
        }
    }
    if (chunks.empty()) {
        return nullptr;
    }
    // The footer says what its writer wanted it to say: one chunk is read, and nobody knows which.
    const auto& [hash, tried] = chunks[random_u64() % chunks.size()];
    (void)reader_.object(ref, {0, tried.frame_offset, tried.frame_length, tried.inner_offset, tried.length},
                         ObjectKind::chunk, hash, fmt::format("a chunk of pack {}", ref.name.short_hex()));
    if (known_.size() >= remembered) {
        for (const auto& item : known_before_) {
            opened_.erase(item.second.pack->ref); // may be opened again
        }
        known_before_ = std::move(known_);
        known_ = {};
    }
    for (auto& chunk : chunks) {
        known_.insert(std::move(chunk));
    }
    return opened;
}

std::optional<PushSamples::Found> PushSamples::find(const Sha256& hash, std::uint32_t length) {
    for (const auto* chunks : {&known_, &known_before_}) {
        const auto at = chunks->find(hash);
        if (at == chunks->end() || at->second.length != length) {
            continue;
        }
        const Known& known = at->second;
        known.pack->used = true;
        if (!std::exchange(known.pack->paid, true)) {
            budget_.give_back(open_cost);
        }
        return Found{&known.pack->ref,
                     {0, known.frame_offset, known.frame_length, known.inner_offset, known.length}};
    }
    return std::nullopt;
}

void PushSamples::add(const AckedPack& pack) {
    std::vector<Sha256> chunks;
    for (const FooterEntry& entry : pack.entries) {
        if (entry.kind == ObjectKind::chunk) {
            chunks.push_back(entry.hash);
        }
    }
    add({pack.ref, pack.size, static_cast<std::uint32_t>(pack.entries.size())}, chunks);
}

void PushSamples::add(const SampledPack& pack, const std::vector<Sha256>& chunks) {
    own_bytes_ += chunks.empty() ? 0 : pack.size;
    if (own_.bytes() < max_own) {
        own_.add(pack, chunks);
    }
}

void PushSamples::finish() {
    if (own_.packs.empty() || own_bytes_ < use_.sample_from) {
        return;
    }
    try {
        index_.merge_into(own_);
        (void)put_sample(use_.target, use_.ns, own_);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::interrupted) {
            throw;
        }
        trace("what was sent is not listed in a sample", error);
    }
}

} // namespace ds

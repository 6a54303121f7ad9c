// Looking chunks up in samples.
#include "transfer/sample_index.hpp"

#include <algorithm>
#include <bit>
#include <fmt/format.h>
#include <functional>
#include <numeric>

namespace ds {

namespace {

/// Listed objects that are looked at; what lies beyond is not known.
constexpr std::size_t most_listed = 4096;
/// A sample is read whole up to this size, or up to this part of what is to be sent.
constexpr std::uint64_t small_sample = 256u << 10;
constexpr std::uint64_t worth_reading = 64;
/// Read whole, together; twice that in memory.
constexpr std::uint64_t max_held = 24u << 20;
constexpr std::size_t max_parts = 8;
/// After so many misses in a row only some of the questions that cost a request are asked.
constexpr std::uint64_t many_misses = 48;
constexpr std::uint64_t ask_every = 16;
/// So many samples of about one size become one.
constexpr std::size_t merge_width = 15;
constexpr std::uint64_t max_merged = 8u << 20;

bool passed_over(const Error& error) {
    return error.kind() == ErrorKind::corrupt || error.kind() == ErrorKind::not_found;
}

} // namespace

/// A large sample.
class SampleIndex::Part {
  public:
    Part(Registry& registry, const std::string& ns, const StoredSample& stored)
        : registry_(registry), key_(sample_key(ns, stored.name)), id_(stored.version_id),
          name_("sample " + stored.name.short_hex()) {
        const auto bytes = read(0, std::min<std::uint64_t>(stored.size, SampleHead::max_bytes));
        head_ = SampleHead::parse(bytes, stored.size, name_);
    }
    [[nodiscard]] const SampleHead& head() const noexcept { return head_; }

    void find(std::uint64_t prefix, RequestBudget& budget, std::vector<const SampledPack*>& out) {
        const auto at = head_.bucket(prefix);
        if (at.length == 0 || (at.offset != bucket_at_ && !budget.take(1))) {
            return;
        }
        if (at.offset != bucket_at_) {
            bucket_ = parse_sample_entries(read(at.offset, at.length), head_.packs, name_);
            bucket_at_ = at.offset;
        }
        for (auto entry = std::lower_bound(bucket_.begin(), bucket_.end(), SampleEntry{prefix, 0});
             entry != bucket_.end() && entry->prefix == prefix; ++entry) {
            auto known = packs_.find(entry->pack);
            if (known == packs_.end()) {
                if (!budget.take(1)) {
                    return;
                }
                const auto row = head_.pack(entry->pack);
                known = packs_.emplace(entry->pack, parse_sampled_pack(read(row.offset, row.length), name_))
                            .first;
            }
            out.push_back(&known->second);
        }
    }
    bool damaged = false;

  private:
    ByteString read(std::uint64_t offset, std::uint64_t length) {
        ByteString out;
        registry_.data().get(key_, id_, offset, length, out);
        return out;
    }
    Registry& registry_;
    std::string key_;
    std::string id_;
    std::string name_;
    SampleHead head_;
    std::uint64_t bucket_at_ = 0;
    std::vector<SampleEntry> bucket_;
    std::map<std::uint32_t, SampledPack> packs_; ///< nodes stay where they are
};

SampleIndex::SampleIndex(Registry& registry, std::string ns, RequestBudget& budget,
                         std::function<void(std::string_view, const std::exception&)> trace)
    : registry_(registry), ns_(std::move(ns)), budget_(budget), trace_(std::move(trace)) {}

SampleIndex::~SampleIndex() = default;

void SampleIndex::open() {
    opened_ = true;
    if (!budget_.take(1)) {
        return;
    }
    std::set<Sha256> done; // read, or replaced by one that was
    std::uint64_t held_bytes = 0;
    const auto for_packs = budget_.left() / 2; // what samples tell of must be opened, too
    const auto whole_up_to = std::max(small_sample, expected_ / worth_reading);
    // The newest first: a sample is newer than those it replaces.
    for (const StoredSample& stored : list_samples(registry_, ns_, most_listed)) {
        if (done.contains(stored.name)) {
            continue;
        }
        const bool whole = stored.size <= whole_up_to && held_bytes + stored.size <= max_held;
        if ((!whole && parts_.size() == max_parts) || budget_.left() <= for_packs || !budget_.take(1)) {
            continue;
        }
        try {
            if (whole) {
                hold(stored, read_sample(registry_, ns_, stored));
                held_bytes += stored.size;
                done.insert(held_.back().replaces.begin(), held_.back().replaces.end());
            } else {
                parts_.push_back(std::make_unique<Part>(registry_, ns_, stored));
                const auto& replaces = parts_.back()->head().replaces;
                done.insert(replaces.begin(), replaces.end());
            }
            done.insert(stored.name);
        } catch (const Error& error) {
            if (!passed_over(error)) {
                throw;
            }
            trace_("a sample is passed over", error);
        }
    }
    std::sort(entries_.begin(), entries_.end());
}

void SampleIndex::hold(const StoredSample& stored, Sample sample) {
    const auto base = static_cast<std::uint32_t>(packs_.size());
    for (SampleEntry entry : sample.entries) {
        entry.pack += base;
        entries_.push_back(entry);
    }
    pack_from_.insert(pack_from_.end(), sample.packs.size(), static_cast<std::uint32_t>(held_.size()));
    packs_.insert(packs_.end(), std::make_move_iterator(sample.packs.begin()),
                  std::make_move_iterator(sample.packs.end()));
    held_.push_back({stored, std::move(sample.replaces)});
}

void SampleIndex::find(const Sha256& chunk, std::vector<const SampledPack*>& out) {
    if (!opened_) {
        open();
    }
    const std::uint64_t prefix = chunk.prefix64();
    for (auto entry = std::lower_bound(entries_.begin(), entries_.end(), SampleEntry{prefix, 0});
         entry != entries_.end() && entry->prefix == prefix; ++entry) {
        out.push_back(&packs_[entry->pack]);
    }
}

void SampleIndex::find_in_parts(const Sha256& chunk, std::vector<const SampledPack*>& out) {
    if (parts_.empty() || !is_sampled(chunk)) {
        return;
    }
    const std::uint64_t prefix = chunk.prefix64();
    ++misses_;
    if (misses_ > many_misses && misses_ % ask_every != 0) {
        return;
    }
    for (const auto& part : parts_) {
        if (part->damaged) {
            continue;
        }
        try {
            part->find(prefix, budget_, out);
        } catch (const Error& error) {
            if (!passed_over(error)) {
                throw;
            }
            part->damaged = true;
            trace_("a sample is passed over", error);
        }
    }
    misses_ = out.empty() ? misses_ : 0;
}

const SampledPack* SampleIndex::neighbour(const SampledPack* pack, Side side) const noexcept {
    const std::less<const SampledPack*> before;
    if (packs_.empty() || before(pack, packs_.data()) || !before(pack, packs_.data() + packs_.size())) {
        return nullptr; // of a sample that is read in parts
    }
    const auto at = static_cast<std::size_t>(pack - packs_.data());
    if (side == Side::before ? at == 0 : at + 1 == packs_.size()) {
        return nullptr;
    }
    const auto next = side == Side::before ? at - 1 : at + 1;
    return pack_from_[at] == pack_from_[next] ? &packs_[next] : nullptr;
}

void SampleIndex::merge_into(Sample& sample) const {
    // Samples of a class are at most four times as large as each other, so that each row is copied a few times only,
    // however many pushes there are.
    std::map<int, std::vector<std::uint32_t>> classes;
    for (std::uint32_t i = 0; i < held_.size(); ++i) {
        classes[static_cast<int>(std::bit_width(held_[i].stored.size)) / 2].push_back(i);
    }
    for (const auto& [size, members] : classes) {
        const auto bytes = std::accumulate(
            members.begin(), members.end(), std::uint64_t{sample.bytes()},
            [&](std::uint64_t sum, std::uint32_t member) { return sum + held_[member].stored.size; });
        if (members.size() < merge_width || bytes > max_merged) {
            continue;
        }
        std::map<PackRef, std::uint32_t> numbers;
        for (const SampledPack& pack : sample.packs) {
            numbers.emplace(pack.ref, static_cast<std::uint32_t>(numbers.size()));
        }
        std::vector<std::optional<std::uint32_t>> number_of(packs_.size());
        const std::set<std::uint32_t> chosen(members.begin(), members.end());
        for (std::size_t i = 0; i < packs_.size(); ++i) {
            if (!chosen.contains(pack_from_[i])) {
                continue;
            }
            const auto [at, fresh] =
                numbers.emplace(packs_[i].ref, static_cast<std::uint32_t>(sample.packs.size()));
            if (fresh) {
                sample.packs.push_back(packs_[i]);
            }
            number_of[i] = at->second;
        }
        for (const SampleEntry& entry : entries_) {
            if (const auto number = number_of[entry.pack]) {
                sample.entries.push_back({entry.prefix, *number});
            }
        }
        for (const std::uint32_t member : members) {
            const auto& replaces = held_[member].replaces;
            sample.replaces.insert(sample.replaces.end(), replaces.begin(), replaces.end());
        }
        for (const std::uint32_t member : members) { // last, so that they stay when there are too many
            sample.replaces.push_back(held_[member].stored.name);
        }
        return;
    }
}

} // namespace ds

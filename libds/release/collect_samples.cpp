// Tidying samples: what is to be written is put before anything is removed.
#include "release/collect_samples.hpp"

#include "registry/samples.hpp"

#include <fmt/format.h>
#include <map>
#include <set>
#include <vector>

namespace ds {

namespace {

constexpr std::size_t most_listed = 1u << 20;
/// Smaller ones are merged with others.
constexpr std::uint64_t small_sample = 1u << 20;
/// A merged sample is written once it is so large.
constexpr std::size_t large_sample = 8u << 20;
/// With more than one row in so many gone, a sample is written anew.
constexpr std::size_t worth_rewriting = 8;

class Tidying {
  public:
    Tidying(Registry& registry, const std::string& ns, const PackSet& reached, Context& context)
        : registry_(registry), ns_(ns), reached_(reached), context_(context) {}

    std::uint64_t run(std::int64_t before) {
        for (const StoredSample& stored : list_samples(registry_, ns_, most_listed)) { // the newest first
            context_.check_stop();
            if (stored.modified != 0 && stored.modified > before) {
                continue;
            }
            there_.insert(stored.name);
            look_at(stored);
        }
        write();
        std::uint64_t removed = 0;
        for (const StoredSample& stored : gone_) {
            if (written_.erase(stored.name) != 0) {
                continue; // what came out is what was there; a second version of it is not needed
            }
            context_.check_stop();
            registry_.data().remove(sample_key(ns_, stored.name), stored.version_id);
            ++removed;
        }
        return removed;
    }

  private:
    void look_at(const StoredSample& stored) {
        if (done_.contains(stored.name)) {
            gone_.push_back(stored);
            return;
        }
        Sample sample;
        try {
            sample = read_sample(registry_, ns_, stored);
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::not_found) {
                return; // removed by another collector
            }
            if (error.kind() != ErrorKind::corrupt) {
                throw;
            }
            gone_.push_back(stored);
            return;
        }
        done_.insert(stored.name);
        done_.insert(sample.replaces.begin(), sample.replaces.end());
        std::size_t live = 0;
        for (const SampledPack& pack : sample.packs) {
            live += reached_.contains(pack.ref) ? 1 : 0;
        }
        const std::size_t dead = sample.packs.size() - live;
        if (stored.size < small_sample || dead * worth_rewriting > sample.packs.size()) {
            take_in(sample);
            gone_.push_back(stored);
        }
    }
    void take_in(const Sample& sample) {
        std::vector<std::optional<std::uint32_t>> numbers;
        for (const SampledPack& pack : sample.packs) {
            if (!reached_.contains(pack.ref) || !packs_.insert(pack.ref).second) {
                numbers.emplace_back();
                continue;
            }
            numbers.emplace_back(static_cast<std::uint32_t>(merged_.packs.size()));
            merged_.packs.push_back(pack);
        }
        for (const SampleEntry& entry : sample.entries) {
            if (const auto number = numbers[entry.pack]) {
                merged_.entries.push_back({entry.prefix, *number});
            }
        }
        if (merged_.bytes() > large_sample) {
            write();
        }
    }
    void write() {
        if (!merged_.packs.empty()) {
            written_.insert(put_sample(registry_, ns_, merged_, there_));
        }
        merged_ = {};
    }

    Registry& registry_;
    const std::string& ns_;
    const PackSet& reached_;
    Context& context_;
    std::set<Sha256> there_; ///< names that were looked at
    std::set<Sha256> done_;  ///< read, or replaced by one that was
    std::set<PackRef> packs_;
    Sample merged_;
    std::vector<StoredSample> gone_;
    std::set<Sha256> written_;
};

} // namespace

std::uint64_t tidy_samples(Registry& registry, const std::string& ns, const PackSet& reached,
                           std::int64_t before, Context& context) {
    return Tidying(registry, ns, reached, context).run(before);
}

} // namespace ds

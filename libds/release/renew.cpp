#include "release/renew.hpp"

#include "release/collect_mark.hpp"
#include "release/plain_copy.hpp"
#include "release/signatures.hpp"
#include "task/pool.hpp"

#include <algorithm>
#include <atomic>
#include <fmt/format.h>
#include <mutex>

namespace ds {

namespace {

constexpr std::int64_t day = 86'400;
constexpr std::size_t kept_problems = 1000;

/// What all records of a namespace reach, each shared node walked once.
class Published final : public ReachVisitor {
  public:
    bool enter(const NodePlace& node) override { return seen_.add(node); }
    bool enter(const Place& bundle) override { return seen_.add(bundle); }
    void reach(const PackRef& pack, std::uint64_t end) override {
        auto& known = reach_[pack];
        known = std::max(known, end);
    }
    [[nodiscard]] const PackReach& packs() const noexcept { return reach_; }

  private:
    SeenNodes seen_;
    PackReach reach_;
};

Retention enough_of(const Retention& lock, std::int64_t now) {
    return {lock.mode, now + (lock.until - now) / 4 * 3};
}

bool holds(const Retention& lock, const Retention& least) {
    return lock.mode >= least.mode && lock.until >= least.until;
}

void add_problem(RenewResult& result, std::string problem) {
    if (++result.problem_count <= kept_problems) {
        result.problems.push_back(std::move(problem));
    }
}

/// Extends what is locked of a version's plain copy. Objects without a lock are for verify to name.
void renew_plain(Registry& registry, const DatasetName& dataset, const std::string& version,
                 const Retention& wanted, bool dry_run, std::int64_t now, Context& context,
                 RenewResult& result) {
    constexpr std::size_t batch = 1024;
    auto& data = registry.data();
    std::vector<DataBucket::Version> objects;
    std::atomic<std::uint64_t> renewed = 0;
    const auto settle = [&] {
        parallel_for(objects.size(), context.jobs, [&](std::size_t i) {
            context.check_stop();
            const auto lock = data.retention(objects[i].key, objects[i].version_id);
            if (lock.mode == RetentionMode::none || holds(lock, enough_of(wanted, now))) {
                return;
            }
            if (!dry_run) {
                data.retain(objects[i].key, objects[i].version_id,
                            {std::max(lock.mode, wanted.mode), wanted.until});
            }
            ++renewed;
        });
        result.plain += objects.size();
        objects.clear();
    };
    data.list_versions(plain_prefix(dataset, version), [&](const DataBucket::Version& object) {
        objects.push_back(object);
        if (objects.size() == batch) {
            settle();
        }
        return true;
    });
    settle();
    result.plain_renewed += renewed;
}

} // namespace

std::int64_t renew_before(std::int64_t now, std::uint32_t days) {
    return now + std::min(30 * day, std::int64_t{days} * day / 4);
}

RenewResult renew_locks(Registry& registry, const std::string& ns, bool dry_run, std::int64_t now,
                        Context& context) {
    RenewResult result;
    const auto pack_lock = registry.pack_lock(now);
    const auto record_lock = registry.record_lock(now);
    const auto names = names_in(registry, ns);
    // Small objects. @returns 1 for one whose lock was too short
    const auto extend = [&](const std::string& key, const std::string& version_id) -> std::uint64_t {
        const auto lock = registry.data().retention(key, version_id);
        if (holds(lock, enough_of(record_lock, now))) {
            return 0;
        }
        if (!dry_run) {
            registry.data().retain(key, version_id,
                                   {std::max(lock.mode, record_lock.mode), record_lock.until});
        }
        return 1;
    };
    Published published;
    {
        const ProgressScope progress(context.progress, "reading layouts", names.datasets.size());
        for (const auto& dataset : names.datasets) {
            const auto damaged = [&](const std::string& version, const CorruptObject& error) {
                add_problem(result, fmt::format("{}:{}: {}", dataset.str(), version, error.message()));
            };
            for (const auto& stored : registry.records(dataset, damaged)) {
                context.check_stop();
                ++result.records;
                RegistryVersion version(registry, ns, stored.record.roots);
                walk_reach(version, published, context.stop);
                const auto& name = stored.record.version;
                result.records_renewed += extend(record_key(dataset, name), stored.version_id);
                for (const auto& line : signatures_over(registry, dataset, name, stored.text, context)) {
                    ++result.signatures;
                    result.signatures_renewed += extend(line.object, line.version_id);
                }
                renew_plain(registry, dataset, name, pack_lock, dry_run, now, context, result);
            }
            context.progress.advance(1, 0);
        }
    }
    const std::vector<PackReach::value_type> packs(published.packs().begin(), published.packs().end());
    result.packs = packs.size();
    std::atomic<std::uint64_t> renewed = 0;
    std::mutex mutex; // guards the problems
    const ProgressScope progress(context.progress, "renewing locks", packs.size());
    parallel_for(packs.size(), context.jobs, [&](std::size_t i) {
        context.check_stop();
        const auto& [pack, end] = packs[i];
        const auto status = registry.data().status(pack_key(ns, pack.name), pack.version_id);
        if (!status || status->size < end) {
            const std::lock_guard guard(mutex);
            add_problem(result, fmt::format("pack {} is {}", pack.name.short_hex(),
                                            status ? "too short" : "missing"));
        } else if (!holds(status->retention, enough_of(pack_lock, now))) {
            if (!dry_run) {
                registry.retain_pack(
                    ns, pack, {std::max(status->retention.mode, pack_lock.mode), pack_lock.until}, end);
            }
            ++renewed;
        }
        context.progress.advance(1, 0);
    });
    result.packs_renewed = renewed;
    return result;
}

} // namespace ds

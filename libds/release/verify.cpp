// Verifying a version in its registry: every byte against its hashes, every lock against its time.
#include "base/path.hpp"
#include "base/units.hpp"
#include "os/file.hpp"
#include "release/closure.hpp"
#include "release/publish.hpp"
#include "release/renew.hpp"
#include "release/signatures.hpp"
#include "task/pool.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <mutex>

namespace ds {

namespace {

constexpr std::size_t kept_problems = 1000;

/// Findings of several threads.
class Findings {
  public:
    void add(std::string problem) {
        const std::lock_guard guard(mutex_);
        ++result_.problem_count;
        if (result_.problems.size() < kept_problems) {
            result_.problems.push_back(std::move(problem));
        }
    }
    void count(std::uint64_t files, std::uint64_t bytes) {
        const std::lock_guard guard(mutex_);
        result_.files += files;
        result_.bytes += bytes;
    }
    /// Runs `work`; damage and absence are findings about `what`, everything else is thrown on.
    template <class Work>
    bool run(std::string_view what, const Work& work) {
        try {
            work();
            return true;
        } catch (const Error& e) {
            if (e.kind() != ErrorKind::corrupt && e.kind() != ErrorKind::not_found) {
                throw;
            }
            add(what.empty() ? e.message() : fmt::format("{}: {}", what, e.message()));
            return false;
        }
    }
    void lock(std::int64_t until) {
        const std::lock_guard guard(mutex_);
        result_.locked_until = result_.locked_until == 0 ? until : std::min(result_.locked_until, until);
    }
    VerifyResult take() { return std::move(result_); }

  private:
    std::mutex mutex_;
    VerifyResult result_;
};

} // namespace

VerifyResult verify_version(RegistryVersion& version, const Manifest& manifest, Context& context) {
    Findings findings;
    const auto& tree = version.roots().tree;
    const ProgressScope progress(context.progress, "verifying", tree.entries, tree.bytes);
    findings.run("", [&] {
        const auto actual = make_manifest(version, tree.root, context.stop);
        if (actual != manifest) {
            findings.add(fmt::format("the files make {}, the record says {}", digest_str(actual.digest()),
                                     digest_str(manifest.digest())));
        }
    });
    findings.run("", [&] {
        version.walk({}, [&](const RegistryVersion::Leaf& leaf) {
            const auto& items = leaf.tree.leaves;
            parallel_for(items.size(), context.jobs, [&](std::size_t i) {
                context.check_stop();
                const std::string& path = items[i].path;
                const Entry& entry = items[i].entry;
                findings.run("", [&] {
                    if (entry.kind != EntryKind::empty_dir) {
                        version.stream(path, entry, [](ByteView) {}); // checks chunk by chunk, then the whole
                    }
                    findings.count(entry.kind == EntryKind::empty_dir ? 0 : 1, entry.size);
                });
                context.progress.advance(1, entry.size);
            });
        });
    });
    findings.run("history", [&] {
        for (std::optional<Place> at = version.roots().history_place; at && !at->hash.is_zero();) {
            context.check_stop();
            at = HistoryBundle::parse(version.object(*at, ObjectKind::history),
                                      "history bundle " + at->hash.short_hex())
                     .previous;
        }
    });
    return findings.take();
}

namespace {

/// Looks at each pack that a version reaches; `check(what, status)` judges one that is whole.
void look_at_packs(RegistryVersion& version, Findings& findings, Context& context,
                   const std::function<void(const std::string&, const Retention&)>& check) {
    PackReach reach;
    findings.run("", [&] { reach = reach_of(version, nullptr, context.stop); });
    const std::vector<PackReach::value_type> packs(reach.begin(), reach.end());
    const ProgressScope progress(context.progress, "checking packs", packs.size());
    parallel_for(packs.size(), context.jobs, [&](std::size_t i) {
        context.check_stop();
        const auto& [pack, end] = packs[i];
        const auto what = fmt::format("pack {}", pack.name.short_hex());
        findings.run(what, [&, &place = pack, end_of_reach = end] {
            const auto status =
                version.registry().data().status(pack_key(version.ns(), place.name), place.version_id);
            if (!status || status->size < end_of_reach) {
                findings.add(fmt::format("{} is {}", what, status ? "too short" : "missing"));
                return;
            }
            check(what, status->retention);
            findings.count(1, status->size);
        });
        context.progress.advance(1, 0);
    });
}

} // namespace

VerifyResult verify_packs(RegistryVersion& version, Context& context) {
    Findings findings;
    look_at_packs(version, findings, context, [](const std::string&, const Retention&) {});
    return findings.take();
}

VerifyResult verify_locks(RegistryVersion& version, const DatasetName& dataset, const StoredRecord& record,
                          const std::vector<SignatureLine>& signatures, Context& context) {
    Findings findings;
    auto& registry = version.registry();
    const auto now = unix_now();
    const auto& terms = registry.description();
    const auto check = [&](const std::string& what, const Retention& lock, std::uint32_t days) {
        if (lock.mode == RetentionMode::none) {
            findings.add(what + " is not locked");
            return;
        }
        findings.lock(lock.until);
        if (lock.until <= now) {
            findings.add(fmt::format("the lock of {} ended {}", what, rfc3339(lock.until)));
        } else if (lock.until < renew_before(now, days)) {
            findings.add(fmt::format("the lock of {} ends {}, {}; dsctl registry renew extends it", what,
                                     rfc3339(lock.until), relative_time(lock.until, now)));
        }
    };
    findings.run("", [&] {
        check("the record",
              registry.data().retention(record_key(dataset, record.record.version), record.version_id),
              terms.record_days);
        for (const auto& line : signatures) {
            check("the signature of " + line.key->fingerprint(),
                  registry.data().retention(line.object, line.version_id), terms.record_days);
        }
    });
    look_at_packs(version, findings, context, [&](const std::string& what, const Retention& lock) {
        check(what, lock, terms.pack_days);
    });
    return findings.take();
}

} // namespace ds

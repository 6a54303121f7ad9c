// The steps of a collection. Each reads the state first and ends by changing it, so that any collector can go on
// where another one stopped.
#include "release/collect.hpp"

#include "registry/collection.hpp"
#include "registry/notes.hpp"
#include "release/collect_mark.hpp"
#include "release/collect_samples.hpp"
#include "task/pool.hpp"

#include <algorithm>
#include <atomic>
#include <fmt/format.h>
#include <utility>
#include <vector>

namespace ds {

namespace {

constexpr int max_rounds = 64;
/// A push that noted nothing for so long is dead; if it is not, its swap fails and it sends again.
constexpr std::int64_t pending_life = 30 * 86'400;

/// The garbage of a namespace, as versions of packs and of notes.
struct Garbage {
    PackSet packs, notes;
    std::uint64_t bytes = 0;
    [[nodiscard]] bool empty() const { return packs.empty() && notes.empty(); }
    [[nodiscard]] std::uint64_t count() const { return packs.size() + notes.size(); }
};

class Collecting {
  public:
    Collecting(Registry& registry, const CollectOptions& options, std::int64_t now, Context& context,
               const CollectPolicy& policy)
        : registry_(registry), ns_(options.ns), options_(options), now_(now), context_(context),
          policy_(policy) {}

    CollectResult run() {
        bool begun = false;
        for (int round = 0; round < max_rounds; ++round) {
            context_.check_stop();
            const auto stored = read_collection(registry_, ns_);
            result_.epoch = stored.state.epoch;
            try {
                if (!step(stored, begun)) {
                    return result_;
                }
            } catch (const CorruptObject&) {
                // A list that is gone was another collector's to finish.
                if (read_collection(registry_, ns_).etag == stored.etag) {
                    throw;
                }
            }
        }
        throw Error(ErrorKind::retry, fmt::format("the collection of {} keeps changing", ns_),
                    "run the same command again");
    }

  private:
    /// @returns whether there may be another one
    bool step(const StoredCollection& stored, bool& begun) {
        const auto& state = stored.state;
        if (state.phase == CollectionPhase::idle) {
            const bool first = !std::exchange(begun, true);
            return first && condemn(stored);
        }
        const bool due = state.phase == CollectionPhase::condemned || state.time + options_.grace <= now_;
        if (options_.dry_run || !due) {
            result_.waiting = state.count;
            result_.waiting_bytes = state.bytes;
            result_.due = state.time + options_.grace;
            return false;
        }
        if (state.phase == CollectionPhase::condemned) {
            if (policy_.give_epoch) {
                give_epoch(state.epoch);
            }
            doom(stored);
        } else {
            remove(stored);
        }
        return true;
    }

    /// The lists that the state names.
    Garbage listed(const Collection& state) {
        Garbage out;
        const auto what = fmt::format("the list of condemned packs of {} in {}", ns_, registry_.alias());
        read_pack_lists(registry_, ns_, state.packs, what, out.packs);
        read_pack_lists(registry_, ns_, state.notes, what, out.notes);
        out.bytes = state.bytes;
        return out;
    }

    bool change(const StoredCollection& stored, CollectionPhase phase, const Garbage& garbage,
                std::int64_t time) {
        Collection next = stored.state;
        next.phase = phase;
        next.epoch += phase == CollectionPhase::condemned ? 1 : 0;
        next.packs = put_pack_lists(registry_, ns_, garbage.packs);
        next.notes = put_pack_lists(registry_, ns_, garbage.notes);
        next.count = garbage.count();
        next.bytes = garbage.bytes;
        next.time = time;
        return change_collection(registry_, stored, std::move(next)).has_value();
    }

    Marking mark() {
        Marking marking(registry_, ns_, context_, policy_);
        marking.run();
        result_.heads = marking.heads();
        result_.records = marking.records();
        result_.reached = marking.packs().size();
        return marking;
    }

    /// Steps 1 and 2. @returns whether there is more to do
    bool condemn(const StoredCollection& stored) {
        const auto marking = mark();
        if (!options_.dry_run) {
            tidy(marking);
        }
        auto garbage = find_garbage(stored.state, marking);
        if (options_.dry_run || garbage.empty()) {
            result_.condemned = garbage.count();
            result_.condemned_bytes = garbage.bytes;
            return false;
        }
        const auto fresh = garbage;
        // What could not be removed the last time stays condemned.
        const auto left = listed(stored.state);
        const auto keep = [](PackSet& to, const PackSet& from, const PackSet& reached) {
            std::copy_if(from.begin(), from.end(), std::inserter(to, to.end()),
                         [&](const PackRef& pack) { return !reached.contains(pack); });
        };
        keep(garbage.packs, left.packs, marking.packs());
        keep(garbage.notes, left.notes, marking.notes());
        if (change(stored, CollectionPhase::condemned, garbage, now_)) {
            result_.condemned = fresh.count();
            result_.condemned_bytes = fresh.bytes;
        }
        return true;
    }

    /// Samples are hints: whatever happens to them stops no collection.
    void tidy(const Marking& marking) {
        try {
            (void)tidy_samples(registry_, ns_, marking.packs(), now_ - options_.grace, context_);
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::interrupted) {
                throw;
            }
            context_.log.warn(fmt::format("the samples of {} in {} were left as they are: {}", ns_,
                                          registry_.alias(), error.message()));
        }
    }

    Garbage find_garbage(const Collection& state, const Marking& marking) {
        PackSet in_use = marking.notes();
        for (const auto* lists : {&state.packs, &state.notes}) {
            for (const auto& note : *lists) {
                in_use.insert({note.name, note.version_id});
            }
        }
        std::vector<DataBucket::Version> found;
        list(ns_ + "/packs/", marking.packs(), found);
        const auto packs = found.size();
        list(ns_ + "/notes/", in_use, found);
        // Locks keep what a publisher has locked that did not get to its record.
        std::vector<char> locked(found.size(), 0);
        const ProgressScope progress(context_.progress, "looking at locks", found.size());
        parallel_for(found.size(), context_.jobs, [&](std::size_t i) {
            context_.check_stop();
            const auto status = registry_.data().status(found[i].key, found[i].version_id);
            if (!status) {
                locked[i] = 2; // removed by another collector
            } else if (status->retention.mode != RetentionMode::none && status->retention.until > now_) {
                locked[i] = 1;
            }
            context_.progress.advance(1, 0);
        });
        Garbage out;
        for (std::size_t i = 0; i < found.size(); ++i) {
            if (locked[i] != 0) {
                result_.locked += locked[i] == 1 ? 1 : 0;
                continue;
            }
            (i < packs ? out.packs : out.notes).insert({name_of(found[i].key), found[i].version_id});
            out.bytes += found[i].size;
        }
        return out;
    }

    static Sha256 name_of(const std::string& key) {
        return Sha256::from_hex(std::string_view(key).substr(key.rfind('/') + 1)).value();
    }

    /// Unreached versions below `prefix` that are old enough.
    void list(const std::string& prefix, const PackSet& reached, std::vector<DataBucket::Version>& out) {
        registry_.data().list_versions(prefix, [&](const DataBucket::Version& version) {
            const auto name = Sha256::from_hex(std::string_view(version.key).substr(prefix.size()));
            if (!name || reached.contains({*name, version.version_id})) {
                return true; // a dataset may be called "packs" or "notes"
            }
            ++result_.garbage;
            result_.garbage_bytes += version.size;
            if (version.modified != 0 && version.modified + options_.grace > now_) {
                ++result_.young;
            } else {
                out.push_back(version);
            }
            return true;
        });
    }

    /// Step 3.
    void give_epoch(std::uint64_t epoch) {
        const auto names = names_in(registry_, ns_);
        const ProgressScope progress(context_.progress, "stopping pushes", names.heads.size());
        for (const auto& [dataset, version] : names.heads) {
            int round = 0;
            for (;; ++round) {
                context_.check_stop();
                const auto stored = existing_head(registry_, dataset, version);
                if (stored.head.epoch >= epoch) {
                    break;
                }
                if (round == max_rounds) {
                    throw Error(ErrorKind::retry,
                                fmt::format("the head of {}:{} keeps changing", dataset.str(), version),
                                "run the same command again; it goes on where it stopped");
                }
                (void)registry_.update_head(
                    stored,
                    [&](Head& head) {
                        head.epoch = epoch;
                        std::erase_if(head.pending, [&](const PendingPacks& pending) {
                            return pending.time + std::max(pending_life, options_.grace) < now_;
                        });
                    },
                    stored.head.time);
            }
            context_.progress.advance(1, 0);
        }
    }

    /// Step 4. Whoever is first decides; what another collector found is as good.
    void doom(const StoredCollection& stored) {
        auto garbage = listed(stored.state);
        if (policy_.mark_again) {
            const auto marking = mark();
            const auto before = garbage.count();
            std::erase_if(garbage.packs, [&](const PackRef& pack) { return marking.packs().contains(pack); });
            std::erase_if(garbage.notes, [&](const PackRef& note) { return marking.notes().contains(note); });
            result_.spared += before - garbage.count();
        }
        (void)change(stored, garbage.empty() ? CollectionPhase::idle : CollectionPhase::doomed, garbage,
                     stored.state.time);
    }

    /// Step 5. What is locked stays condemned: nobody can come to rely upon it unnoticed.
    void remove(const StoredCollection& stored) {
        const auto garbage = listed(stored.state);
        struct Item {
            std::string key;
            const PackRef* what;
            bool left = false;
        };
        std::vector<Item> items;
        items.reserve(garbage.packs.size() + garbage.notes.size());
        for (const auto& pack : garbage.packs) {
            items.push_back({pack_key(ns_, pack.name), &pack});
        }
        const auto packs = items.size();
        for (const auto& note : garbage.notes) {
            items.push_back({note_key(ns_, note.name), &note});
        }
        std::atomic<std::uint64_t> removed = 0;
        {
            const ProgressScope progress(context_.progress, "removing", items.size());
            parallel_for(items.size(), context_.jobs, [&](std::size_t i) {
                context_.check_stop();
                try {
                    registry_.data().remove(items[i].key, items[i].what->version_id);
                    ++removed;
                } catch (const Error& e) {
                    if (e.kind() != ErrorKind::immutable) {
                        throw;
                    }
                    items[i].left = true;
                }
                context_.progress.advance(1, 0);
            });
        }
        Garbage left;
        for (std::size_t i = 0; i < items.size(); ++i) {
            if (items[i].left) {
                (i < packs ? left.packs : left.notes).insert(*items[i].what);
            }
        }
        if (change(stored, CollectionPhase::idle, left, stored.state.time)) {
            result_.removed += removed;
        }
    }

    Registry& registry_;
    std::string ns_;
    const CollectOptions& options_;
    std::int64_t now_;
    Context& context_;
    const CollectPolicy& policy_;
    CollectResult result_;
};

} // namespace

CollectResult collect(Registry& registry, const CollectOptions& options, std::int64_t now, Context& context,
                      const CollectPolicy& policy) {
    return Collecting(registry, options, now, context, policy).run();
}

} // namespace ds

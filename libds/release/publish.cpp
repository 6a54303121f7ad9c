// Publishing a version: pin, lock the closure, sign, claim the name, tell head and catalog.
#include "release/publish.hpp"

#include "base/path.hpp"
#include "base/units.hpp"
#include "codec/hash.hpp"
#include "os/file.hpp"
#include "registry/collection.hpp"
#include "release/closure.hpp"
#include "release/signatures.hpp"
#include "task/pool.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds {

namespace {

constexpr int max_rounds = 32;
constexpr std::int64_t day = 86'400;

/// Packs of a proven record are taken as locked while both publications fall into the same quarter of the
/// lock's period. The first publication of a quarter walks everything and extends every lock; so whatever
/// chain of records proves a pack, at least three quarters of the period are left for it.
std::int64_t proof_window(std::int64_t time, std::uint32_t pack_days) {
    return time / std::max<std::int64_t>(day, std::int64_t{pack_days} * day / 4);
}

class Publication {
  public:
    Publication(const PublishRequest& request, Context& context)
        : request_(request), registry_(request.registry), context_(context),
          name_(fmt::format("{}:{}", request.dataset.str(), request.version.str())),
          // Locks are about the real time, whatever time the version is to bear.
          lock_time_(std::max(request.now, unix_now())), pack_lock_(registry_.pack_lock(lock_time_)),
          record_lock_(registry_.record_lock(lock_time_)) {}

    StoredRecord run() {
        check_request();
        for (int round = 0; round < max_rounds; ++round) {
            context_.check_stop();
            if (const auto stored = registry_.record(request_.dataset, request_.version.str())) {
                return settle(*stored);
            }
            const bool seen = round == 0 && request_.head && !request_.head->etag.empty();
            const auto pin =
                pinned(seen ? *request_.head : registry_.ensure_head(request_.dataset, request_.version));
            if (!pin) {
                continue; // somebody was faster: look again
            }
            lock_closure(parse_pin(*pin).roots);
            sign(*pin);
            return settle(
                registry_.claim_record(request_.dataset, request_.version.str(), *pin, record_lock_));
        }
        throw Error(ErrorKind::retry, fmt::format("the head of {} keeps changing", name_),
                    "run the same command again");
    }

  private:
    void check_request() const {
        const auto& m = request_.manifest;
        if (m.tree != request_.roots.tree.root || m.bytes != request_.roots.tree.bytes ||
            m.files + m.symlinks + m.folders != request_.roots.tree.entries) {
            throw Error(ErrorKind::failure,
                        fmt::format("cannot publish {}: its manifest is not that of its files", name_));
        }
    }

    Record parse_pin(const std::string& text) const {
        const auto what = fmt::format("the record pinned in the head of {}", name_);
        auto record = Record::parse(text, what);
        if (record.dataset != request_.dataset.str() || record.version != request_.version.str() ||
            record.registry_id != registry_.description().id) {
            throw CorruptObject(
                fmt::format("{} names {}:{}", what, printable(record.dataset), record.version),
                fmt::format("dsctl push, which undoes the pin, then publish again"));
        }
        return record;
    }

    /// The pinned bytes to finish; nothing when the head moved and must be looked at again.
    /// @throws Error(conflict) when it is somebody else's
    std::optional<std::string> pinned(const StoredHead& stored) {
        const auto& head = stored.head;
        switch (head.state) {
        case HeadState::published:
            // Seen before its record only by a hair, or the record is gone.
            if (registry_.record(request_.dataset, request_.version.str())) {
                return std::nullopt;
            }
            throw CorruptObject(fmt::format("{} was published, but its record is gone", name_),
                                "ask who runs the registry to put it back from a copy");
        case HeadState::publishing:
            if (head.pinned_record) {
                return pin_of_others(head);
            }
            break;
        case HeadState::dropped:
            throw Error(ErrorKind::conflict,
                        fmt::format("{} was dropped by {} meanwhile", name_, printable(head.author)),
                        fmt::format("dsctl push {}", request_.version.str()));
        case HeadState::draft:
            if (head.commit != request_.commit) {
                throw Error(ErrorKind::conflict,
                            fmt::format("draft {} moved on {} meanwhile (you {}, {} {} by {}, {})",
                                        request_.version.str(), registry_.alias(),
                                        request_.commit.substr(0, 10), registry_.alias(),
                                        head.commit.substr(0, 10), printable(head.author),
                                        relative_time(head.time, request_.now)),
                            "dsctl pull");
            }
            break;
        case HeadState::empty:
            break;
        }
        return pin_own(stored);
    }

    /// Finished if it is the same content; else its publisher decides, or whoever pushes over it.
    std::optional<std::string> pin_of_others(const Head& head) {
        if (parse_pin(*head.pinned_record).digest == request_.manifest.digest()) {
            return head.pinned_record;
        }
        if (registry_.record(request_.dataset, request_.version.str())) {
            return std::nullopt; // it was claimed just now, and the record decides
        }
        throw Error(ErrorKind::conflict,
                    fmt::format("{} is being published with other content by {} ({})", name_,
                                printable(head.author), relative_time(head.time, request_.now)),
                    "wait for them; if they gave up: dsctl pull, dsctl push, then publish again");
    }

    /// What the head reaches, no collection takes away. What was sent but is not reached by it may be condemned.
    VersionRoots safe_roots(const Head& head) {
        if (head.roots && head.roots->tree == request_.roots.tree && head.commit == request_.commit) {
            return *head.roots;
        }
        CondemnedPacks condemned(registry_, request_.dataset.ns());
        if (!condemned.empty()) {
            RegistryVersion version(registry_, request_.dataset.ns(), request_.roots);
            for (const auto& [pack, end] : reach_of(version, nullptr, context_.stop)) {
                if (condemned.contains(pack)) {
                    throw Error(
                        ErrorKind::retry,
                        fmt::format("what was sent for {} is being collected, since no draft names it",
                                    name_),
                        fmt::format("dsctl push {}, then publish again", request_.version.str()));
                }
            }
        }
        return request_.roots;
    }

    std::string text_of(const Record& record) const {
        try {
            return record.text();
        } catch (const Error& e) {
            throw Error(ErrorKind::usage, fmt::format("cannot publish {}: {}", name_, e.message()),
                        "use a shorter message");
        }
    }

    std::optional<std::string> pin_own(const StoredHead& stored) {
        Record record;
        record.registry_id = registry_.description().id;
        record.dataset = request_.dataset.str();
        record.version = request_.version.str();
        const auto latest = registry_.latest(request_.dataset);
        record.sequence = latest.next_sequence();
        if (latest.record) {
            record.previous = sha256(latest.record->text);
        }
        record.manifest = request_.manifest;
        record.digest = request_.manifest.digest();
        record.commit = request_.commit;
        record.roots = safe_roots(stored.head);
        record.origin = request_.origin;
        record.author = request_.author;
        record.message = request_.message;
        record.time = request_.now;
        const auto text = text_of(record);
        (void)parse_pin(text); // what nobody could read shall never be claimed
        const auto update = registry_.update_head(
            stored,
            [&](Head& head) {
                head.state = HeadState::publishing;
                head.pinned_record = text;
                head.commit = request_.commit;
                head.roots = record.roots;
                head.origin = request_.origin;
                head.author = request_.author;
            },
            request_.now);
        const bool ours =
            update.outcome == HeadUpdate::Outcome::done && update.current.head.pinned_record == text;
        if (ours && !update.current.etag.empty()) {
            own_pin_ = update.current;
        }
        return ours ? std::optional(text) : std::nullopt;
    }

    /// The proven version, if its locks are known to last long enough.
    std::unique_ptr<RegistryVersion> proven() {
        const auto& base = request_.proven;
        const auto days = registry_.description().pack_days;
        if (!base || base->record.registry_id != registry_.description().id ||
            DatasetName::parse(base->record.dataset).ns() != request_.dataset.ns() ||
            proof_window(base->record.time, days) != proof_window(request_.now, days)) {
            return nullptr;
        }
        const auto& root = base->record.roots.layout_place;
        const auto lock = registry_.pack_retention(request_.dataset.ns(), {root.pack, root.version_id});
        const auto least = enough_lock();
        return lock.mode >= least.mode && lock.until >= least.until
                   ? std::make_unique<RegistryVersion>(registry_, request_.dataset.ns(), base->record.roots,
                                                       request_.trees)
                   : nullptr;
    }
    /// What is left at least of a lock that another publication of this quarter has set.
    [[nodiscard]] Retention enough_lock() const {
        return {pack_lock_.mode, lock_time_ + (pack_lock_.until - lock_time_) / 4 * 3};
    }

    void lock_closure(const VersionRoots& roots) {
        try {
            RegistryVersion version(registry_, request_.dataset.ns(), roots, request_.trees);
            const auto base = proven();
            const auto reach = reach_of(version, base.get(), context_.stop);
            const std::vector<PackReach::value_type> packs(reach.begin(), reach.end());
            const ProgressScope progress(context_.progress, "locking", packs.size());
            parallel_for(packs.size(), context_.jobs, [&](std::size_t i) {
                context_.check_stop();
                const auto& [pack, end] = packs[i];
                registry_.retain_pack(request_.dataset.ns(), pack, pack_lock_, end,
                                      base ? enough_lock() : pack_lock_);
                context_.progress.advance(1, 0);
            });
        } catch (const Error& e) {
            if (e.kind() == ErrorKind::not_found || e.kind() == ErrorKind::corrupt) {
                throw CorruptObject(fmt::format("cannot publish {}: what it consists of is not whole: {}",
                                                name_, e.message()),
                                    fmt::format("dsctl verify {}/{}", registry_.alias(), name_));
            }
            throw;
        }
    }

    /// A signature over a text that is not claimed in the end covers nothing and is ignored.
    void sign(const std::string& text) {
        if (request_.signer != nullptr && signed_ != text) {
            (void)add_signature(registry_, request_.dataset, request_.version.str(), text, *request_.signer,
                                record_lock_, context_);
            signed_ = text;
        }
    }

    /// The record decides: head and catalog follow it, whoever's it is.
    StoredRecord settle(const StoredRecord& stored) {
        finish_head(stored.record);
        note_in_catalog(stored);
        if (stored.record.digest != request_.manifest.digest()) {
            throw Error(ErrorKind::conflict,
                        fmt::format("{} was published with other content ({}) by {}", name_,
                                    digest_str(stored.record.digest), printable(stored.record.author)),
                        fmt::format("dsctl draft NEW-VERSION --inherit {}", request_.version.str()));
        }
        sign(stored.text);
        return stored;
    }

    /// Not needed for anything to be true, only to be seen: what fails here is mended by the next one.
    void finish_head(const Record& record) {
        try {
            for (int round = 0; round < max_rounds; ++round) {
                const auto stored = round == 0 && own_pin_
                                        ? own_pin_
                                        : registry_.head(request_.dataset, request_.version.str());
                if (!stored || stored->head.state == HeadState::published) {
                    return;
                }
                const auto update = registry_.update_head(
                    *stored,
                    [&](Head& head) {
                        head.state = HeadState::published;
                        head.commit = record.commit;
                        head.roots = record.roots;
                        head.origin = record.origin;
                        head.author = record.author;
                        head.pending.clear();
                    },
                    request_.now);
                if (update.outcome == HeadUpdate::Outcome::done) {
                    return;
                }
            }
        } catch (const Error& e) {
            if (e.kind() == ErrorKind::interrupted) {
                throw;
            }
            context_.log.trace(
                fmt::format("the head of {} was not marked published: {}", name_, e.message()));
        }
    }

    void note_in_catalog(const StoredRecord& stored) {
        const auto& record = stored.record;
        const bool noted = registry_.update_catalog(request_.dataset, [&](Catalog& catalog) {
            auto row = std::find_if(catalog.versions.begin(), catalog.versions.end(),
                                    [&](const auto& known) { return known.version == record.version; });
            if (row == catalog.versions.end()) {
                row = catalog.versions.insert(row, CatalogEntry{});
            }
            row->version = record.version;
            row->state = HeadState::published;
            row->sequence = record.sequence;
            row->record_version_id = stored.version_id;
            row->digest = record.digest;
            row->entries = record.roots.tree.entries;
            row->bytes = record.roots.tree.bytes;
            row->from = record.origin ? record.origin->ref : row->from;
            row->time = record.time;
            if (catalog.created == 0) {
                catalog.created = request_.now;
            }
        });
        if (!noted) {
            context_.log.trace(fmt::format("the catalog of {} was not updated", request_.dataset.str()));
        }
    }

    const PublishRequest& request_;
    Registry& registry_;
    Context& context_;
    std::string name_;
    std::int64_t lock_time_;
    Retention pack_lock_;
    Retention record_lock_;
    std::optional<std::string> signed_; ///< the text that bears our signature
    std::optional<StoredHead> own_pin_; ///< the head as this left it
};

} // namespace

StoredRecord publish_version(const PublishRequest& request, Context& context) {
    return Publication(request, context).run();
}

} // namespace ds

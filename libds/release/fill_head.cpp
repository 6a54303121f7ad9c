// The loop around a push.
#include "release/fill_head.hpp"

#include "registry/notes.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace ds {

namespace {
constexpr int max_rounds = 16;
}

PushGuard::PushGuard(Registry& registry, const DatasetName& dataset, StoredHead head,
                     std::function<std::int64_t()> now, std::int64_t interval)
    : registry_(registry), ns_(dataset.ns()), head_(std::move(head)),
      condemned_(std::make_unique<CondemnedPacks>(registry, ns_)), now_(std::move(now)), interval_(interval),
      last_noted_(now_()) {}

bool PushGuard::may_reuse(RegistryVersion& version, const std::stop_token& stop) {
    if (condemned_->empty()) {
        return true;
    }
    const auto reach = reach_of(version, nullptr, stop);
    return std::none_of(reach.begin(), reach.end(),
                        [&](const auto& item) { return condemned_->contains(item.first); });
}

void PushGuard::sent(const PackRef& pack) {
    sent_.insert(pack);
    const auto now = now_();
    if (!moved_ && now - last_noted_ >= interval_) {
        last_noted_ = now;
        note_sent();
    }
}

void PushGuard::note_sent() {
    for (int round = 0; round < max_rounds; ++round) {
        if (outdated_) {
            std::erase_if(sent_, [&](const PackRef& pack) { return condemned_->contains(pack); });
        }
        const auto notes = put_pack_lists(registry_, ns_, sent_);
        const auto update = registry_.update_head(
            head_,
            [&](Head& next) {
                std::erase_if(next.pending, [&](const PendingPacks& pending) {
                    return std::find(noted_.begin(), noted_.end(), pending.note) != noted_.end();
                });
                for (const auto& note : notes) {
                    next.pending.push_back({note, last_noted_});
                }
                const auto extra = next.pending.size() - std::min(next.pending.size(), max_pending_notes);
                std::stable_sort(next.pending.begin(), next.pending.end(),
                                 [](const auto& a, const auto& b) { return a.time < b.time; });
                next.pending.erase(next.pending.begin(),
                                   next.pending.begin() + static_cast<std::ptrdiff_t>(extra));
            },
            head_.head.time);
        const auto& now = update.current;
        if (update.outcome == HeadUpdate::Outcome::done) {
            noted_ = notes;
            head_ = now;
            return;
        }
        if (!same_content(now.head, head_.head)) {
            moved_ = true; // the last swap will fail, and say so
            return;
        }
        if (now.head.epoch != head_.head.epoch) {
            outdated_ = true;
            condemned_ = std::make_unique<CondemnedPacks>(registry_, ns_);
        }
        head_ = now;
    }
}

std::optional<VersionRoots> reuse_draft(PushGuard& guard, Registry& registry, const DatasetName& source,
                                        const std::string& version, const std::stop_token& stop) {
    (void)guard.condemned().empty(); // before the other head is read
    const auto stored = registry.head(source, version);
    if (!stored || !stored->head.roots) {
        return std::nullopt;
    }
    RegistryVersion there(registry, source.ns(), *stored->head.roots);
    return guard.may_reuse(there, stop) ? stored->head.roots : std::nullopt;
}

HeadUpdate fill_head(const FillHead& fill) {
    auto head = fill.head;
    for (int round = 0; round < max_rounds; ++round) {
        PushGuard guard(fill.registry, fill.dataset, head, fill.now, fill.note_interval);
        const auto roots = fill.send(guard);
        head = guard.head();
        if (guard.outdated()) {
            continue;
        }
        auto update = HeadUpdate{HeadUpdate::Outcome::conflict, head};
        for (int attempt = 0; attempt < max_rounds; ++attempt) {
            update = fill.registry.update_head(
                head,
                [&](Head& next) {
                    fill.change(next, roots);
                    next.pending.clear();
                },
                fill.now());
            if (update.outcome == HeadUpdate::Outcome::done ||
                !same_content(update.current.head, head.head)) {
                return update;
            }
            const bool collected = update.current.head.epoch != head.head.epoch;
            head = std::move(update.current);
            if (collected) {
                break; // what was relied upon may be condemned by now
            }
        }
    }
    throw Error(ErrorKind::retry,
                fmt::format("the head of {}:{} keeps changing", fill.dataset.str(), fill.head.head.version),
                "run the same command again");
}

} // namespace ds

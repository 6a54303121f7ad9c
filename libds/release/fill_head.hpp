// Filling a head with what a push sends, while collectors run: read the head, ask what is condemned, send what is
// missing, change the head by compare-and-swap; again when a collector was in between.
#pragma once

#include "registry/collection.hpp"
#include "release/closure.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace ds {

/// What a push may rely upon, and what it has sent so far. One thread.
class PushGuard {
  public:
    /// @param interval seconds between two notes of what was sent
    PushGuard(Registry& registry, const DatasetName& dataset, StoredHead head,
              std::function<std::int64_t()> now, std::int64_t interval);

    /// As the push may replace it.
    [[nodiscard]] const StoredHead& head() const noexcept { return head_; }
    /// Packs that must be sent again. Ask before it is found out whether one is there.
    [[nodiscard]] CondemnedPacks& condemned() noexcept { return *condemned_; }
    /// Whether all that a version reaches may be relied upon. Needed for what another head reaches: ask condemned()
    /// before that head is read. Walks its layout when anything is condemned.
    [[nodiscard]] bool may_reuse(RegistryVersion& version, const std::stop_token& stop);
    /// To be told of every pack that was sent: after a while it notes them in the head, so that no collector takes
    /// them. Does nothing once the head was moved by somebody else, which fill_head() finds out.
    void sent(const PackRef& pack);
    /// Whether a collector came in between, so that all must be decided anew.
    [[nodiscard]] bool outdated() const noexcept { return outdated_; }

  private:
    void note_sent();

    Registry& registry_;
    std::string ns_;
    StoredHead head_;
    std::unique_ptr<CondemnedPacks> condemned_;
    std::function<std::int64_t()> now_;
    std::int64_t interval_;
    std::int64_t last_noted_;
    PackSet sent_;
    std::vector<NoteRef> noted_; ///< where `sent_` stands in the head
    bool outdated_ = false;
    bool moved_ = false;
};

/// What a draft of the same namespace has now, if a head may be filled with it as it is: nothing when there is no such
/// draft (any more), or when anything that it reaches is condemned and must be sent again.
[[nodiscard]] std::optional<VersionRoots> reuse_draft(PushGuard& guard, Registry& registry,
                                                      const DatasetName& source, const std::string& version,
                                                      const std::stop_token& stop);

struct FillHead {
    Registry& registry;
    DatasetName dataset;
    StoredHead head; ///< as it was found fit to be replaced
    /// Sends what is missing. May be called again after a collection; then packs it has sent before may be condemned.
    std::function<VersionRoots(PushGuard&)> send;
    /// Makes the head name what was sent (pending packs are cleared here).
    std::function<void(Head&, const VersionRoots&)> change;
    std::function<std::int64_t()> now; ///< unix seconds
    std::int64_t note_interval = 120;  ///< seconds
};

/// @returns what the compare-and-swap came to; a head that only a collector or another push's notes have changed is no
/// conflict. @throws Error(retry) when collectors keep coming in between, and what update_head() and `send` throw
[[nodiscard]] HeadUpdate fill_head(const FillHead& fill);

} // namespace ds

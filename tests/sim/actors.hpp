// Those who use the registry of a simulated world: writers that push, inherit, publish and drop, and collectors. They run the
// real code; what is made up is only when, what, and what goes wrong.
#pragma once

#include "oracle.hpp"
#include "release/collect.hpp"
#include "world.hpp"

#include "model/manifest.hpp"
#include "store/object_store.hpp"

#include <memory>
#include <string>
#include <vector>

namespace sim {

/// A mistake put in on purpose, which the simulation has to find.
enum class Plant {
    none,
    remove_before_marking_again, ///< what was condemned goes without a second look
    head_without_epoch,          ///< a new head is filled without asking what is condemned
    push_longer_than_grace,      ///< what a running push has noted is not marked
    no_epoch_in_heads,           ///< heads are not given the new epoch
    samples_unasked,             ///< a pack that a sample names is taken without asking what is condemned
};

/// A few tiny datasets in a local store, made once for all runs. Thread-safe.
class Contents {
  public:
    explicit Contents(const std::string& dir);
    ~Contents();
    [[nodiscard]] ds::ObjectStore& store() const { return *store_; }
    [[nodiscard]] const std::vector<ds::Manifest>& manifests() const { return manifests_; }
    [[nodiscard]] const std::vector<ds::TreeInfo>& trees() const { return trees_; }

  private:
    std::unique_ptr<ds::ObjectStore> store_;
    std::vector<ds::TreeInfo> trees_;
    std::vector<ds::Manifest> manifests_;
};

struct Outcome {
    std::string violation; ///< empty: all is well
    std::uint64_t trace = 0;
    std::uint64_t steps = 0;
};

/// One whole run. @param dir where journals lie; gone afterwards
[[nodiscard]] Outcome simulate(std::uint64_t seed, const Contents& contents, const std::string& dir,
                               Plant plant, const std::function<void(const std::string&)>& log = {});

} // namespace sim

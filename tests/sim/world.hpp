// The simulated world: one pair of buckets with the semantics that were measured on Ceph RGW, a clock, and a scheduler that
// lets one actor at a time make one request. Everything that is left to chance comes from the seed.
//
// Control bucket: unversioned, conditional puts hold; a loser sees a refusal or an error that says nothing; a reply may be
// lost after the effect; what timed out may take effect later. Data bucket: every put adds a version, locks protect versions,
// retention can only be extended, lists are read-after-write.
#pragma once

#include "fiber.hpp"
#include "registry/bucket.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace sim {

/// What ends an actor that crashed, or whose run is over. Deliberately no std::exception.
struct Crash {};

class Oracle;

struct ControlObject {
    std::string body;
    std::string etag;
};
struct DataVersion {
    std::string id;
    std::string bytes;
    ds::Retention lock;
    std::int64_t modified = 0;
};

class World {
  public:
    explicit World(std::uint64_t seed);
    ~World();

    // chance
    [[nodiscard]] std::uint64_t random() { return random_(); }
    [[nodiscard]] std::uint64_t below(std::uint64_t n) { return random_() % n; }
    [[nodiscard]] bool chance(unsigned per_mille) { return below(1000) < per_mille; }

    // actors
    /// @param skew of the actor's clock, in seconds
    void add_actor(std::function<void()> body, std::int64_t skew);
    /// Until all have ended, or something is violated.
    void run();
    /// One step of the actor that runs: others come first. Does nothing outside of actors. @throws Crash
    void step();
    /// Ends the actor's process before or after a request, now and then. @throws Crash
    void maybe_crash();
    [[nodiscard]] bool in_actor() const noexcept {
        return running_ != nullptr && !watching_ && current() == this;
    }
    /// While the oracle looks nothing goes wrong, and nobody else comes in between.
    void set_watching(bool on) { watching_ = on; }
    [[nodiscard]] std::int64_t now() const noexcept { return now_; }
    /// What the clock of the running actor says.
    [[nodiscard]] std::int64_t actor_now() const noexcept;
    /// Whether requests may go wrong and processes die.
    void set_faults(bool on) { faults_ = on; }
    [[nodiscard]] bool faults() const noexcept { return faults_ && in_actor(); }
    void pass_time(std::int64_t seconds);

    // requests that timed out take effect whenever the scheduler says, or never
    void later(std::function<void()> effect) { late_.push_back(std::move(effect)); }
    void land_all();

    // the buckets: effects without chance
    std::map<std::string, ControlObject> control;
    std::map<std::string, std::vector<DataVersion>> data; ///< oldest first
    /// @param etag null: only if absent
    bool put_control(const std::string& key, const std::string& body, const std::string* etag);
    std::string put_data(const std::string& key, const std::string& bytes, const ds::Retention& lock);
    void retain(const std::string& key, const std::string& id, const ds::Retention& wanted);
    void remove(const std::string& key, const std::string& id);
    [[nodiscard]] DataVersion* find(const std::string& key, const std::string& id);

    void set_oracle(Oracle* oracle) { oracle_ = oracle; }
    /// Notes the first thing that must not be, and ends the run.
    void violated(const std::string& what);
    [[nodiscard]] const std::string& violation() const noexcept { return violation_; }
    /// Over everything that happened: equal for equal seeds.
    [[nodiscard]] std::uint64_t trace() const noexcept { return trace_; }
    [[nodiscard]] std::uint64_t steps() const noexcept { return steps_; }
    void note(const std::string& what);
    std::function<void(const std::string&)> log; ///< every effect, for looking at one seed

  private:
    struct Actor {
        std::unique_ptr<Fiber> fiber;
        std::int64_t skew = 0;
    };
    void chance_events();
    static World* current() noexcept; ///< of this thread

    std::mt19937_64 random_;
    std::int64_t now_ = 1'800'000'000;
    std::vector<Actor> actors_;
    Actor* running_ = nullptr;
    std::vector<std::function<void()>> late_;
    Oracle* oracle_ = nullptr;
    std::string violation_;
    std::uint64_t trace_ = 0, steps_ = 0, ids_ = 0;
    bool faults_ = true, watching_ = false;
    World* outer_;
};

/// The world whose actor runs on this thread; null outside.
[[nodiscard]] World* current_world() noexcept;

/// The buckets of the world as one client sees them.
[[nodiscard]] ds::Buckets buckets_of(World& world);

} // namespace sim

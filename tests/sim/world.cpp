// The scheduler, and what requests do.
#include "world.hpp"

#include "codec/hash.hpp"
#include "oracle.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace sim {

namespace {

thread_local World* this_world = nullptr;

constexpr std::uint64_t most_steps = 200'000;
constexpr std::int64_t hour = 3'600;
constexpr std::int64_t day = 86'400;
/// So long a request that timed out may still be under way.
constexpr std::int64_t latest = hour;

} // namespace

World* current_world() noexcept {
    return this_world;
}
World* World::current() noexcept {
    return this_world;
}

World::World(std::uint64_t seed) : random_(seed), outer_(this_world) {
    this_world = this;
}

World::~World() {
    this_world = outer_;
}

void World::add_actor(std::function<void()> body, std::int64_t skew) {
    actors_.push_back({std::make_unique<Fiber>([body = std::move(body)] {
                           try {
                               body();
                           } catch (const Crash&) {
                           }
                       }),
                       skew});
}

std::int64_t World::actor_now() const noexcept {
    return now_ + (running_ != nullptr ? running_->skew : 0);
}

void World::pass_time(std::int64_t seconds) {
    if (seconds >= latest) {
        land_all();
    }
    now_ += seconds;
}

void World::land_all() {
    while (!late_.empty()) {
        auto effect = std::move(late_.back());
        late_.pop_back();
        if (chance(500)) {
            effect();
        }
    }
}

void World::chance_events() {
    if (!late_.empty() && chance(60)) {
        const auto i = static_cast<std::ptrdiff_t>(below(late_.size()));
        auto effect = std::move(late_[static_cast<std::size_t>(i)]);
        late_.erase(late_.begin() + i);
        effect();
    }
    if (chance(100)) {
        now_ += static_cast<std::int64_t>(below(120));
    }
    if (chance(8)) {
        pass_time(static_cast<std::int64_t>(below(3)) * hour + static_cast<std::int64_t>(below(3)) * day);
    }
}

void World::run() {
    Actor* last = nullptr;
    std::vector<Actor*> alive;
    for (auto& actor : actors_) {
        alive.push_back(&actor);
    }
    while (!alive.empty()) {
        if (violation_.empty() && faults_) {
            chance_events();
        }
        const bool again = last != nullptr && chance(600);
        Actor* next = again ? last : alive[below(alive.size())];
        running_ = next;
        next->fiber->resume();
        running_ = nullptr;
        last = next;
        if (next->fiber->ended()) {
            std::erase(alive, next);
            last = nullptr;
        }
        if (++steps_ > most_steps) {
            violated("it does not come to an end");
        }
    }
    actors_.clear();
}

void World::step() {
    if (!in_actor()) {
        return;
    }
    if (!violation_.empty()) {
        throw Crash();
    }
    running_->fiber->pause();
    if (!violation_.empty()) {
        throw Crash();
    }
}

void World::maybe_crash() {
    if (faults() && chance(3)) {
        note("crash");
        throw Crash();
    }
}

void World::violated(const std::string& what) {
    if (violation_.empty()) {
        violation_ = what;
        note("VIOLATED: " + what);
    }
}

void World::note(const std::string& what) {
    trace_ = (trace_ ^ std::hash<std::string>()(what)) * 0x9E3779B97F4A7C15u + 1;
    if (log) {
        log(what);
    }
}

bool World::put_control(const std::string& key, const std::string& body, const std::string* etag) {
    const auto at = control.find(key);
    const bool holds =
        etag == nullptr ? at == control.end() : at != control.end() && at->second.etag == *etag;
    if (!holds) {
        note("refused " + key);
        return false;
    }
    control[key] = {body,
                    ds::sha256(body).short_hex()}; // of the content only: A, B, A passes a stale condition
    note("put " + key);
    if (oracle_ != nullptr) {
        oracle_->control_put(key, body);
    }
    return true;
}

std::string World::put_data(const std::string& key, const std::string& bytes, const ds::Retention& lock) {
    auto id = fmt::format("{:x}-{}", random() >> 40, ++ids_);
    auto& versions = data[key];
    versions.push_back({id, bytes, lock, now_});
    note("add " + key + "@" + id);
    if (oracle_ != nullptr) {
        oracle_->data_put(key, versions.size() == 1);
    }
    return id;
}

DataVersion* World::find(const std::string& key, const std::string& id) {
    const auto at = data.find(key);
    if (at == data.end()) {
        return nullptr;
    }
    for (auto& version : at->second) {
        if (version.id == id) {
            return &version;
        }
    }
    return nullptr;
}

void World::retain(const std::string& key, const std::string& id, const ds::Retention& wanted) {
    auto* version = find(key, id);
    if (version == nullptr) {
        throw ds::Error(ds::ErrorKind::not_found, key + " has no such version");
    }
    const bool active = version->lock.mode != ds::RetentionMode::none && version->lock.until > now_;
    if (active && (wanted.until < version->lock.until || wanted.mode < version->lock.mode)) {
        throw ds::Error(ds::ErrorKind::immutable, key + " is locked");
    }
    version->lock = wanted;
    note("lock " + key + "@" + id);
}

void World::remove(const std::string& key, const std::string& id) {
    auto* version = find(key, id);
    if (version == nullptr) {
        return;
    }
    if (version->lock.mode != ds::RetentionMode::none && version->lock.until > now_) {
        note("kept " + key + "@" + id);
        throw ds::Error(ds::ErrorKind::immutable, key + " is locked");
    }
    note("remove " + key + "@" + id);
    if (oracle_ != nullptr) {
        oracle_->removing(key, id);
    }
    auto& versions = data[key];
    std::erase_if(versions, [&](const DataVersion& other) { return other.id == id; });
    if (versions.empty()) {
        data.erase(key);
    }
}

} // namespace sim

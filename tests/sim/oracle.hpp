// What must hold whatever happens, checked at every effect on the buckets:
//
//   - a head or record never names what is not there, and nothing that one reaches is ever removed (promise 7)
//   - heads change step by step: each state follows from the one before it, by one winner (promise 5)
//   - a published name keeps its record (promise 6)
//   - what an actor was told is done was done, and what it was told failed never happens (promises 4 and 5)
#pragma once

#include "model/pack_list.hpp"
#include "world.hpp"

#include "registry/registry.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>

namespace sim {

class Oracle {
  public:
    explicit Oracle(World& world);
    ~Oracle();

    // effects
    void control_put(const std::string& key, const std::string& body);
    void data_put(const std::string& key, bool oldest);
    void removing(const std::string& key, const std::string& id);

    // what actors were told
    void told_done(const std::string& head_key, const std::string& commit);
    void told_failed(const std::string& head_key, const std::string& commit);
    void told_published(const std::string& record_key, const std::string& text);

    /// After everything has ended.
    void check_end();
    /// Objects that nothing reaches and no lock keeps.
    [[nodiscard]] std::uint64_t garbage();

  private:
    struct Reach {
        ds::PackSet packs, notes;
    };
    Reach reach_of(const ds::Head& head);
    const ds::PackSet& packs_of(const ds::VersionRoots& roots);
    void check_there(const std::string& who, const Reach& reach);
    [[nodiscard]] ds::PackSet listed(const ds::NoteRef& note);

    World& world_;
    std::unique_ptr<ds::Registry> eye_; ///< sees everything, without faults
    std::string ns_ = "demo";
    std::map<std::string, ds::Head> heads_;
    std::map<std::string, Reach> reached_;                 ///< by key of head or record
    std::map<std::string, std::set<std::string>> commits_; ///< every one that a head ever had
    std::map<std::string, std::set<std::string>> failed_;
    std::map<std::string, std::string> records_;
    std::map<std::string, ds::PackSet> known_; ///< by place of the layout and the history
};

} // namespace sim

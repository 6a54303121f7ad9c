#include "actors.hpp"

#include "codec/hash.hpp"
#include "model/tree.hpp"
#include "os/file.hpp"
#include "registry/collection.hpp"
#include "release/fill_head.hpp"
#include "release/publish.hpp"
#include "store/frame.hpp"
#include "transfer/push.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <map>

namespace sim {

namespace {

using namespace ds;

constexpr std::int64_t day = 86'400;
constexpr std::size_t content_count = 8;

struct Quiet {
    NoLog log;
    NoProgress progress;
    Context context{log, progress, {}, 1};
};

/// A bundle of history in a pack of its own.
Place send_history(Registry& registry, const std::string& commit, const std::optional<Place>& previous,
                   const std::function<void(const PackRef&)>& sent) {
    HistoryBundle bundle;
    bundle.previous = previous;
    bundle.objects.push_back({1, commit});
    const auto text = bundle.serialise();
    const auto hash = sha256(text);
    FrameBuilder frame(ObjectKind::history);
    frame.add(hash, text);
    ByteString pack(pack_magic);
    auto entries = frame.encode(0, pack);
    const auto length = static_cast<std::uint32_t>(pack.size() - pack_magic.size());
    entries[0].frame_offset = static_cast<std::uint32_t>(pack_magic.size());
    const auto entry = entries[0];
    const auto footer = make_footer(std::move(entries));
    pack += footer.bytes;
    const auto ref = registry.put_pack("demo", footer.name, MemoryBody(pack));
    sent(ref);
    return {ref.name, ref.version_id, entry.frame_offset, length, entry.inner_offset, entry.length, hash};
}

class Actor {
  public:
    Actor(World& world, Oracle& oracle, const Contents& contents, std::string journal, Plant plant)
        : world_(world), oracle_(oracle), contents_(contents), journal_(std::move(journal)), plant_(plant) {}

    /// A process for every step, as with the command line.
    void write(int steps) {
        for (int i = 0; i < steps; ++i) {
            process([&](Registry& registry) {
                const auto what = world_.below(100);
                if (what < 45) {
                    push(registry);
                } else if (what < 65) {
                    inherit(registry);
                } else if (what < 80) {
                    drop(registry);
                } else {
                    publish(registry);
                }
            });
        }
    }

    void collect(int steps) {
        for (int i = 0; i < steps; ++i) {
            for (auto wait = world_.below(40); wait > 0; --wait) {
                world_.step();
            }
            process([&](Registry& registry) {
                CollectPolicy policy;
                policy.mark_again = plant_ != Plant::remove_before_marking_again;
                policy.honour_pending = plant_ != Plant::push_longer_than_grace;
                policy.give_epoch = plant_ != Plant::no_epoch_in_heads;
                constexpr std::int64_t graces[] = {0, 60, 3'600, day};
                Quiet quiet;
                (void)ds::collect(registry, {"demo", graces[world_.below(4)], world_.chance(50)},
                                  world_.actor_now(), quiet.context, policy);
            });
        }
    }

  private:
    template <class Work>
    void process(const Work& work) {
        try {
            Registry registry("lab", "sim:", buckets_of(world_));
            registry.set_waiter([&](std::chrono::milliseconds) { world_.step(); });
            work(registry);
        } catch (const Error& e) {
            world_.note("error: " + e.message());
            if (e.kind() == ErrorKind::corrupt && plant_ == Plant::none) {
                world_.note("damage was reported");
            }
        } catch (const Crash&) {
            if (!world_.violation().empty()) {
                throw;
            }
        }
    }

    DatasetName dataset() { return DatasetName("demo", world_.chance(500) ? "a" : "b"); }
    std::string version() { return fmt::format("v{}", 1 + world_.below(3)); }
    std::string new_commit() { return random_hex(20); }

    /// Runs an update of a head, and tells the oracle what came of it.
    template <class Update>
    void judged(const std::string& key, const std::string& commit, const Update& update) {
        try {
            const HeadUpdate result = update();
            if (result.outcome == HeadUpdate::Outcome::done) {
                oracle_.told_done(key, commit);
            } else {
                oracle_.told_failed(key, commit);
            }
        } catch (const Error& e) {
            if (e.kind() != ErrorKind::unknown) {
                oracle_.told_failed(key, commit);
            }
            throw;
        }
    }

    HeadUpdate fill(Registry& registry, const DatasetName& name, const StoredHead& head,
                    const std::string& commit, const std::function<VersionRoots(PushGuard&)>& send) {
        const auto change = [&](Head& next, const VersionRoots& roots) {
            next.state = HeadState::draft;
            next.commit = commit;
            next.roots = roots;
            next.author = "actor";
        };
        const std::int64_t interval = world_.chance(500) ? 0 : 120;
        return fill_head({registry, name, head, send, change, [&] { return world_.actor_now(); }, interval});
    }

    void push(Registry& registry) {
        const auto name = dataset();
        const auto word = version();
        if (registry.record(name, word)) {
            return;
        }
        const auto head = registry.ensure_head(name, VersionName(word));
        if (head.head.state == HeadState::published ||
            (head.head.state == HeadState::publishing && !world_.chance(300))) {
            return;
        }
        const auto commit = new_commit();
        const auto& tree = contents_.trees()[world_.below(content_count)];
        const bool only_samples = plant_ == Plant::samples_unasked; // nothing else may find it
        const bool look_around = world_.chance(300) && !only_samples;
        const bool by_samples = world_.chance(400) || only_samples;
        const auto other = dataset();
        const auto other_word = version();
        const auto send = [&](PushGuard& guard) {
            PushRequest request{registry, "demo", tree, &contents_.store(), nullptr, nullptr, {}, {}, {}};
            request.journal_dir = only_samples ? std::string() : journal_;
            if (by_samples) {
                request.look_from = 0;
                request.sample_from = 0;
            }
            request.acknowledged = [&](const PackRef& pack) { guard.sent(pack); };
            request.condemned = [&](const PackRef& pack) {
                return plant_ != Plant::head_without_epoch && !only_samples &&
                       guard.condemned().contains(pack);
            };
            std::optional<Place> previous;
            if (const auto& own = guard.head().head.roots) {
                request.bases.push_back(*own);
                previous = own->history_place;
            }
            if (look_around) {
                if (const auto roots = theirs(guard, registry, other, other_word)) {
                    request.bases.push_back(*roots);
                }
            }
            Quiet quiet;
            TransferStats stats;
            auto roots = push_tree(request, quiet.context, stats);
            roots.history_place = send_history(registry, commit, previous, request.acknowledged);
            return roots;
        };
        judged(head_key(name, word), commit, [&] { return fill(registry, name, head, commit, send); });
        if (world_.chance(500)) {
            forget_push(registry, "demo", journal_);
        }
    }

    std::optional<VersionRoots> theirs(PushGuard& guard, Registry& registry, const DatasetName& name,
                                       const std::string& word) {
        if (plant_ != Plant::head_without_epoch) {
            return reuse_draft(guard, registry, name, word, {});
        }
        const auto stored = registry.head(name, word);
        return stored ? stored->head.roots : std::nullopt;
    }

    /// A draft that begins as another version of the namespace; nothing is sent.
    void inherit(Registry& registry) {
        const auto name = dataset();
        const auto word = version();
        const auto source = dataset();
        const auto source_word = version();
        if (registry.record(name, word) || (name == source && word == source_word)) {
            return;
        }
        const auto head = registry.ensure_head(name, VersionName(word));
        if (head.head.state != HeadState::empty && head.head.state != HeadState::dropped) {
            return;
        }
        const auto commit = new_commit();
        const auto send = [&](PushGuard& guard) {
            if (const auto record = registry.record(source, source_word)) {
                return record->record.roots;
            }
            if (auto roots = theirs(guard, registry, source, source_word)) {
                return *roots;
            }
            throw Error(ErrorKind::failure, "there is nothing to inherit");
        };
        judged(head_key(name, word), commit, [&] { return fill(registry, name, head, commit, send); });
    }

    void drop(Registry& registry) {
        const auto name = dataset();
        const auto word = version();
        const auto head = registry.head(name, word);
        if (!head || head->head.state != HeadState::draft || registry.record(name, word)) {
            return;
        }
        (void)registry.update_head(
            *head,
            [](Head& next) {
                next.state = HeadState::dropped;
                next.commit.clear();
                next.roots.reset();
            },
            world_.actor_now());
    }

    void publish(Registry& registry) {
        const auto name = dataset();
        const auto word = version();
        const auto head = registry.head(name, word);
        if (!head || !head->head.roots || head->head.state == HeadState::published) {
            return;
        }
        const auto& roots = *head->head.roots;
        const auto& all = contents_.trees();
        const auto at = std::find(all.begin(), all.end(), roots.tree);
        const auto& manifest = contents_.manifests()[static_cast<std::size_t>(at - all.begin())];
        PublishRequest request{registry,
                               name,
                               VersionName(word),
                               manifest,
                               roots,
                               head->head.commit,
                               {},
                               "actor",
                               std::string(world_.chance(300) ? 20'000 : 5, 'm'),
                               world_.actor_now(),
                               {}};
        if (world_.chance(500)) {
            const auto records = registry.records(name);
            if (!records.empty()) {
                request.proven = records.back();
            }
        }
        Quiet quiet;
        const auto stored = publish_version(request, quiet.context);
        oracle_.told_published(record_key(name, word), stored.text);
    }

    World& world_;
    Oracle& oracle_;
    const Contents& contents_;
    std::string journal_;
    Plant plant_;
};

/// When all is over: collectors without faults take all garbage, and nothing else.
void settle(World& world, Oracle& oracle, Plant plant) {
    if (plant != Plant::none || !world.violation().empty()) {
        return;
    }
    world.land_all();
    world.set_faults(false);
    Registry registry("lab", "sim:", buckets_of(world));
    try {
        for (int i = 0; i < 3; ++i) {
            world.pass_time(40 * day);
            Quiet quiet;
            (void)collect(registry, {"demo", 0, false}, world.now() + day, quiet.context);
        }
    } catch (const Error& e) {
        world.violated("a collection without faults fails: " + e.message());
    }
    if (const auto left = oracle.garbage(); left > 0) {
        world.violated(fmt::format("{} packs of garbage are left", left));
    }
}

} // namespace

Contents::Contents(const std::string& dir) {
    ObjectStore::create(dir, {});
    store_ = ObjectStore::open(dir);
    for (std::size_t i = 0; i < content_count; ++i) {
        const auto writer = store_->writer();
        TreeBuilder builder(*writer);
        std::map<std::string, std::string> files;
        for (std::size_t file = 0; file < 3; ++file) { // half of them are shared with another one
            const auto what = file * 10 + (file == 0 ? i : i / 2);
            files[fmt::format("f{}", file)] = fmt::format("content {} of a file", what);
        }
        for (const auto& [path, content] : files) {
            const Entry entry{EntryKind::file, content.size(), sha256(content)};
            writer->put(ObjectKind::chunk, entry.hash, content);
            builder.add(path, entry);
        }
        trees_.push_back(builder.finish());
        writer->commit();
        manifests_.push_back(make_manifest(*store_, trees_.back().root));
    }
}
Contents::~Contents() = default;

Outcome simulate(std::uint64_t seed, const Contents& contents, const std::string& dir, Plant plant,
                 const std::function<void(const std::string&)>& log) {
    World world(seed);
    world.log = log;
    RegistryDescription description{std::string(32, 'a'), "COMPLIANCE", 365, 3650, 1};
    (void)world.put_control("registry.json", description.text(), nullptr);
    Oracle oracle(world);
    world.set_oracle(&oracle);
    std::vector<std::unique_ptr<Actor>> actors;
    const auto skew = [&] {
        return world.chance(300) ? static_cast<std::int64_t>(world.below(60 * day)) - 30 * day : 0;
    };
    const auto add = [&](auto body) {
        const auto journal = fmt::format("{}/{}", dir, actors.size());
        std::filesystem::create_directories(journal);
        actors.push_back(std::make_unique<Actor>(world, oracle, contents, journal, plant));
        world.add_actor([body, actor = actors.back().get()] { body(*actor); }, skew());
    };
    const auto writers = 2 + world.below(3);
    for (std::uint64_t i = 0; i < writers; ++i) {
        add([](Actor& actor) { actor.write(5); });
    }
    const auto collectors = 1 + world.below(2);
    for (std::uint64_t i = 0; i < collectors; ++i) {
        add([](Actor& actor) { actor.collect(4); });
    }
    world.run();
    settle(world, oracle, plant);
    oracle.check_end();
    std::filesystem::remove_all(dir);
    return {world.violation(), world.trace(), world.steps()};
}

} // namespace sim

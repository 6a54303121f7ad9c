// Requests of one client, and how they go wrong.
#include "world.hpp"

#include "base/error.hpp"

#include <fmt/format.h>

namespace sim {

namespace {

using ds::ByteString;
using ds::ByteView;
using ds::Error;
using ds::ErrorKind;

[[noreturn]] void no_answer(const char* what, const std::string& key) {
    throw Error(ErrorKind::retry, fmt::format("{} {}: no answer", what, key));
}

/// What happens to a request that changes something.
enum class Fate { fine, lost, reply_lost, late };

Fate fate(World& world) {
    if (!world.faults() || !world.chance(80)) {
        return Fate::fine;
    }
    constexpr Fate fates[] = {Fate::lost, Fate::reply_lost, Fate::late};
    return fates[world.below(3)];
}

class SimControl final : public ds::ControlBucket {
  public:
    explicit SimControl(World& world) : world_(world) {}

    std::optional<Object> get(const std::string& key) override {
        reading("get", key);
        const auto at = world_.control.find(key);
        return at != world_.control.end() ? std::optional(Object{at->second.body, at->second.etag})
                                          : std::nullopt;
    }
    Put put_if_absent(const std::string& key, ByteView body) override { return put(key, body, nullptr); }
    Put put_if_match(const std::string& key, ByteView body, const std::string& etag) override {
        return put(key, body, &etag);
    }
    void list(const std::string& prefix, const std::function<bool(const std::string&)>& visit) override {
        reading("list", prefix);
        std::vector<std::string> keys;
        for (auto at = world_.control.lower_bound(prefix);
             at != world_.control.end() && at->first.starts_with(prefix); ++at) {
            keys.push_back(at->first);
        }
        for (const auto& key : keys) {
            if (!visit(key)) {
                return;
            }
        }
    }

  private:
    void reading(const char* what, const std::string& key) {
        world_.step();
        world_.maybe_crash();
        if (world_.faults() && world_.chance(5)) {
            no_answer(what, key);
        }
    }

    Put put(const std::string& key, ByteView body, const std::string* etag) {
        world_.step();
        world_.maybe_crash();
        const std::string text(body);
        switch (fate(world_)) {
        case Fate::lost:
            return Put::unknown;
        case Fate::late: {
            const bool conditional = etag != nullptr;
            const auto wanted = conditional ? *etag : std::string();
            world_.later([this_world = &world_, key, text, conditional, wanted] {
                (void)this_world->put_control(key, text, conditional ? &wanted : nullptr);
            });
            return Put::unknown;
        }
        case Fate::reply_lost: {
            const bool done = world_.put_control(key, text, etag);
            world_.maybe_crash();
            // A retry below met its own first try; or nothing was heard at all.
            return done && world_.chance(300) ? Put::refused : Put::unknown;
        }
        case Fate::fine:
            break;
        }
        const bool done = world_.put_control(key, text, etag);
        world_.maybe_crash();
        if (!done && world_.faults() && world_.chance(300)) {
            return Put::unknown; // losers may see 500
        }
        return done ? Put::done : Put::refused;
    }

    World& world_;
};

class SimData final : public ds::DataBucket {
  public:
    explicit SimData(World& world) : world_(world) {}

    std::string put(const std::string& key, const Body& body,
                    const std::optional<ds::Retention>& retention) override {
        world_.step();
        world_.maybe_crash();
        std::string bytes(static_cast<std::size_t>(body.size()), '\0');
        body.read(0, bytes.data(), bytes.size());
        const auto lock = retention.value_or(ds::Retention{});
        switch (fate(world_)) {
        case Fate::lost:
            throw Error(ErrorKind::unknown, "no answer to the put of " + key);
        case Fate::late:
            world_.later(
                [this_world = &world_, key, bytes, lock] { (void)this_world->put_data(key, bytes, lock); });
            throw Error(ErrorKind::unknown, "no answer to the put of " + key);
        case Fate::reply_lost:
            (void)world_.put_data(key, bytes, lock);
            throw Error(ErrorKind::unknown, "no answer to the put of " + key);
        case Fate::fine:
            break;
        }
        auto id = world_.put_data(key, bytes, lock);
        world_.maybe_crash();
        return id;
    }

    std::string copy(const std::string& from, const std::string& id, const std::string& to) override {
        reading("copy", from);
        const auto* version = world_.find(from, id);
        if (version == nullptr) {
            throw absent(from);
        }
        const auto bytes = version->bytes;
        return world_.put_data(to, bytes, {});
    }

    void get(const std::string& key, const std::string& id, std::uint64_t offset, std::uint64_t length,
             ByteString& out) override {
        reading("get", key);
        const auto* version = world_.find(key, id);
        if (version == nullptr) {
            throw absent(key);
        }
        if (offset > version->bytes.size() || length > version->bytes.size() - offset) {
            throw ds::CorruptObject(key + " is too short");
        }
        out.append(version->bytes, static_cast<std::size_t>(offset), static_cast<std::size_t>(length));
    }

    std::optional<std::uint64_t> size(const std::string& key, const std::string& id) override {
        reading("head", key);
        const auto* version = world_.find(key, id);
        return version != nullptr ? std::optional<std::uint64_t>(version->bytes.size()) : std::nullopt;
    }

    std::optional<Status> status(const std::string& key, const std::string& id) override {
        reading("head", key);
        const auto* version = world_.find(key, id);
        return version != nullptr ? std::optional(Status{version->bytes.size(), version->lock})
                                  : std::nullopt;
    }

    std::vector<Version> versions(const std::string& key) override {
        reading("versions", key);
        std::vector<Version> out;
        if (const auto at = world_.data.find(key); at != world_.data.end()) {
            add(out, key, at->second);
        }
        return out;
    }

    void list_versions(const std::string& prefix, const std::function<bool(const Version&)>& visit) override {
        reading("versions", prefix);
        std::vector<Version> out;
        for (auto at = world_.data.lower_bound(prefix);
             at != world_.data.end() && at->first.starts_with(prefix); ++at) {
            add(out, at->first, at->second);
        }
        for (const auto& version : out) {
            if (!visit(version)) {
                return;
            }
        }
    }

    void retain(const std::string& key, const std::string& id, const ds::Retention& retention) override {
        changing("retain", key,
                 [this_world = &world_, key, id, retention] { this_world->retain(key, id, retention); });
    }
    ds::Retention retention(const std::string& key, const std::string& id) override {
        reading("retention", key);
        const auto* version = world_.find(key, id);
        if (version == nullptr) {
            throw absent(key);
        }
        return version->lock;
    }
    void remove(const std::string& key, const std::string& id) override {
        changing("remove", key, [this_world = &world_, key, id] { this_world->remove(key, id); });
    }
    [[nodiscard]] Locking locking() const override { return Locking::enforced; }

  private:
    static Error absent(const std::string& key) {
        return {ErrorKind::not_found, key + " has no such version"};
    }
    static void add(std::vector<Version>& out, const std::string& key,
                    const std::vector<DataVersion>& versions) {
        for (const auto& version : versions) {
            out.push_back({key, version.id, version.bytes.size(), version.modified});
        }
    }

    void reading(const char* what, const std::string& key) {
        world_.step();
        world_.maybe_crash();
        if (world_.faults() && world_.chance(5)) {
            no_answer(what, key);
        }
    }

    template <class Effect>
    void changing(const char* what, const std::string& key, Effect effect) {
        world_.step();
        world_.maybe_crash();
        switch (fate(world_)) {
        case Fate::lost:
            no_answer(what, key);
        case Fate::late:
            world_.later([effect] {
                try {
                    effect();
                } catch (const Error&) { // nobody hears of it
                }
            });
            no_answer(what, key);
        case Fate::reply_lost:
            effect();
            no_answer(what, key);
        case Fate::fine:
            break;
        }
        effect();
        world_.maybe_crash();
    }

    World& world_;
};

} // namespace

ds::Buckets buckets_of(World& world) {
    ds::Buckets buckets;
    buckets.control = std::make_unique<SimControl>(world);
    buckets.data = std::make_unique<SimData>(world);
    return buckets;
}

} // namespace sim

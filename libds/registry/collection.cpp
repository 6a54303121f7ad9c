// Reading and changing the state of collection.
#include "registry/collection.hpp"

#include "base/path.hpp"
#include "os/file.hpp"
#include "registry/notes.hpp"

#include <fmt/core.h>

namespace ds {

namespace {

constexpr int max_tries = 6;

std::string describe(const std::string& ns, const Registry& registry) {
    return fmt::format("the collection of {} in {}", ns, registry.alias());
}

StoredCollection parse_collection(const ControlBucket::Object& object, const std::string& ns,
                                  const Registry& registry) {
    const auto what = describe(ns, registry);
    StoredCollection stored{Collection::parse(object.body, what), object.etag};
    if (stored.state.ns != ns) {
        throw CorruptObject(fmt::format("{} names {}", what, printable(stored.state.ns)));
    }
    return stored;
}

} // namespace

std::string collection_key(const std::string& ns) {
    return ns + "/collection";
}

StoredCollection read_collection(Registry& registry, const std::string& ns) {
    if (const auto object = registry.control().get(collection_key(ns))) {
        return parse_collection(*object, ns, registry);
    }
    StoredCollection fresh;
    fresh.state.ns = ns;
    return fresh;
}

std::optional<StoredCollection> change_collection(Registry& registry, const StoredCollection& expected,
                                                  Collection next) {
    const auto& ns = expected.state.ns;
    const auto key = collection_key(ns);
    next.ns = ns;
    next.write_id = random_hex(16);
    const auto text = next.text();
    bool may_have_landed = false;
    for (int attempt = 0; attempt < max_tries; ++attempt) {
        auto put = ControlBucket::Put::refused;
        std::optional<ControlBucket::Object> now;
        try {
            put = expected.etag.empty() ? registry.control().put_if_absent(key, text)
                                        : registry.control().put_if_match(key, text, expected.etag);
            may_have_landed = may_have_landed || put != ControlBucket::Put::refused;
            now = registry.control().get(key);
        } catch (const Error& e) {
            if (may_have_landed && e.kind() != ErrorKind::interrupted) {
                throw Error(ErrorKind::unknown,
                            fmt::format("the outcome of changing {} is not known: {}", describe(ns, registry),
                                        e.message()),
                            "run the same command again; it looks first");
            }
            throw;
        }
        if (now && now->body == text) {
            return StoredCollection{std::move(next), std::move(now->etag)};
        }
        if (now && now->etag != expected.etag) {
            return std::nullopt; // theirs; whether ours was there before makes no difference
        }
        registry.pause(attempt);
    }
    throw Error(ErrorKind::unknown,
                fmt::format("the outcome of changing {} is not known", describe(ns, registry)),
                "run the same command again; it looks first");
}

bool CondemnedPacks::contains(const PackRef& pack) {
    const std::lock_guard guard(mutex_);
    load();
    return packs_.contains(pack);
}

bool CondemnedPacks::empty() {
    const std::lock_guard guard(mutex_);
    load();
    return packs_.empty();
}

std::uint64_t CondemnedPacks::epoch() {
    const std::lock_guard guard(mutex_);
    load();
    return epoch_;
}

void CondemnedPacks::load() {
    for (int attempt = 0; !loaded_; ++attempt) {
        const auto stored = read_collection(registry_, ns_);
        PackSet packs;
        try {
            read_pack_lists(registry_, ns_, stored.state.packs,
                            fmt::format("the list of condemned packs of {} in {}", ns_, registry_.alias()),
                            packs);
        } catch (const CorruptObject&) {
            // A list goes once the state names it no more: then there is a newer one.
            if (attempt == max_tries || read_collection(registry_, ns_).etag == stored.etag) {
                throw;
            }
            continue;
        }
        packs_ = std::move(packs);
        epoch_ = stored.state.epoch;
        loaded_ = true;
    }
}

} // namespace ds

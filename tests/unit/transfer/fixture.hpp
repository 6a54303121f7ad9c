// What the tests of this module share: datasets made of strings, stores and registries in temporary folders.
#pragma once

#include "codec/hash.hpp"
#include "model/recipe.hpp"
#include "model/tree.hpp"
#include "registry/registry.hpp"
#include "store/object_store.hpp"
#include "transfer/fetch.hpp"
#include "transfer/push.hpp"
#include "transfer/version_source.hpp"
#include "unit/support.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace ds_test {

struct File {
    ds::EntryKind kind = ds::EntryKind::file;
    std::string content;
};
using Files = std::map<std::string, File>;

inline std::string noise(std::size_t n, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::string out(n, '\0');
    for (char& c : out) {
        c = static_cast<char>(random());
    }
    return out;
}

/// A store in a folder of its own; content above `piece` bytes is cut into pieces of that size.
class Local {
  public:
    explicit Local(const std::string& path, std::size_t piece = 4096) : piece_(piece) {
        ds::ObjectStore::create(path, {});
        store_ = ds::ObjectStore::open(path);
    }
    ds::ObjectStore& operator*() { return *store_; }
    ds::ObjectStore* operator->() { return store_.get(); }
    ds::ObjectStore* get() { return store_.get(); }

    ds::Entry put(ds::StoreWriter& writer, const File& file) const {
        using namespace ds;
        if (file.kind == EntryKind::empty_dir) {
            return {file.kind, 0, {}};
        }
        const Entry entry{file.kind, file.content.size(), sha256(file.content)};
        if (file.content.empty()) {
            return entry;
        }
        if (file.content.size() <= piece_) {
            writer.put(ObjectKind::chunk, entry.hash, file.content);
            return entry;
        }
        RecipeBuilder recipe(
            [&](const Sha256& id, ByteView bytes) { writer.put(ObjectKind::recipe_part, id, bytes); });
        for (std::size_t at = 0; at < file.content.size(); at += piece_) {
            const ByteView piece = ByteView(file.content).substr(at, piece_);
            const Sha256 hash = sha256(piece);
            writer.put(ObjectKind::chunk, hash, piece);
            recipe.add(piece.size(), hash);
        }
        writer.put(ObjectKind::recipe, entry.hash, recipe.finish().serialise());
        return entry;
    }
    ds::TreeInfo commit(const Files& files) {
        const auto writer = store_->writer();
        ds::TreeBuilder builder(*writer);
        for (const auto& [path, file] : files) {
            builder.add(path, put(*writer, file));
        }
        const auto tree = builder.finish();
        writer->commit();
        return tree;
    }

  private:
    std::unique_ptr<ds::ObjectStore> store_;
    std::size_t piece_;
};

inline std::unique_ptr<ds::Registry> make_registry(const std::string& path) {
    ds::RegistryDescription description;
    description.id = std::string(32, 'a');
    description.retention_mode = "none";
    return ds::Registry::init("test", path, description);
}

struct Quiet {
    ds::NoLog log;
    ds::NoProgress progress;
    ds::Context context{log, progress, {}, 2};
};

/// Pushes with the usual settings.
inline ds::VersionRoots push(ds::Registry& registry, Local& local, const ds::TreeInfo& tree,
                             const std::vector<ds::VersionRoots>& bases = {},
                             ds::TransferStats* stats = nullptr, const std::string& journal = {},
                             const std::function<void(const ds::PackRef&)>& acknowledged = {},
                             std::size_t pack_bytes = 32u << 20) {
    Quiet quiet;
    ds::TransferStats own;
    ds::PushRequest request{registry, "ns",  tree,    local.get(),  nullptr,
                            nullptr,  bases, journal, acknowledged, pack_bytes};
    return ds::push_tree(request, quiet.context, stats != nullptr ? *stats : own);
}

/// Fetches everything and compares each file with what it should be.
inline std::string compare(ds::ObjectStore& store, const ds::TreeInfo& tree, const Files& files) {
    auto wanted = files.begin();
    for (ds::TreeCursor at(store, tree.root); at.valid(); at.next(), ++wanted) {
        if (wanted == files.end() || wanted->first != at.path() || wanted->second.kind != at.entry().kind) {
            return "differs at " + at.path();
        }
        std::string content;
        store.stream(at.path(), at.entry(), [&](ds::ByteView bytes) { content.append(bytes); });
        if (content != wanted->second.content) {
            return "content of " + at.path();
        }
    }
    return wanted == files.end() ? "" : "lacks " + wanted->first;
}

inline ds::TransferStats fetch(ds::Registry& registry, const ds::VersionRoots& roots, ds::ObjectStore& store,
                               const ds::WantedContent& wanted = {}) {
    Quiet quiet;
    ds::TransferStats stats;
    ds::RegistryVersion version(registry, "ns", roots);
    ds::fetch_tree(version, store, quiet.context, stats);
    ds::fetch_content(version, store, wanted, quiet.context, stats);
    return stats;
}

/// All packs of the registry, whole.
inline std::vector<std::string> all_packs(ds::Registry& registry) {
    std::vector<std::string> out;
    registry.data().list_versions("ns/packs/", [&](const ds::DataBucket::Version& version) {
        registry.data().get(version.key, version.version_id, 0, version.size, out.emplace_back());
        return true;
    });
    return out;
}

/// How many objects of a kind the registry's packs hold, and whether one of them has the hash.
struct Held {
    std::size_t objects = 0;
    bool found = false;
};
inline Held held(ds::Registry& registry, ds::ObjectKind kind, const ds::Sha256& hash) {
    Held out;
    for (const std::string& pack : all_packs(registry)) {
        for (const ds::FooterEntry& entry : ds::parse_footer(pack, "pack").entries) {
            out.objects += entry.kind == kind ? 1 : 0;
            out.found = out.found || (entry.kind == kind && entry.hash == hash);
        }
    }
    return out;
}

} // namespace ds_test

// Sending, copying and fetching the chain of history bundles.
#include "transfer/history_chain.hpp"

#include "codec/hash.hpp"
#include "model/tree_edits.hpp"
#include "transfer/fetch.hpp"
#include "transfer/push.hpp"
#include "transfer/version_nodes.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_set>

namespace ds {

namespace {

/// A bundle is closed at this size: it lies in one frame, and readers hold one at a time.
constexpr std::size_t bundle_bytes = 4u << 20;
/// What a reader follows at most; real chains are logarithmic.
constexpr std::size_t max_chain = 1u << 16;
constexpr std::uint8_t tree_edits_type = 5;
/// One push sends no more edits of trees (they are held in memory).
constexpr std::size_t max_older_trees = 32u << 20;

std::size_t size_of(const HistoryBundle& bundle) {
    std::size_t bytes = 256;
    for (const HistoryBundle::Object& object : bundle.objects) {
        bytes += object.bytes.size() + 8;
    }
    return bytes;
}

} // namespace

Place put_bundle(Registry& target, const std::string& ns, const HistoryBundle& bundle) {
    const ByteString text = bundle.serialise();
    const Sha256 hash = sha256(text);
    FrameBuilder frame(ObjectKind::history);
    frame.add(hash, text);
    ByteString pack(pack_magic);
    auto entries = frame.encode(1, pack);
    const auto frame_length = static_cast<std::uint32_t>(pack.size() - pack_magic.size());
    entries[0].frame_offset = static_cast<std::uint32_t>(pack_magic.size());
    const std::uint32_t length = entries[0].length;
    const std::uint32_t inner = entries[0].inner_offset;
    const PackFooter footer = make_footer(std::move(entries));
    pack += footer.bytes;
    const PackRef ref = target.put_pack(ns, footer.name, MemoryBody(pack));
    if (target.cache() != nullptr) {
        target.cache()->put(hash, text);
    }
    return {ref.name,     ref.version_id, static_cast<std::uint32_t>(pack_magic.size()),
            frame_length, inner,          length,
            hash};
}

namespace {

/// Writes bundles as objects come, oldest first, each naming the one before.
class ChainWriter {
  public:
    ChainWriter(Registry& target, std::string ns, HistoryBundle begun)
        : target_(target), ns_(std::move(ns)), open_(std::move(begun)), size_(size_of(open_)) {}

    void add(HistoryBundle::Object object) {
        const std::size_t bytes = object.bytes.size() + 8;
        if (!open_.objects.empty() && size_ + bytes > bundle_bytes) {
            close();
        }
        size_ += bytes;
        open_.objects.push_back(std::move(object));
        ++added_;
    }
    [[nodiscard]] std::uint64_t added() const noexcept { return added_; }
    [[nodiscard]] HistoryBundle& open() noexcept { return open_; }
    /// @returns the newest bundle's place
    Place close() {
        Place place = put_bundle(target_, ns_, open_);
        open_ = {};
        open_.previous = place;
        size_ = size_of(open_);
        return place;
    }

  private:
    Registry& target_;
    std::string ns_;
    HistoryBundle open_;
    std::size_t size_;
    std::uint64_t added_ = 0;
};

/// The ids of a raw commit's parents.
std::vector<CommitId> parents_of(ByteView commit) {
    std::vector<CommitId> out;
    while (!commit.empty()) {
        const std::size_t end = std::min(commit.find('\n'), commit.size());
        const ByteView line = commit.substr(0, end);
        if (line.empty()) {
            break;
        }
        if (line.starts_with("parent ")) {
            out.emplace_back(std::string(line.substr(7)));
        }
        commit.remove_prefix(std::min(end + 1, commit.size()));
    }
    return out;
}

/// Whether the parents of a bundle's first commit are here.
bool begins_on_known(const HistoryBundle& bundle, History& history) {
    const auto first = std::find_if(bundle.objects.begin(), bundle.objects.end(),
                                    [](const HistoryBundle::Object& object) { return object.type == 1; });
    if (first == bundle.objects.end()) {
        return false;
    }
    try {
        const auto parents = parents_of(first->bytes);
        return std::all_of(parents.begin(), parents.end(),
                           [&](const CommitId& id) { return history.has_commit(id); });
    } catch (const Error&) {
        return false; // the import says what is wrong with it
    }
}

} // namespace

HistoryBundle read_history_bundle(PackReader& reader, const Place& place) {
    const std::string name = "history bundle " + place.hash.short_hex();
    const Extent at{0, place.frame_offset, place.frame_length, place.inner_offset, place.length};
    const ByteString text =
        reader.object({place.pack, place.version_id}, at, ObjectKind::history, place.hash, name);
    return HistoryBundle::parse(text, name);
}

namespace {

/// How the trees of the commits before `tip` come out of that of `tip`, oldest first: each builds upon the
/// result of one behind it, or on the tip's tree.
std::vector<ByteString> older_trees(History& history, const CommitId& tip, const std::vector<CommitId>& hide,
                                    NodeSource& nodes) {
    std::vector<ByteString> out;
    std::unordered_set<Sha256> reached{history.read_commit(tip).data.tree.root};
    std::size_t bytes = 0;
    history.walk({tip}, hide, [&](const Commit& commit) {
        if (!reached.contains(commit.data.tree.root)) {
            return true; // not even this one could be made
        }
        for (const CommitId& parent : commit.data.parents) {
            const Sha256 root = history.read_commit(parent).data.tree.root;
            if (reached.contains(root)) {
                continue;
            }
            std::optional<TreeEdits> edits;
            try {
                edits = tree_edits(nodes, commit.data.tree.root, root);
            } catch (const Error& error) {
                if (error.kind() != ErrorKind::not_found && error.kind() != ErrorKind::corrupt) {
                    throw;
                }
                continue; // the tree of a commit that was fetched without it
            }
            if (edits && bytes < max_older_trees) {
                bytes += out.emplace_back(edits->serialise()).size();
                reached.insert(root);
            }
        }
        return true;
    });
    std::reverse(out.begin(), out.end());
    return out;
}

/// The places of all bundles, newest first.
std::vector<Place> whole_chain(PackReader& reader, const Place& newest) {
    std::vector<Place> chain;
    for (std::optional<Place> at = newest; at; at = read_history_bundle(reader, *at).previous) {
        chain.push_back(*at);
        if (chain.size() > max_chain) {
            throw CorruptObject("the chain of history bundles does not end");
        }
    }
    return chain;
}

/// Takes what lies before a bundle into it as long as that is small, so that chains stay logarithmic.
void join_older(Registry& target, const std::string& ns, HistoryBundle& newest) {
    PackReader reader(target, ns);
    while (newest.previous) {
        const std::size_t size = size_of(newest);
        if (newest.previous->length > 2 * size || newest.previous->length + size > bundle_bytes) {
            break;
        }
        HistoryBundle older = read_history_bundle(reader, *newest.previous);
        older.objects.insert(older.objects.end(), std::make_move_iterator(newest.objects.begin()),
                             std::make_move_iterator(newest.objects.end()));
        newest = std::move(older);
    }
}

} // namespace

std::optional<HistoryBundle> next_history(Registry& target, const std::string& ns, History& history,
                                          const CommitId& tip, const std::vector<CommitId>& known,
                                          const std::optional<Place>& previous, NodeSource* nodes) {
    std::vector<CommitId> hide;
    if (previous) {
        std::copy_if(known.begin(), known.end(), std::back_inserter(hide),
                     [&](const CommitId& id) { return history.has_commit(id); });
    }
    // One bundle's worth of new objects is held; how many old ones join it depends on their size.
    HistoryBundle fresh;
    fresh.previous = previous;
    ChainWriter writer(target, ns, std::move(fresh));
    bool closed_one = false;
    history.export_objects(tip, hide, [&](RawObject object) {
        const std::size_t before = writer.open().objects.size();
        writer.add({object.type, std::move(object.bytes)});
        closed_one = closed_one || writer.open().objects.size() <= before;
    });
    if (writer.added() == 0 && previous) {
        return std::nullopt;
    }
    if (nodes != nullptr) {
        for (ByteString& edits : older_trees(history, tip, hide, *nodes)) {
            const std::size_t before = writer.open().objects.size();
            writer.add({tree_edits_type, std::move(edits)});
            closed_one = closed_one || writer.open().objects.size() <= before;
        }
    }
    HistoryBundle& newest = writer.open();
    if (!closed_one) {
        join_older(target, ns, newest);
    }
    return std::move(newest);
}

HistoryBundle history_upon(Registry& target, const std::string& ns, std::vector<RawObject> objects,
                           const std::optional<Place>& previous) {
    HistoryBundle bundle;
    bundle.previous = previous;
    for (RawObject& object : objects) {
        bundle.objects.push_back({object.type, std::move(object.bytes)});
    }
    join_older(target, ns, bundle);
    return bundle;
}

Place push_history(Registry& target, const std::string& ns, History& history, const CommitId& tip,
                   const std::vector<CommitId>& known, const std::optional<Place>& previous) {
    const auto newest = next_history(target, ns, history, tip, known, previous);
    return newest ? put_bundle(target, ns, *newest) : *previous;
}

Place copy_history(Registry& source, const std::string& source_ns, const Place& newest, Registry& target,
                   const std::string& ns) {
    PackReader reader(source, source_ns);
    const auto chain = whole_chain(reader, newest);
    ChainWriter writer(target, ns, {});
    for (auto at = chain.rbegin(); at != chain.rend(); ++at) {
        HistoryBundle bundle = read_history_bundle(reader, *at);
        for (HistoryBundle::Object& object : bundle.objects) {
            writer.add(std::move(object));
        }
    }
    return writer.close();
}

namespace {

/// @param chain newest first, as it is found; imported parents first
void import_bundles(PackReader& reader, const std::vector<Place>& chain, History& history, Context& context) {
    for (auto place = chain.rbegin(); place != chain.rend(); ++place) {
        context.check_stop();
        for (HistoryBundle::Object& object : read_history_bundle(reader, *place).objects) {
            if (object.type != tree_edits_type) {
                (void)history.import_object({object.type, std::move(object.bytes)});
            }
        }
    }
}

} // namespace

void fetch_history_again(RegistryVersion& version, History& history, Context& context) {
    PackReader& reader = version.nodes().reader();
    import_bundles(reader, whole_chain(reader, version.roots().history_place), history, context);
    history.flush();
}

std::vector<Place> fetch_history(RegistryVersion& version, History& history, const CommitId& tip,
                                 Context& context) {
    if (history.has_commit(tip)) {
        return {};
    }
    PackReader& reader = version.nodes().reader();
    // Backwards until a bundle begins upon what is here, keeping places only; then forwards, parents first.
    std::vector<Place> chain;
    for (std::optional<Place> at = version.roots().history_place; at;) {
        context.check_stop();
        chain.push_back(*at);
        if (chain.size() > max_chain) {
            throw CorruptObject("the chain of history bundles does not end");
        }
        const HistoryBundle bundle = read_history_bundle(reader, *at);
        if (!bundle.previous || begins_on_known(bundle, history)) {
            try {
                import_bundles(reader, chain, history, context);
                break;
            } catch (const CorruptObject&) {
                // A merge may need more than the first commit of its bundle does.
                if (!bundle.previous) {
                    throw;
                }
            }
        }
        at = bundle.previous;
    }
    history.flush();
    if (!history.has_commit(tip)) {
        throw CorruptObject(
            fmt::format("the history of the version in registry '{}' lacks its commit {}",
                        version.registry().alias(), tip.short_hex()),
            fmt::format("dsctl verify {}/{}/NAME:VERSION, which names all that is damaged there",
                        version.registry().alias(), version.ns()));
    }
    return chain;
}

void fetch_older_trees(RegistryVersion& version, const std::vector<Place>& bundles, ObjectStore& local,
                       Context& context) {
    const auto writer = local.writer();
    SessionNodes nodes(local, *writer);
    for (const Place& place : bundles) {
        const HistoryBundle bundle = read_history_bundle(version.nodes().reader(), place);
        for (auto object = bundle.objects.rbegin(); object != bundle.objects.rend(); ++object) {
            context.check_stop();
            if (object->type != tree_edits_type) {
                continue;
            }
            const TreeEdits edits =
                TreeEdits::parse(object->bytes, "tree edits in history bundle " + place.hash.short_hex());
            // A tree is here whole or not at all.
            if (writer->has(ObjectKind::tree, edits.from) && !writer->has(ObjectKind::tree, edits.to)) {
                apply_edits(nodes, *writer, edits);
            }
        }
    }
    writer->commit();
}

} // namespace ds
